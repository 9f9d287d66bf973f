"""Offsets: where queues begin and end, and where groups stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.bodies.offset import ConsumerOffsetTable, DelayOffsetTable, QueryCorrectionOffsetBody
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.errors import FieldError, ProtocolError
from pyrocketmq.model.names import SCHEDULE_TOPIC
from pyrocketmq.model.requests import (
    CloneGroupOffset,
    GetAllConsumerOffset,
    GetAllConsumerOffsetReply,
    GetAllDelayOffset,
    GetAllDelayOffsetReply,
    GetEarliestMsgStoretime,
    GetMaxOffset,
    GetMinOffset,
    OffsetReply,
    QueryConsumerOffset,
    QueryCorrectionOffset,
    QueryCorrectionOffsetReply,
    SearchOffsetByTimestamp,
    TimestampReply,
    UpdateConsumerOffset,
)
from pyrocketmq.testkit.handlers.common import with_empty_header
from pyrocketmq.testkit.handlers.registry import BROKER, null_pointer
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from typing import NoReturn

    from pyrocketmq.model.fastjson import JsonObject
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange


@BROKER.handles(QueryConsumerOffset)
def query_consumer_offset(broker: BrokerServer, request: QueryConsumerOffset, exchange: Exchange) -> OffsetReply:
    """Say where a group stands; at 0 if it never committed and nothing of the queue is gone."""
    profile = broker.profile
    committed = broker.offsets.committed(request.consumer_group, request.topic, request.queue_id)
    if committed >= 0:
        return OffsetReply(offset=committed)
    if profile.honours_set_zero and request.set_zero_if_not_found is False:
        raise Refusal(ResponseCode.QUERY_NOT_FOUND, "Not found, do not set to zero, maybe this group boot first", {})
    queue = broker.store.queue(request.topic, request.queue_id)
    if queue.min_offset == 0 and (queue.max_offset > 0 or profile.missing_queue_is_zero):
        return OffsetReply(offset=0)
    raise Refusal(ResponseCode.QUERY_NOT_FOUND, "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first", {})


def _malformed_commit(broker: BrokerServer, error: ProtocolError, exchange: Exchange) -> NoReturn:
    missing = {"queueId": "QueueId", "commitOffset": "Offset"}
    if broker.profile.checks_commits and isinstance(error, FieldError) and error.field in missing:
        raise Refusal(
            broker.profile.invalid_parameter,
            f"{missing[error.field]} is null, topic is {exchange.fields.get('topic')}",
            {},
        )
    null_pointer(broker, error, exchange)


@BROKER.handles(UpdateConsumerOffset, malformed=_malformed_commit)
def update_consumer_offset(broker: BrokerServer, request: UpdateConsumerOffset, exchange: Exchange) -> EmptyReply:
    """Store where a group stands, wherever that is."""
    group, topic, queue_id = request.consumer_group, request.topic, request.queue_id
    if broker.profile.checks_commits:
        if broker.groups.get(group) is None:
            raise Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, f"Group {group} not exist!", {})
        if broker.topics.get(topic) is None:
            raise Refusal(ResponseCode.TOPIC_NOT_EXIST, f"Topic {topic} not exist!", {})
    if broker.offsets.pending_reset(group, topic, queue_id) is not None:
        return with_empty_header(EmptyReply(remark="Offset has been previously reset"))
    broker.offsets.commit(group, topic, queue_id, request.commit_offset)
    return with_empty_header(EmptyReply())


@BROKER.handles(GetMaxOffset)
def get_max_offset(broker: BrokerServer, request: GetMaxOffset, exchange: Exchange) -> OffsetReply:
    """Say where a queue ends."""
    return OffsetReply(offset=broker.store.queue(request.topic, request.queue_id).max_offset)


@BROKER.handles(GetMinOffset)
def get_min_offset(broker: BrokerServer, request: GetMinOffset, exchange: Exchange) -> OffsetReply:
    """Say where a queue begins."""
    offset = broker.store.queue(request.topic, request.queue_id).min_offset
    return OffsetReply(remark=broker.profile.min_offset_remark, offset=offset)


@BROKER.handles(SearchOffsetByTimestamp)
def search_offset_by_timestamp(
    broker: BrokerServer, request: SearchOffsetByTimestamp, exchange: Exchange
) -> OffsetReply:
    """Say which message was stored at a time."""
    upper = broker.profile.has_extended_json and (request.boundary_type or "").lower() == "upper"
    return OffsetReply(offset=broker.search_offset(request.topic, request.queue_id, request.timestamp, upper=upper))


@BROKER.handles(GetEarliestMsgStoretime)
def get_earliest_msg_storetime(
    broker: BrokerServer, request: GetEarliestMsgStoretime, exchange: Exchange
) -> TimestampReply:
    """Say when the oldest message of a queue was stored."""
    queue = broker.store.queue(request.topic, request.queue_id)
    oldest = queue.at(queue.min_offset)
    return TimestampReply(timestamp=-1 if oldest is None else oldest.store_timestamp)


@BROKER.handles(GetAllConsumerOffset)
def get_all_consumer_offset(
    broker: BrokerServer, request: GetAllConsumerOffset, exchange: Exchange
) -> GetAllConsumerOffsetReply:
    """Give all offsets."""
    table = {f"{topic}@{group}": queues for (topic, group), queues in broker.offsets.all().items()}
    offsets = ConsumerOffsetTable(offset_table=table)
    if broker.profile.has_extended_json:
        offsets = offsets.replace(data_version=DataVersion(state_version=0))
        topics: JsonObject = {group: list(broker.offsets.topics_of(group)) for _, group in broker.offsets.all()}
        offsets.with_extra_members({"groupTopicMap": topics})
    return GetAllConsumerOffsetReply(offsets=offsets)


@BROKER.handles(GetAllDelayOffset)
def get_all_delay_offset(
    broker: BrokerServer, request: GetAllDelayOffset, exchange: Exchange
) -> GetAllDelayOffsetReply:
    """Say how far the delivery of each delay level has come."""
    levels = {queue_id + 1: 0 for queue_id in broker.store.queues_of(SCHEDULE_TOPIC)}
    version = DataVersion(state_version=0) if broker.profile.has_extended_json else None
    table = DelayOffsetTable(offset_table=levels | broker.delays.delivered, data_version=version)
    return GetAllDelayOffsetReply(offsets=table)


@BROKER.handles(QueryCorrectionOffset)
def query_correction_offset(
    broker: BrokerServer, request: QueryCorrectionOffset, exchange: Exchange
) -> QueryCorrectionOffsetReply:
    """Give the smallest offset of all groups in each queue that the group to compare with is ahead of."""
    left_out = set((request.filter_groups or "").split(","))
    smallest: dict[int, int] = {}
    for group in broker.offsets.groups_of(request.topic):
        if group not in left_out:
            for queue_id, offset in broker.offsets.queues(group, request.topic).items():
                smallest[queue_id] = min(offset, smallest.get(queue_id, offset))
    compared = broker.offsets.queues(request.compare_group, request.topic)
    corrections = {
        queue_id: -1 if compared.get(queue_id, offset) < offset else offset for queue_id, offset in smallest.items()
    }
    return QueryCorrectionOffsetReply(offsets=QueryCorrectionOffsetBody(correction_offsets=corrections))


@BROKER.handles(CloneGroupOffset)
def clone_group_offset(broker: BrokerServer, request: CloneGroupOffset, exchange: Exchange) -> EmptyReply:
    """Give one group the offsets of another."""
    topics = [request.topic] if request.topic else broker.offsets.topics_of(request.src_group)
    for topic in topics:
        broker.offsets.clone(request.src_group, request.dest_group, topic)
    return EmptyReply()
