"""Routes: where topics are, and where brokers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.requests import GetBrokerClusterInfo, GetBrokerMemberGroup, GetRouteinfoByTopic

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model.bodies import BrokerMemberGroup, ClusterInfo, TopicRouteData


def get_topic_route(
    context: ClientContext, topic: str, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[TopicRouteData]:
    """Ask which brokers hold a topic, and with how many queues (GET_ROUTEINFO_BY_TOPIC, 105).

    Args:
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The brokers that have the topic, with their addresses, and the queues that each has.

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

    Returns:
        Brokers with their addresses by broker id, and the names of brokers by cluster.

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


def get_broker_member_group(
    context: ClientContext,
    cluster_name: str,
    broker_name: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[BrokerMemberGroup | None]:
    """Ask for the addresses of one broker and its replicas (GET_BROKER_MEMBER_GROUP, 901; from 5.0.0 on).

    For 4.9 see `get_cluster_info`.

    Args:
        cluster_name: Name of the cluster.
        broker_name: Name of the broker.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The addresses by broker id, 0 for the master; none for an unknown broker.

    Raises:
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time: a NameServer of 4.9 gives none.

    Example:
        ```python
        master = client.get_broker_member_group("DefaultCluster", "broker-a").broker_addrs[0]
        ```
    """
    request = GetBrokerMemberGroup(cluster_name=cluster_name, broker_name=broker_name)
    reply = yield from call(context, request, timeout, retry)
    return reply.member_group.broker_member_group
