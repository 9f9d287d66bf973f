"""What a NameServer answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn
from zlib import crc32

from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.bodies.route import BrokerMemberGroup, ClusterInfo, GetBrokerMemberGroupResponseBody
from pyrocketmq.model.bodies.statistics import KVTable
from pyrocketmq.model.bodies.topic import TopicList
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import dumps_fastjson
from pyrocketmq.model.requests import (
    AddWritePermOfBroker,
    AddWritePermOfBrokerReply,
    DeleteKvConfig,
    DeleteTopicInNamesrv,
    GetAllTopicListFromNameserver,
    GetBrokerClusterInfo,
    GetBrokerClusterInfoReply,
    GetBrokerMemberGroup,
    GetBrokerMemberGroupReply,
    GetHasUnitSubTopicList,
    GetHasUnitSubUnunitTopicList,
    GetKvConfig,
    GetKvConfigReply,
    GetKvlistByNamespace,
    GetKvlistByNamespaceReply,
    GetNamesrvConfig,
    GetNamesrvConfigReply,
    GetRouteinfoByTopic,
    GetRouteinfoByTopicReply,
    GetSystemTopicListFromNs,
    GetTopicsByCluster,
    GetUnitTopicList,
    PutKvConfig,
    QueryDataVersion,
    QueryDataVersionReply,
    RegisterBroker,
    RegisterBrokerReply,
    RegisterTopicInNamesrv,
    TopicListReply,
    UnregisterBroker,
    UpdateNamesrvConfig,
    WipeWritePermOfBroker,
    WipeWritePermOfBrokerReply,
)
from pyrocketmq.testkit.handlers.registry import NAMESERVER
from pyrocketmq.testkit.refusal import NOT_SET, Refusal

if TYPE_CHECKING:
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.nameserver import NameServer

ORDER_TOPICS: Final = "ORDER_TOPIC_CONFIG"
_STRICT_JSON_SINCE: Final = 401
_BLACK_LIST: Final = frozenset(("configBlackList", "configStorePath", "kvConfigPath", "rocketmqHome"))


class _LooseRouteReply(GetRouteinfoByTopicReply):
    """A route as clients before 4.9.4 get it: broker ids without quotes."""

    def encode_body(self) -> bytes:
        return dumps_fastjson(self.route.to_json())


@NAMESERVER.handles(GetRouteinfoByTopic, absent={"topic": "null"})
def get_routeinfo_by_topic(
    nameserver: NameServer, request: GetRouteinfoByTopic, exchange: Exchange
) -> GetRouteinfoByTopicReply:
    """Say where a topic is."""
    route = nameserver.routes.route(request.topic)
    if route is None:
        raise Refusal(
            ResponseCode.TOPIC_NOT_EXIST,
            f"No topic route info in name server for the topic: {request.topic}\n{nameserver.profile.faq}",
        )
    if nameserver.settings.enabled("orderMessageEnable"):
        route = route.replace(order_topic_conf=nameserver.values.get(ORDER_TOPICS, {}).get(request.topic))
    is_strict = exchange.command.version >= _STRICT_JSON_SINCE or request.accept_standard_json_only
    return GetRouteinfoByTopicReply(route=route) if is_strict else _LooseRouteReply(route=route)


@NAMESERVER.handles(GetBrokerClusterInfo)
def get_broker_cluster_info(
    nameserver: NameServer, request: GetBrokerClusterInfo, exchange: Exchange
) -> GetBrokerClusterInfoReply:
    """Describe all brokers."""
    routes = nameserver.routes
    return GetBrokerClusterInfoReply(
        cluster_info=ClusterInfo(broker_addr_table=routes.broker_datas(), cluster_addr_table=routes.clusters())
    )


@NAMESERVER.handles(GetAllTopicListFromNameserver)
def get_all_topic_list_from_nameserver(
    nameserver: NameServer, request: GetAllTopicListFromNameserver, exchange: Exchange
) -> TopicListReply:
    """Name all topics."""
    return TopicListReply(topics=TopicList(topic_list=nameserver.routes.topics()))


@NAMESERVER.handles(GetTopicsByCluster, absent={"cluster": "null"})
def get_topics_by_cluster(nameserver: NameServer, request: GetTopicsByCluster, exchange: Exchange) -> TopicListReply:
    """Name the topics of a cluster."""
    return TopicListReply(topics=TopicList(topic_list=nameserver.routes.topics_of_cluster(request.cluster)))


@NAMESERVER.handles(GetSystemTopicListFromNs)
def get_system_topic_list_from_ns(
    nameserver: NameServer, request: GetSystemTopicListFromNs, exchange: Exchange
) -> TopicListReply:
    """Name the topics that clusters and brokers have by themselves, and the address of one broker."""
    names: list[str] = []
    for cluster, brokers in nameserver.routes.clusters().items():
        names += [cluster, *brokers]
    addresses = (
        address for data in nameserver.routes.broker_datas().values() for address in data.broker_addrs.values()
    )
    return TopicListReply(topics=TopicList(topic_list=names, broker_addr=next(addresses, None)))


@NAMESERVER.handles(GetUnitTopicList)
def get_unit_topic_list(nameserver: NameServer, request: GetUnitTopicList, exchange: Exchange) -> TopicListReply:
    """Name the topics of deployments in units."""
    return TopicListReply(topics=TopicList(topic_list=nameserver.routes.unit_topics(unit=True)))


@NAMESERVER.handles(GetHasUnitSubTopicList)
def get_has_unit_sub_topic_list(
    nameserver: NameServer, request: GetHasUnitSubTopicList, exchange: Exchange
) -> TopicListReply:
    """Name the topics with subscriptions in units."""
    return TopicListReply(topics=TopicList(topic_list=nameserver.routes.unit_topics(subscribed=True)))


@NAMESERVER.handles(GetHasUnitSubUnunitTopicList)
def get_has_unit_sub_ununit_topic_list(
    nameserver: NameServer, request: GetHasUnitSubUnunitTopicList, exchange: Exchange
) -> TopicListReply:
    """Name the topics with subscriptions in units that are not in units themselves."""
    return TopicListReply(topics=TopicList(topic_list=nameserver.routes.unit_topics(unit=False, subscribed=True)))


@NAMESERVER.handles(DeleteTopicInNamesrv, absent={"topic": "null"})
def delete_topic_in_namesrv(nameserver: NameServer, request: DeleteTopicInNamesrv, exchange: Exchange) -> EmptyReply:
    """Forget a topic."""
    nameserver.routes.delete_topic(request.topic, request.cluster_name or None)
    return EmptyReply()


@NAMESERVER.handles(RegisterTopicInNamesrv)
def register_topic_in_namesrv(
    nameserver: NameServer, request: RegisterTopicInNamesrv, exchange: Exchange
) -> EmptyReply:
    """Take in a topic by hand."""
    nameserver.routes.register_route(request.topic, request.route)
    return EmptyReply()


def _malformed_kv(nameserver: NameServer, error: ProtocolError, exchange: Exchange) -> NoReturn:
    raise Refusal(ResponseCode.SYSTEM_ERROR, "namespace or key is null")


@NAMESERVER.handles(PutKvConfig, malformed=_malformed_kv, absent={"value": ""})
def put_kv_config(nameserver: NameServer, request: PutKvConfig, exchange: Exchange) -> EmptyReply:
    """Set a value."""
    nameserver.values.setdefault(request.namespace, {})[request.key] = request.value
    return EmptyReply()


@NAMESERVER.handles(GetKvConfig, absent={"namespace": "null", "key": "null"})
def get_kv_config(nameserver: NameServer, request: GetKvConfig, exchange: Exchange) -> GetKvConfigReply:
    """Give a value."""
    value = nameserver.values.get(request.namespace, {}).get(request.key)
    if value is None:
        raise Refusal(
            ResponseCode.QUERY_NOT_FOUND, f"No config item, Namespace: {request.namespace} Key: {request.key}", {}
        )
    return GetKvConfigReply(value=value)


@NAMESERVER.handles(DeleteKvConfig, absent={"namespace": "null", "key": "null"})
def delete_kv_config(nameserver: NameServer, request: DeleteKvConfig, exchange: Exchange) -> EmptyReply:
    """Delete a value."""
    nameserver.values.get(request.namespace, {}).pop(request.key, None)
    return EmptyReply()


@NAMESERVER.handles(GetKvlistByNamespace, absent={"namespace": "null"})
def get_kvlist_by_namespace(
    nameserver: NameServer, request: GetKvlistByNamespace, exchange: Exchange
) -> GetKvlistByNamespaceReply:
    """Give all values of a namespace."""
    values = nameserver.values.get(request.namespace)
    if values is None:
        raise Refusal(ResponseCode.QUERY_NOT_FOUND, f"No config item, Namespace: {request.namespace}")
    return GetKvlistByNamespaceReply(values=KVTable(table=dict(values)))


@NAMESERVER.handles(WipeWritePermOfBroker, absent={"broker_name": "null"})
def wipe_write_perm_of_broker(
    nameserver: NameServer, request: WipeWritePermOfBroker, exchange: Exchange
) -> WipeWritePermOfBrokerReply:
    """Take the permission to write to a broker."""
    return WipeWritePermOfBrokerReply(
        wipe_topic_count=nameserver.routes.set_writable(request.broker_name, writable=False)
    )


@NAMESERVER.handles(AddWritePermOfBroker, absent={"broker_name": "null"})
def add_write_perm_of_broker(
    nameserver: NameServer, request: AddWritePermOfBroker, exchange: Exchange
) -> AddWritePermOfBrokerReply:
    """Give the permission to write to a broker."""
    return AddWritePermOfBrokerReply(add_topic_count=nameserver.routes.set_writable(request.broker_name, writable=True))


@NAMESERVER.handles(UpdateNamesrvConfig)
def update_namesrv_config(nameserver: NameServer, request: UpdateNamesrvConfig, exchange: Exchange) -> EmptyReply:
    """Change settings."""
    if _BLACK_LIST & request.settings.keys():
        raise Refusal(ResponseCode.NO_PERMISSION, nameserver.profile.guarded_namesrv_setting)
    nameserver.settings.update(request.settings)
    return EmptyReply()


@NAMESERVER.handles(GetNamesrvConfig)
def get_namesrv_config(nameserver: NameServer, request: GetNamesrvConfig, exchange: Exchange) -> GetNamesrvConfigReply:
    """Give all settings."""
    return GetNamesrvConfigReply(settings=nameserver.settings.all())


@NAMESERVER.handles(GetBrokerMemberGroup, absent={"cluster_name": "", "broker_name": ""})
def get_broker_member_group(
    nameserver: NameServer, request: GetBrokerMemberGroup, exchange: Exchange
) -> GetBrokerMemberGroupReply:
    """Describe the brokers of one name."""
    data = nameserver.routes.broker_datas().get(request.broker_name)
    group = BrokerMemberGroup(
        cluster=request.cluster_name,
        broker_name=request.broker_name,
        broker_addrs={} if data is None else data.broker_addrs,
    )
    return GetBrokerMemberGroupReply(
        remark=NOT_SET, member_group=GetBrokerMemberGroupResponseBody(broker_member_group=group)
    )


@NAMESERVER.handles(RegisterBroker)
def register_broker(nameserver: NameServer, request: RegisterBroker, exchange: Exchange) -> RegisterBrokerReply:
    """Take in a broker that lives elsewhere."""
    if request.body_crc32 and request.body_crc32 != crc32(request.body) & 0x7FFFFFFF:
        raise Refusal(ResponseCode.SYSTEM_ERROR, "crc32 not match", {})
    wrapper = request.topics.topic_config_serialize_wrapper
    nameserver.routes.register_broker(
        cluster=request.cluster_name,
        broker_name=request.broker_name,
        broker_id=request.broker_id,
        address=request.broker_addr,
        topics={} if wrapper is None else wrapper.topic_config_table,
        version=DataVersion() if wrapper is None else wrapper.data_version or DataVersion(),
        connection=exchange.connection,
    )
    order_topics = nameserver.values.get(ORDER_TOPICS)
    master = nameserver.routes.live_broker(request.broker_name, 0) if request.broker_id else None
    return RegisterBrokerReply(
        master_addr=None if master is None else master.address,
        kv_table=None if order_topics is None else KVTable(table=dict(order_topics)),
    )


@NAMESERVER.handles(
    UnregisterBroker, absent={"broker_name": "", "broker_addr": "", "cluster_name": "", "broker_id": "0"}
)
def unregister_broker(nameserver: NameServer, request: UnregisterBroker, exchange: Exchange) -> EmptyReply:
    """Forget a broker."""
    nameserver.routes.unregister_broker(request.broker_name, request.broker_id)
    return EmptyReply()


@NAMESERVER.handles(QueryDataVersion)
def query_data_version(nameserver: NameServer, request: QueryDataVersion, exchange: Exchange) -> QueryDataVersionReply:
    """Say whether a broker has other topics than those that are known."""
    known = nameserver.routes.live_broker(request.broker_name, request.broker_id)
    return QueryDataVersionReply(
        changed=known is None or known.version != request.data_version,
        data_version=None if known is None else known.version,
    )
