"""Popping messages and acknowledging them (5.x)."""

from __future__ import annotations

from pyrocketmq.model.bodies.pop import (
    BatchAckMessageRequestBody,
    MessageRequestModeSerializeWrapper,
    QueryAssignmentRequestBody,
    QueryAssignmentResponseBody,
    SetMessageRequestModeRequestBody,
)
from pyrocketmq.model.declaration import Long, Reply, Request, body
from pyrocketmq.model.declaration.body_codec import MESSAGES, FastjsonBodyCodec, JsonBodyCodec
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.message_ext import MessageExt
from pyrocketmq.model.requests.base import TopicRequest


class PopMessageReply(Reply):
    """Messages (code 0), or why there are none: 19 none, 209 too many wait already, 210 none in time.

    Attributes:
        pop_time: When the messages were popped, in milliseconds by the broker's clock.
        invisible_time: For how long they are hidden, in milliseconds.
        revive_qid: The broker's own bookkeeping; 999 for orderly pops.
        rest_num: How many messages are left.
        start_offset_info: Per queue, where the pop began: `retry queue offset`, joined by `;`.
        msg_offset_info: Per queue, the offsets of the messages: `retry queue offset,offset`, joined by `;`.
        order_count_info: Per queue or message, how often it was tried; orderly pops only.
        messages: The messages.
    """

    pop_time: Long
    invisible_time: Long
    revive_qid: int
    rest_num: Long
    start_offset_info: str | None = None
    msg_offset_info: str | None = None
    order_count_info: str | None = None
    messages: list[MessageExt] = body(MESSAGES, default_factory=list)


class PopMessage(TopicRequest[PopMessageReply], code=RequestCode.POP_MESSAGE, results=(0, 19, 209, 210), since="5.0.0"):
    """Get messages and hide them from the rest of the group until they are acknowledged or their time is over.

    Refusals: 16 not readable, 17 no such topic, 23 the expression does not parse, 26 no such group, 29 a value out of
    range.

    Attributes:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue, -1 for any.
        max_msg_nums: How many messages, 1 to 32.
        invisible_time: For how long to hide them, in milliseconds.
        poll_time: For how long to wait for a message, in milliseconds; 0 for not at all.
        born_time: The client's clock now, in milliseconds; brokers drop what they think is late, so a clock that
            runs behind gets 210 at once.
        init_mode: Where a new group starts: 0 at the beginning of the queues, 1 at their end.
        exp_type: `TAG` or `SQL92`.
        exp: The expression; `*` for everything.
        order: Whether to keep the order of each queue.
        attempt_id: Of an orderly pop; the same id gets the same messages again.
    """

    consumer_group: str
    topic: str
    queue_id: int
    max_msg_nums: int
    invisible_time: Long
    poll_time: Long
    born_time: Long
    init_mode: int
    exp_type: str | None = None
    exp: str | None = None
    order: bool | None = None
    attempt_id: str | None = None


class AckMessage(TopicRequest[EmptyReply], code=RequestCode.ACK_MESSAGE, since="5.0.0"):
    """Say that a popped message is consumed.

    After its invisible time this has no effect, and the answer is 0 all the same. Refusals: 13 bad queue, 17 no such
    topic, 208 no message at that offset.

    Attributes:
        consumer_group: The group.
        topic: The topic, or the retry topic that the message came from, see `ReceiptHandle.topic_of`.
        queue_id: The queue.
        extra_info: The receipt handle.
        offset: The message's position in the queue.
    """

    consumer_group: str
    topic: str
    queue_id: int
    extra_info: str
    offset: Long


class ChangeMessageInvisibletimeReply(Reply):
    """The parts of the new receipt handle; the old one is void."""

    pop_time: Long
    invisible_time: Long
    revive_qid: int


class ChangeMessageInvisibletime(
    TopicRequest[ChangeMessageInvisibletimeReply], code=RequestCode.CHANGE_MESSAGE_INVISIBLETIME, since="5.0.0"
):
    """Hide a popped message for longer, or less long. Fields and refusals are those of `AckMessage`.

    Attributes:
        invisible_time: For how long from now on, in milliseconds.
    """

    consumer_group: str
    topic: str
    queue_id: int
    extra_info: str
    offset: Long
    invisible_time: Long


class BatchAckMessage(Request[EmptyReply], code=RequestCode.BATCH_ACK_MESSAGE, since="5.1.3"):
    """Acknowledge messages of several pops. Offsets that were not popped are skipped silently.

    Refusal 208: the list is empty.
    """

    batch_ack: BatchAckMessageRequestBody = body(JsonBodyCodec(BatchAckMessageRequestBody))


class NotificationReply(Reply):
    """Whether there are messages to pop; `polling_full` says that too many clients wait already."""

    has_msg: bool
    polling_full: bool | None = None


class Notification(TopicRequest[NotificationReply], code=RequestCode.NOTIFICATION, since="5.0.0"):
    """Wait until there is something to pop.

    Attributes:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue, -1 for any.
        poll_time: For how long to wait, in milliseconds.
        born_time: The client's clock now, in milliseconds.
        order: Whether it is about orderly pops.
        attempt_id: Of an orderly pop.
    """

    consumer_group: str
    topic: str
    queue_id: int
    poll_time: Long
    born_time: Long
    order: bool | None = None
    attempt_id: str | None = None


class PollingInfoReply(Reply):
    """How many requests of a group wait."""

    polling_num: int


class PollingInfo(TopicRequest[PollingInfoReply], code=RequestCode.POLLING_INFO, since="5.0.0"):
    """Ask how many pops of a group wait at a queue."""

    consumer_group: str
    topic: str
    queue_id: int


class PopRollback(Request[EmptyReply], code=RequestCode.POP_ROLLBACK, since="5.3.2"):
    """Return from one form of the broker's pop bookkeeping to the other; administration."""


class QueryAssignmentReply(Reply):
    """The queues that the client should consume."""

    assignment: QueryAssignmentResponseBody = body(FastjsonBodyCodec(QueryAssignmentResponseBody))


class QueryAssignment(Request[QueryAssignmentReply], code=RequestCode.QUERY_ASSIGNMENT, since="5.0.0"):
    """Ask which queues a client should consume."""

    assignment: QueryAssignmentRequestBody = body(JsonBodyCodec(QueryAssignmentRequestBody))


class SetMessageRequestMode(Request[EmptyReply], code=RequestCode.SET_MESSAGE_REQUEST_MODE, since="5.0.0"):
    """Tell whether a group pulls or pops a topic. Refusal 16: a retry topic."""

    mode: SetMessageRequestModeRequestBody = body(JsonBodyCodec(SetMessageRequestModeRequestBody))


class GetAllMessageRequestModeReply(Reply):
    """All modes that were set."""

    modes: MessageRequestModeSerializeWrapper = body(FastjsonBodyCodec(MessageRequestModeSerializeWrapper))


class GetAllMessageRequestMode(
    Request[GetAllMessageRequestModeReply], code=RequestCode.GET_ALL_MESSAGE_REQUEST_MODE, since="5.0.0"
):
    """Ask for all modes that were set; replicas do."""
