"""Groups: who is a member, and what it subscribes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.bodies import CheckClientRequestBody, HeartbeatData
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.requests import CheckClientConfig, GetConsumerListByGroup, HeartBeat, UnregisterClient

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model.bodies import SubscriptionData


def heartbeat(context: ClientContext, data: HeartbeatData, timeout: float | None = None) -> Plan[None]:
    """Tell the broker which groups this client belongs to (HEART_BEAT, 34).

    A broker forgets a client that it has not heard of for 120 seconds; the usual period is 30.

    Args:
        data: The client's id, its producer groups, its consumer groups with their subscriptions.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.heartbeat(HeartbeatData(client_id="10.0.0.7@shop", producer_data_set=[ProducerData(group_name="shop")]))
        ```
    """
    yield from call(context, HeartBeat(heartbeat_data=data), timeout)


def unregister_client(
    context: ClientContext,
    client_id: str,
    *,
    producer_group: str | None = None,
    consumer_group: str | None = None,
    timeout: float | None = None,
) -> Plan[None]:
    """Take this client out of a group (UNREGISTER_CLIENT, 35); unknown ones are no error.

    Args:
        client_id: Id of the client, as its heartbeats gave it.
        producer_group: The producer group to leave.
        consumer_group: The consumer group to leave.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.unregister_client("10.0.0.7@shop", producer_group="shop")
        ```
    """
    request = UnregisterClient(client_id=client_id, producer_group=producer_group, consumer_group=consumer_group)
    yield from call(context, request, timeout)


def get_consumer_list(
    context: ClientContext,
    consumer_group: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[list[str]]:
    """List the clients of a consumer group that are connected (GET_CONSUMER_LIST_BY_GROUP, 38).

    Args:
        consumer_group: The group.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        Client ids in no order; empty where nobody is connected.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        members = sorted(client.get_consumer_list("billing"))
        ```
    """
    try:
        reply = yield from call(context, GetConsumerListByGroup(consumer_group=consumer_group), timeout, retry)
    except BrokerError as error:
        # Brokers say "nobody" with the code that stands for any failure.
        if error.response_code == ResponseCode.SYSTEM_ERROR and "no consumer for this group" in (error.remark or ""):
            return []
        raise
    return reply.consumer_list.consumer_id_list


def check_client_config(
    context: ClientContext,
    consumer_group: str,
    subscription: SubscriptionData,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[None]:
    """Have the broker compile a subscription (CHECK_CLIENT_CONFIG, 46).

    Worth it for SQL92 expressions: a broker takes one that does not compile without a word, and then gives nothing,
    or everything.

    Args:
        consumer_group: The group.
        subscription: The subscription.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Raises:
        BrokerResponseError: the expression does not compile; the remark says why.
        BrokerSystemError: the broker does not filter by SQL92 (`enablePropertyFilter`).
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.check_client_config("billing", subscription_data("orders", "price > 10", SQL92))
        ```
    """
    body = CheckClientRequestBody(client_id=context.client_id, group=consumer_group, subscription_data=subscription)
    yield from call(context, CheckClientConfig(client_config=body), timeout, retry)
