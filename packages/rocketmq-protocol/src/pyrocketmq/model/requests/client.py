"""Clients: heartbeats, who is connected, and questions that a broker passes on to a client."""

from __future__ import annotations

from pyrocketmq.model.bodies.client import ConsumerConnection, ConsumerIdList, ProducerConnection, ProducerTableInfo
from pyrocketmq.model.bodies.consumer import ConsumeMessageDirectlyResult, ConsumerRunningInfo
from pyrocketmq.model.bodies.heartbeat import CheckClientRequestBody, HeartbeatData
from pyrocketmq.model.declaration import Reply, Request, body, wire
from pyrocketmq.model.declaration.body_codec import MESSAGE, FastjsonBodyCodec, JsonBodyCodec
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.message_ext import MessageExt


class HeartBeatReply(Reply):
    """The broker knows the client.

    Attributes:
        is_support_heart_beat_v2: Whether the broker takes heartbeats without subscriptions (5.1.3 and later).
        is_sub_change: Whether the subscriptions have changed (5.1.3 and later).
    """

    is_support_heart_beat_v2: bool | None = wire("IS_SUPPORT_HEART_BEAT_V2", default=None)
    is_sub_change: bool | None = wire("IS_SUB_CHANGE", default=None)


class HeartBeat(Request[HeartBeatReply], code=RequestCode.HEART_BEAT):
    """Tell a broker which groups the client on this connection belongs to.

    Due right after connecting and every 30 seconds; after 120 seconds without, the broker forgets the client. Groups
    that must not be created are skipped silently.
    """

    heartbeat_data: HeartbeatData = body(JsonBodyCodec(HeartbeatData))


class UnregisterClient(Request[EmptyReply], code=RequestCode.UNREGISTER_CLIENT):
    """Take a client out of its groups.

    Attributes:
        client_id: The client.
        producer_group: Its producer group, if it has one.
        consumer_group: Its consumer group, if it has one.
    """

    client_id: str = wire("clientID")
    producer_group: str | None = None
    consumer_group: str | None = None


class CheckClientConfig(Request[EmptyReply], code=RequestCode.CHECK_CLIENT_CONFIG):
    """Have a broker compile a subscription. Refusals: 1 SQL92 is off, 23 it does not compile."""

    client_config: CheckClientRequestBody = body(JsonBodyCodec(CheckClientRequestBody))


class GetConsumerListByGroupReply(Reply):
    """The connected members of a consumer group."""

    consumer_list: ConsumerIdList = body(FastjsonBodyCodec(ConsumerIdList))


class GetConsumerListByGroup(Request[GetConsumerListByGroupReply], code=RequestCode.GET_CONSUMER_LIST_BY_GROUP):
    """Ask for the connected members of a consumer group. Refusal 1: there is none."""

    consumer_group: str


class GetConsumerConnectionListReply(Reply):
    """The connected members of a consumer group, and what it subscribes."""

    connections: ConsumerConnection = body(FastjsonBodyCodec(ConsumerConnection))


class GetConsumerConnectionList(Request[GetConsumerConnectionListReply], code=RequestCode.GET_CONSUMER_CONNECTION_LIST):
    """Ask for the connections of a consumer group. Refusal 206: nobody is connected."""

    consumer_group: str


class GetProducerConnectionListReply(Reply):
    """The connected members of a producer group."""

    connections: ProducerConnection = body(FastjsonBodyCodec(ProducerConnection))


class GetProducerConnectionList(Request[GetProducerConnectionListReply], code=RequestCode.GET_PRODUCER_CONNECTION_LIST):
    """Ask for the connections of a producer group. Refusal 1: nobody is connected."""

    producer_group: str


class GetAllProducerInfoReply(Reply):
    """All connected producers."""

    producers: ProducerTableInfo = body(FastjsonBodyCodec(ProducerTableInfo))


class GetAllProducerInfo(Request[GetAllProducerInfoReply], code=RequestCode.GET_ALL_PRODUCER_INFO, since="4.9.4"):
    """Ask for all connected producers."""


class GetConsumerRunningInfoReply(Reply):
    """The inner life of a consumer."""

    running_info: ConsumerRunningInfo = body(FastjsonBodyCodec(ConsumerRunningInfo))


class GetConsumerRunningInfo(Request[GetConsumerRunningInfoReply], code=RequestCode.GET_CONSUMER_RUNNING_INFO):
    """Ask a consumer about its inner life; sent to a broker, which passes it on to the client.

    Refusals: 1 the client is not connected, 207 it does not answer.

    Attributes:
        consumer_group: The group.
        client_id: The client.
        jstack_enable: Whether to list its threads.
    """

    consumer_group: str
    client_id: str
    jstack_enable: bool = False


class ConsumeMessageDirectlyReply(Reply):
    """What the consumer made of the message."""

    result: ConsumeMessageDirectlyResult = body(FastjsonBodyCodec(ConsumeMessageDirectlyResult))


class ConsumeMessageDirectly(Request[ConsumeMessageDirectlyReply], code=RequestCode.CONSUME_MESSAGE_DIRECTLY):
    """Have a consumer consume one message now; sent to a broker, which passes it on with the message.

    Refusals: 1 client or message are not there, 207 the client does not answer.

    Attributes:
        consumer_group: The group.
        client_id: The client.
        msg_id: Offset id of the message.
        broker_name: The broker that stores it.
        topic: Its topic (5.x).
        topic_sys_flag: Bits: 1 unit, 2 unit subscription (5.x).
        group_sys_flag: Bits: 1 unit (5.x).
        message: The message, on the way from the broker to the client.
    """

    consumer_group: str
    client_id: str | None = None
    msg_id: str | None = None
    broker_name: str | None = None
    topic: str | None = None
    topic_sys_flag: int | None = None
    group_sys_flag: int | None = None
    message: MessageExt | None = body(MESSAGE, default=None)
