"""Topics: which there are, and their routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.requests import (
    DeleteTopicInNamesrv,
    GetAllTopicListFromNameserver,
    GetHasUnitSubTopicList,
    GetHasUnitSubUnunitTopicList,
    GetSystemTopicListFromNs,
    GetTopicsByCluster,
    GetUnitTopicList,
    RegisterTopicInNamesrv,
)

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model.bodies import TopicList, TopicRouteData


def get_all_topics(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[list[str]]:
    """List every topic that some broker has (GET_ALL_TOPIC_LIST_FROM_NAMESERVER, 206), system topics included.

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The names of the topics.

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


def get_topics_by_cluster(
    context: ClientContext, cluster: str, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[list[str]]:
    """List the topics of a cluster (GET_TOPICS_BY_CLUSTER, 224).

    Args:
        cluster: Name of the cluster; an unknown one has no topics.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The names of the topics.

    Raises:
        BrokerSystemError: the NameServer does not give its topics away.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        topics = client.get_topics_by_cluster("DefaultCluster")
        ```
    """
    reply = yield from call(context, GetTopicsByCluster(cluster=cluster), timeout, retry)
    return reply.topics.topic_list


def get_system_topics(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[TopicList]:
    """List the topics that clusters and brokers have by themselves (GET_SYSTEM_TOPIC_LIST_FROM_NS, 304).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The topics, which bear the names of clusters and brokers, and the address of one broker.

    Raises:
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        names = client.get_system_topics().topic_list
        ```
    """
    reply = yield from call(context, GetSystemTopicListFromNs(), timeout, retry)
    return reply.topics


def get_unit_topics(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[list[str]]:
    """List the topics of deployments in units (GET_UNIT_TOPIC_LIST, 311).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The names of the topics.

    Raises:
        BrokerSystemError: the NameServer does not give its topics away.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        topics = client.get_unit_topics()
        ```
    """
    reply = yield from call(context, GetUnitTopicList(), timeout, retry)
    return reply.topics.topic_list


def get_unit_sub_topics(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[list[str]]:
    """List the topics with subscriptions in units (GET_HAS_UNIT_SUB_TOPIC_LIST, 312).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The names of the topics.

    Raises:
        BrokerSystemError: the NameServer does not give its topics away.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        topics = client.get_unit_sub_topics()
        ```
    """
    reply = yield from call(context, GetHasUnitSubTopicList(), timeout, retry)
    return reply.topics.topic_list


def get_unit_sub_ununit_topics(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[list[str]]:
    """List the topics with subscriptions in units that are in no unit (GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST, 313).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The names of the topics.

    Raises:
        BrokerSystemError: the NameServer does not give its topics away.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        topics = client.get_unit_sub_ununit_topics()
        ```
    """
    reply = yield from call(context, GetHasUnitSubUnunitTopicList(), timeout, retry)
    return reply.topics.topic_list


def register_topic(
    context: ClientContext, topic: str, route: TopicRouteData, timeout: float | None = None
) -> Plan[None]:
    """Tell a NameServer where a topic is (REGISTER_TOPIC_IN_NAMESRV, 217; from 5.0.0 on).

    Brokers do this by themselves for the topics that they have.

    Args:
        topic: The topic.
        route: Its queues; the brokers that it names must be registered.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time: a NameServer of 4.9 gives none.

    Example:
        ```python
        queues = QueueData(broker_name="broker-a", read_queue_nums=4, write_queue_nums=4, perm=6)
        client.register_topic("orders", TopicRouteData(queue_datas=[queues]))
        ```
    """
    yield from call(context, RegisterTopicInNamesrv(topic=topic, route=route), timeout)


def delete_topic(
    context: ClientContext, topic: str, timeout: float | None = None, *, cluster: str | None = None
) -> Plan[None]:
    """Take a topic out of the routes (DELETE_TOPIC_IN_NAMESRV, 216); unknown ones are no error.

    Brokers that still have the topic bring it back; delete it there first.

    Args:
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.
        cluster: Only for the brokers of this cluster.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.delete_topic("orders")
        ```
    """
    yield from call(context, DeleteTopicInNamesrv(topic=topic, cluster_name=cluster), timeout)
