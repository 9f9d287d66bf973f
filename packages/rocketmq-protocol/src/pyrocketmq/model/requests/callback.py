"""What brokers send to clients, beside `GetConsumerRunningInfo` and `ConsumeMessageDirectly`, which they pass on."""

from __future__ import annotations

from pyrocketmq.model.bodies.offset import GetConsumerStatusBody, ResetOffsetBody
from pyrocketmq.model.declaration import Long, Reply, Request, body
from pyrocketmq.model.declaration.body_codec import MESSAGE, RAW, FastjsonBodyCodec
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.message_ext import MessageExt
from pyrocketmq.model.requests.base import TopicRequest


class CheckTransactionState(TopicRequest[EmptyReply], code=RequestCode.CHECK_TRANSACTION_STATE):
    """Ask a producer what became of a transaction; one-way, the answer is an `EndTransaction`.

    Attributes:
        tran_state_table_offset: To be copied to the answer.
        commit_log_offset: To be copied to the answer.
        msg_id: Unique id of the message.
        transaction_id: The same.
        offset_msg_id: Offset id of the half message.
        topic: An internal topic (5.x); the message knows its own.
        message: The half message, under the topic and queue that it is for.
    """

    tran_state_table_offset: Long
    commit_log_offset: Long
    msg_id: str | None = None
    transaction_id: str | None = None
    offset_msg_id: str | None = None
    topic: str | None = None
    message: MessageExt = body(MESSAGE)


class NotifyConsumerIdsChanged(Request[EmptyReply], code=RequestCode.NOTIFY_CONSUMER_IDS_CHANGED):
    """Tell the members of a group that one has come or gone; one-way. A newcomer hears of itself too."""

    consumer_group: str


class ResetConsumerClientOffset(TopicRequest[EmptyReply], code=RequestCode.RESET_CONSUMER_CLIENT_OFFSET):
    """Tell a consumer to go on at other offsets; one-way (4.9).

    Attributes:
        topic: The topic.
        group: The group.
        timestamp: The time that the offsets belong to, in milliseconds.
        is_force: Also where that moves the group forwards.
        offsets: The offsets.
    """

    topic: str
    group: str
    timestamp: Long
    is_force: bool
    offsets: ResetOffsetBody = body(FastjsonBodyCodec(ResetOffsetBody))


class GetConsumerStatusFromClientReply(Reply):
    """Where the consumer stands."""

    status: GetConsumerStatusBody = body(FastjsonBodyCodec(GetConsumerStatusBody))


class GetConsumerStatusFromClient(
    TopicRequest[GetConsumerStatusFromClientReply], code=RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT
):
    """Ask a consumer where it stands."""

    topic: str
    group: str
    client_addr: str | None = None


class PushReplyMessageToClient(TopicRequest[EmptyReply], code=RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT):
    """Hand a reply to the client that asked; the broker waits for its answer. See `SendMessage` for the fields.

    Attributes:
        born_host: Address and port of the replier.
        store_host: Address and port of the broker.
        store_timestamp: When the reply came, in milliseconds.
        body: The reply's body, compressed if `sys_flag` says so.
    """

    producer_group: str
    topic: str
    default_topic: str
    default_topic_queue_nums: int
    queue_id: int
    sys_flag: int
    born_timestamp: Long
    flag: int
    properties: str | None = None
    reconsume_times: int | None = None
    unit_mode: bool | None = None
    born_host: str
    store_host: str
    store_timestamp: Long
    body: bytes = body(RAW)
