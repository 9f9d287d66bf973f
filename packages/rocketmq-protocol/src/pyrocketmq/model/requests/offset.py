"""Offsets: where groups stand, and where queues begin and end."""

from __future__ import annotations

from pyrocketmq.model.bodies.offset import (
    ConsumerOffsetTable,
    DelayOffsetTable,
    GetConsumerStatusBody,
    QueryCorrectionOffsetBody,
    ResetOffsetBody,
)
from pyrocketmq.model.declaration import Long, Reply, Request, body
from pyrocketmq.model.declaration.body_codec import FastjsonBodyCodec
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.requests.base import TopicRequest


class OffsetReply(Reply):
    """An offset in a queue, counted in messages."""

    offset: Long


class QueryConsumerOffset(TopicRequest[OffsetReply], code=RequestCode.QUERY_CONSUMER_OFFSET):
    """Ask where a group stands in a queue.

    Without a stored offset brokers answer 0 as long as the queue begins at 0 and its beginning is in memory.
    Refusal 22: there is no offset.

    Attributes:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue.
        set_zero_if_not_found: False asks for refusal 22 instead of that 0 (5.x).
    """

    consumer_group: str
    topic: str
    queue_id: int
    set_zero_if_not_found: bool | None = None


class UpdateConsumerOffset(TopicRequest[EmptyReply], code=RequestCode.UPDATE_CONSUMER_OFFSET):
    """Commit where a group stands in a queue; clients send it one-way.

    Refusals of 5.x: 17 no such topic, 26 no such group; 4.9 accepts any.

    Attributes:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue.
        commit_offset: Offset of the next message to consume.
    """

    consumer_group: str
    topic: str
    queue_id: int
    commit_offset: Long


class GetMaxOffset(TopicRequest[OffsetReply], code=RequestCode.GET_MAX_OFFSET):
    """Ask for the end of a queue: the offset of its next message; 0 for an unknown topic or queue.

    Attributes:
        topic: The topic.
        queue_id: The queue.
        committed: Count only what replicas have confirmed; the default is true (5.x).
    """

    topic: str
    queue_id: int
    committed: bool | None = None


class GetMinOffset(TopicRequest[OffsetReply], code=RequestCode.GET_MIN_OFFSET):
    """Ask for the offset of a queue's oldest message; 0 for an unknown topic or queue."""

    topic: str
    queue_id: int


class SearchOffsetByTimestamp(TopicRequest[OffsetReply], code=RequestCode.SEARCH_OFFSET_BY_TIMESTAMP):
    """Ask for the offset that belongs to a store time.

    Attributes:
        topic: The topic.
        queue_id: The queue.
        timestamp: The time in milliseconds.
        boundary_type: `lower` for the first message at or after it, `upper` for the last one at or before it; the
            default is `lower` (5.1.4 and later).
    """

    topic: str
    queue_id: int
    timestamp: Long
    boundary_type: str | None = None


class TimestampReply(Reply):
    """A time in milliseconds; -1 for none."""

    timestamp: Long


class GetEarliestMsgStoretime(TopicRequest[TimestampReply], code=RequestCode.GET_EARLIEST_MSG_STORETIME):
    """Ask when the oldest message of a queue was stored; -1 for an empty or unknown queue."""

    topic: str
    queue_id: int


class GetAllConsumerOffsetReply(Reply):
    """All offsets of all groups."""

    offsets: ConsumerOffsetTable = body(FastjsonBodyCodec(ConsumerOffsetTable))


class GetAllConsumerOffset(Request[GetAllConsumerOffsetReply], code=RequestCode.GET_ALL_CONSUMER_OFFSET):
    """Ask for all offsets; replicas do."""


class GetAllDelayOffsetReply(Reply):
    """How far the delivery of delayed messages has come."""

    offsets: DelayOffsetTable = body(FastjsonBodyCodec(DelayOffsetTable))


class GetAllDelayOffset(Request[GetAllDelayOffsetReply], code=RequestCode.GET_ALL_DELAY_OFFSET):
    """Ask how far the delivery of delayed messages has come; replicas do."""


class QueryCorrectionOffsetReply(Reply):
    """The least offsets of groups in a topic."""

    offsets: QueryCorrectionOffsetBody = body(FastjsonBodyCodec(QueryCorrectionOffsetBody))


class QueryCorrectionOffset(TopicRequest[QueryCorrectionOffsetReply], code=RequestCode.QUERY_CORRECTION_OFFSET):
    """Ask where groups stand in a topic that another group consumes.

    Attributes:
        filter_groups: Groups to leave out, joined by commas.
        compare_group: The group to compare with.
        topic: The topic.
    """

    filter_groups: str | None = None
    compare_group: str
    topic: str


class CloneGroupOffset(TopicRequest[EmptyReply], code=RequestCode.CLONE_GROUP_OFFSET):
    """Give one group the offsets of another.

    Attributes:
        src_group: The group to copy.
        dest_group: The group that gets the offsets.
        topic: The topic; by default every topic of the source.
        offline: Whether the group is offline.
    """

    src_group: str
    dest_group: str
    topic: str | None = None
    offline: bool = False


class InvokeBrokerToResetOffsetReply(Reply):
    """The offsets that the group has now."""

    offsets: ResetOffsetBody = body(FastjsonBodyCodec(ResetOffsetBody))


class InvokeBrokerToResetOffset(
    TopicRequest[InvokeBrokerToResetOffsetReply], code=RequestCode.INVOKE_BROKER_TO_RESET_OFFSET
):
    """Set the offsets of a group to a time.

    5.x does it on the broker; 4.9 tells the members, see `ResetConsumerClientOffset`.
    Refusals: 1 a queue has no offset yet, 17 no such topic, 206 nobody is online (4.9).

    Attributes:
        topic: The topic.
        group: The group.
        timestamp: The time in milliseconds; -1 for the end.
        is_force: Also where that moves the group forwards.
        queue_id: One queue only; the default is -1, all (5.x).
        offset: This offset instead of a time (5.x).
    """

    topic: str
    group: str
    timestamp: Long
    is_force: bool
    queue_id: int | None = None
    offset: Long | None = None


class InvokeBrokerToGetConsumerStatusReply(Reply):
    """Where the members stand, by client id."""

    status: GetConsumerStatusBody = body(FastjsonBodyCodec(GetConsumerStatusBody))


class InvokeBrokerToGetConsumerStatus(
    TopicRequest[InvokeBrokerToGetConsumerStatusReply], code=RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS
):
    """Ask where the members of a group stand; the broker asks each of them. Refusal 1: nobody is online.

    Attributes:
        topic: The topic.
        group: The group.
        client_addr: Id of one member; by default all.
    """

    topic: str
    group: str
    client_addr: str | None = None
