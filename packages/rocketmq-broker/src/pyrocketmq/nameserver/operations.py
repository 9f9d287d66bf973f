"""The operations of a NameServer, each written once as a plan; the clients lift them into their methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model import ResponseCode
from pyrocketmq.model.bodies import ClusterInfo, TopicRouteData
from pyrocketmq.model.requests import (
    DeleteKvConfig,
    DeleteTopicInNamesrv,
    GetAllTopicListFromNameserver,
    GetBrokerClusterInfo,
    GetKvConfig,
    GetRouteinfoByTopic,
    PutKvConfig,
)

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan


def get_topic_route(
    context: ClientContext, topic: str, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[TopicRouteData]:
    """Ask which brokers hold a topic, and with how many queues (GET_ROUTEINFO_BY_TOPIC, 105).

    Args:
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Raises:
        BrokerResponseError: there is no such topic (TOPIC_NOT_EXIST).
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        route = client.get_topic_route("orders")
        addresses = [data.broker_addrs[0] for data in route.broker_datas]
        ```
    """
    reply = yield from call(context, GetRouteinfoByTopic(topic=topic), timeout, retry)
    return reply.route


def get_cluster_info(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[ClusterInfo]:
    """Ask for all brokers and their addresses (GET_BROKER_CLUSTER_INFO, 106).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Raises:
        BrokerResponseError: the server is no NameServer.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        for name, data in client.get_cluster_info().broker_addr_table.items():
            print(name, data.broker_addrs)
        ```
    """
    reply = yield from call(context, GetBrokerClusterInfo(), timeout, retry)
    return reply.cluster_info


def get_all_topics(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[list[str]]:
    """List every topic that some broker has (GET_ALL_TOPIC_LIST_FROM_NAMESERVER, 206), system topics included.

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Raises:
        BrokerSystemError: the NameServer does not give its topics away.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        print(sorted(client.get_all_topics()))
        ```
    """
    reply = yield from call(context, GetAllTopicListFromNameserver(), timeout, retry)
    return reply.topics.topic_list


def delete_topic(context: ClientContext, topic: str, timeout: float | None = None) -> Plan[None]:
    """Take a topic out of the routes (DELETE_TOPIC_IN_NAMESRV, 216); unknown ones are no error.

    Brokers that still have the topic bring it back; delete it there first.

    Args:
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.delete_topic("orders")
        ```
    """
    yield from call(context, DeleteTopicInNamesrv(topic=topic), timeout)


def put_kv_config(
    context: ClientContext, namespace: str, key: str, value: str, timeout: float | None = None
) -> Plan[None]:
    """Store a value in a NameServer's configuration table (PUT_KV_CONFIG, 100).

    Each NameServer has a table of its own.

    Args:
        namespace: Part of the table, such as `ORDER_TOPIC_CONFIG`.
        key: The key.
        value: The value.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the NameServer refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.put_kv_config("ORDER_TOPIC_CONFIG", "orders", "broker-a:4")
        ```
    """
    yield from call(context, PutKvConfig(namespace=namespace, key=key, value=value), timeout)


def get_kv_config(
    context: ClientContext,
    namespace: str,
    key: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[str | None]:
    """Read a value of a NameServer's configuration table (GET_KV_CONFIG, 101).

    Args:
        namespace: Part of the table.
        key: The key.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The value; `None` where there is none.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        order = client.get_kv_config("ORDER_TOPIC_CONFIG", "orders")
        ```
    """
    try:
        reply = yield from call(context, GetKvConfig(namespace=namespace, key=key), timeout, retry)
    except BrokerError as error:
        if error.response_code == ResponseCode.QUERY_NOT_FOUND:
            return None
        raise
    return reply.value


def delete_kv_config(context: ClientContext, namespace: str, key: str, timeout: float | None = None) -> Plan[None]:
    """Delete a value of a NameServer's configuration table (DELETE_KV_CONFIG, 102); unknown ones are no error.

    Args:
        namespace: Part of the table.
        key: The key.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.delete_kv_config("ORDER_TOPIC_CONFIG", "orders")
        ```
    """
    yield from call(context, DeleteKvConfig(namespace=namespace, key=key), timeout)
