"""What NameServers are asked."""

from __future__ import annotations

from pyrocketmq.model.bodies.route import ClusterInfo, GetBrokerMemberGroupResponseBody, TopicRouteData
from pyrocketmq.model.bodies.statistics import KVTable
from pyrocketmq.model.bodies.topic import TopicList
from pyrocketmq.model.declaration import Reply, Request, body
from pyrocketmq.model.declaration.body_codec import (
    PROPERTIES_TEXT,
    SETTING_LINES,
    FastjsonBodyCodec,
    JsonBodyCodec,
)
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.requests.base import TopicRequest


class GetRouteinfoByTopicReply(Reply):
    """Where a topic is.

    NameServers write plain JSON for requests of version 401 and later, and for those that ask for it; integer keys
    without quotes for others, and before 4.9.4 for all.
    """

    route: TopicRouteData = body(JsonBodyCodec(TopicRouteData))


class GetRouteinfoByTopic(TopicRequest[GetRouteinfoByTopicReply], code=RequestCode.GET_ROUTEINFO_BY_TOPIC):
    """Ask where a topic is. Refusals: 1 the NameServer is not ready, 17 there is no such topic.

    Attributes:
        topic: The topic.
        accept_standard_json_only: Ask for plain JSON whatever the version (4.9.4 and later).
    """

    topic: str
    accept_standard_json_only: bool | None = None


class GetBrokerClusterInfoReply(Reply):
    """All brokers."""

    cluster_info: ClusterInfo = body(FastjsonBodyCodec(ClusterInfo))


class GetBrokerClusterInfo(Request[GetBrokerClusterInfoReply], code=RequestCode.GET_BROKER_CLUSTER_INFO):
    """Ask for all brokers. A broker refuses with 3, which tells it from a NameServer."""


class TopicListReply(Reply):
    """Names of topics."""

    topics: TopicList = body(FastjsonBodyCodec(TopicList))


class GetAllTopicListFromNameserver(Request[TopicListReply], code=RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER):
    """Ask for the names of all topics."""


class GetTopicsByCluster(Request[TopicListReply], code=RequestCode.GET_TOPICS_BY_CLUSTER):
    """Ask for the names of the topics of a cluster."""

    cluster: str


class GetSystemTopicListFromNs(Request[TopicListReply], code=RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS):
    """Ask for the topics that clusters and brokers have by themselves; they bear their names."""


class GetUnitTopicList(Request[TopicListReply], code=RequestCode.GET_UNIT_TOPIC_LIST):
    """Ask for the topics of deployments in units."""


class GetHasUnitSubTopicList(Request[TopicListReply], code=RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST):
    """Ask for the topics with subscriptions in units."""


class GetHasUnitSubUnunitTopicList(Request[TopicListReply], code=RequestCode.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST):
    """Ask for the topics with subscriptions in units that are not in units themselves."""


class DeleteTopicInNamesrv(TopicRequest[EmptyReply], code=RequestCode.DELETE_TOPIC_IN_NAMESRV):
    """Make a NameServer forget a topic; brokers that have it bring it back.

    Attributes:
        topic: The topic.
        cluster_name: In one cluster only.
    """

    topic: str
    cluster_name: str | None = None


class RegisterTopicInNamesrv(TopicRequest[EmptyReply], code=RequestCode.REGISTER_TOPIC_IN_NAMESRV, since="5.0.0"):
    """Tell a NameServer of a topic."""

    topic: str
    route: TopicRouteData = body(JsonBodyCodec(TopicRouteData))


class PutKvConfig(Request[EmptyReply], code=RequestCode.PUT_KV_CONFIG):
    """Set a value.

    Attributes:
        namespace: Group of the key; `ORDER_TOPIC_CONFIG` for order topics.
        key: The key; of an order topic its name.
        value: The value; of an order topic its queues, `broker-a:4;broker-b:4`.
    """

    namespace: str
    key: str
    value: str


class GetKvConfigReply(Reply):
    """A value."""

    value: str | None = None


class GetKvConfig(Request[GetKvConfigReply], code=RequestCode.GET_KV_CONFIG):
    """Ask for a value. Refusal 22: there is none."""

    namespace: str
    key: str


class DeleteKvConfig(Request[EmptyReply], code=RequestCode.DELETE_KV_CONFIG):
    """Delete a value."""

    namespace: str
    key: str


class GetKvlistByNamespaceReply(Reply):
    """Values by key."""

    values: KVTable = body(FastjsonBodyCodec(KVTable))


class GetKvlistByNamespace(Request[GetKvlistByNamespaceReply], code=RequestCode.GET_KVLIST_BY_NAMESPACE):
    """Ask for all values of a namespace. Refusal 22: there is none."""

    namespace: str


class WipeWritePermOfBrokerReply(Reply):
    """How many topics have changed."""

    wipe_topic_count: int


class WipeWritePermOfBroker(Request[WipeWritePermOfBrokerReply], code=RequestCode.WIPE_WRITE_PERM_OF_BROKER):
    """Have clients no longer write to a broker: all its topics lose the permission in routes."""

    broker_name: str


class AddWritePermOfBrokerReply(Reply):
    """How many topics have changed."""

    add_topic_count: int


class AddWritePermOfBroker(
    Request[AddWritePermOfBrokerReply], code=RequestCode.ADD_WRITE_PERM_OF_BROKER, since="4.9.2"
):
    """Undo `WipeWritePermOfBroker`."""

    broker_name: str


class UpdateNamesrvConfig(Request[EmptyReply], code=RequestCode.UPDATE_NAMESRV_CONFIG):
    """Change settings of a NameServer."""

    settings: dict[str, str] = body(PROPERTIES_TEXT)


class GetNamesrvConfigReply(Reply):
    """All settings of a NameServer."""

    settings: dict[str, str] = body(SETTING_LINES)


class GetNamesrvConfig(Request[GetNamesrvConfigReply], code=RequestCode.GET_NAMESRV_CONFIG):
    """Ask for all settings of a NameServer."""


class GetBrokerMemberGroupReply(Reply):
    """The brokers of one name."""

    member_group: GetBrokerMemberGroupResponseBody = body(FastjsonBodyCodec(GetBrokerMemberGroupResponseBody))


class GetBrokerMemberGroup(Request[GetBrokerMemberGroupReply], code=RequestCode.GET_BROKER_MEMBER_GROUP, since="5.0.0"):
    """Ask for the brokers of one name."""

    cluster_name: str
    broker_name: str
