"""The operations of a NameServer, each written once as a plan; the clients lift them into their methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model import ResponseCode
from pyrocketmq.model.bodies import BrokerMemberGroup, ClusterInfo, TopicList, TopicRouteData
from pyrocketmq.model.requests import (
    AddWritePermOfBroker,
    DeleteKvConfig,
    DeleteTopicInNamesrv,
    GetAllTopicListFromNameserver,
    GetBrokerClusterInfo,
    GetBrokerMemberGroup,
    GetHasUnitSubTopicList,
    GetHasUnitSubUnunitTopicList,
    GetKvConfig,
    GetKvlistByNamespace,
    GetNamesrvConfig,
    GetRouteinfoByTopic,
    GetSystemTopicListFromNs,
    GetTopicsByCluster,
    GetUnitTopicList,
    PutKvConfig,
    RegisterTopicInNamesrv,
    UpdateNamesrvConfig,
    WipeWritePermOfBroker,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def get_topics_by_cluster(
    context: ClientContext, cluster: str, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[list[str]]:
    """List the topics of a cluster (GET_TOPICS_BY_CLUSTER, 224).

    Args:
        cluster: Name of the cluster; an unknown one has no topics.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

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


def get_kv_list(
    context: ClientContext,
    namespace: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[dict[str, str]]:
    """Read a part of a NameServer's configuration table (GET_KVLIST_BY_NAMESPACE, 219).

    Args:
        namespace: Part of the table.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        Values by key; empty where there is none.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        orders = client.get_kv_list("ORDER_TOPIC_CONFIG")
        ```
    """
    try:
        reply = yield from call(context, GetKvlistByNamespace(namespace=namespace), timeout, retry)
    except BrokerError as error:
        if error.response_code == ResponseCode.QUERY_NOT_FOUND:
            return {}
        raise
    return reply.values.table


def wipe_write_perm_of_broker(context: ClientContext, broker_name: str, timeout: float | None = None) -> Plan[int]:
    """Keep producers off a broker: take the write permission of its topics away (WIPE_WRITE_PERM_OF_BROKER, 205).

    The code's name is WIPE_WRITE_PERM_OF_BROKER. Lasts until the broker registers with other settings.

    Args:
        broker_name: Name of the broker.
        timeout: Seconds for the whole call; by default the client's.

    Returns:
        The number of topics that are changed; 0 for an unknown broker.

    Raises:
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.wipe_write_perm_of_broker("broker-a")
        ```
    """
    reply = yield from call(context, WipeWritePermOfBroker(broker_name=broker_name), timeout)
    return reply.wipe_topic_count


def add_write_perm_of_broker(context: ClientContext, broker_name: str, timeout: float | None = None) -> Plan[int]:
    """Let producers on a broker again (ADD_WRITE_PERM_OF_BROKER, 327; from 4.9.2 on).

    Args:
        broker_name: Name of the broker.
        timeout: Seconds for the whole call; by default the client's.

    Returns:
        The number of topics that are changed; 0 for an unknown broker.

    Raises:
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.add_write_perm_of_broker("broker-a")
        ```
    """
    reply = yield from call(context, AddWritePermOfBroker(broker_name=broker_name), timeout)
    return reply.add_topic_count


def get_nameserver_config(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[dict[str, str]]:
    """Ask for all settings of the NameServer (GET_NAMESRV_CONFIG, 319).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The settings, all values as text.

    Raises:
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        port = client.get_nameserver_config()["listenPort"]
        ```
    """
    reply = yield from call(context, GetNamesrvConfig(), timeout, retry)
    return reply.settings


def update_nameserver_config(
    context: ClientContext, settings: Mapping[str, str], timeout: float | None = None
) -> Plan[None]:
    """Change settings of the NameServer while it runs (UPDATE_NAMESRV_CONFIG, 318).

    Args:
        settings: The settings to change, all values as text.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        AuthorizationError: a setting must not be changed so.
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; the settings may be changed.

    Example:
        ```python
        client.update_nameserver_config({"orderMessageEnable": "true"})
        ```
    """
    yield from call(context, UpdateNamesrvConfig(settings=dict(settings)), timeout)


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
