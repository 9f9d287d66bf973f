"""Finding messages by place, key or id."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.bodies.statistics import ConsumeQueueData, QueryConsumeQueueResponseBody
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.requests import (
    QueryConsumeQueue,
    QueryConsumeQueueReply,
    QueryMessage,
    QueryMessageReply,
    ViewMessageById,
    ViewMessageByIdReply,
)
from pyrocketmq.testkit.exchange import Held
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import NOT_SET, Refusal

if TYPE_CHECKING:
    from pyrocketmq.model.bodies.heartbeat import SubscriptionData
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange

_UNIQUE_ID_MAXIMUM: Final = 32
_MAXIMUM: Final = 64


@BROKER.handles(ViewMessageById)
def view_message_by_id(
    broker: BrokerServer, request: ViewMessageById, exchange: Exchange
) -> Held[ViewMessageByIdReply]:
    """Give the message at a place in the commit log."""
    stored = broker.store.at(request.offset)
    if stored is None:
        raise Refusal(ResponseCode.SYSTEM_ERROR, f"can not find message by the offset, {request.offset}")
    return Held(ViewMessageByIdReply(message=stored.view()))


@BROKER.handles(QueryMessage)
def query_message(broker: BrokerServer, request: QueryMessage, exchange: Exchange) -> Held[QueryMessageReply]:
    """Give the newest messages with a key, or a unique id, that were stored in a period; the oldest of them first."""
    maximum = _UNIQUE_ID_MAXIMUM if request.unique_key_query else min(request.max_num, _MAXIMUM)
    matching = (
        message
        for message in broker.store.with_key(request.topic, request.key)
        if request.begin_timestamp <= message.store_timestamp <= request.end_timestamp
    )
    found = [message.view() for message in islice(matching, max(0, maximum))][::-1]
    if not found:
        raise Refusal(
            ResponseCode.QUERY_NOT_FOUND,
            "can not find message, maybe time range not correct",
            {"indexLastUpdateTimestamp": "0", "indexLastUpdatePhyoffset": "0"},
        )
    return Held(
        QueryMessageReply(
            index_last_update_timestamp=broker.store.last_index_timestamp,
            index_last_update_phyoffset=broker.store.last_index_position,
            messages=found,
        )
    )


class _NoEntries(QueryConsumeQueueReply):
    """The answer where the index has nothing."""

    def encode_body(self) -> bytes:
        return b""


@BROKER.handles(QueryConsumeQueue)
def query_consume_queue(broker: BrokerServer, request: QueryConsumeQueue, exchange: Exchange) -> QueryConsumeQueueReply:
    """Give entries of a queue's index."""
    queue = broker.store.existing_queue(request.topic, request.queue_id)
    name = f"{request.queue_id}@{request.topic}"
    if queue is None:
        raise Refusal(ResponseCode.SYSTEM_ERROR, f"{name} is not exist!")
    low, high = queue.min_offset, queue.max_offset
    entries = [
        ConsumeQueueData(
            physic_offset=message.physical_offset,
            physic_size=len(message.record),
            tags_code=message.tags_code,
        )
        for message in queue.between(request.index, request.index + request.count)
    ]
    if not entries:
        remark = f"Index {request.index} of {name} is not exist!"
        return _NoEntries(remark=remark, consume_queue=QueryConsumeQueueResponseBody())
    subscription, filter_data = _subscription_of(broker, request)
    return QueryConsumeQueueReply(
        remark=NOT_SET,
        consume_queue=QueryConsumeQueueResponseBody(
            subscription_data=subscription,
            filter_data=filter_data,
            queue_data=entries,
            min_queue_index=low,
            max_queue_index=high,
        ),
    )


def _subscription_of(broker: BrokerServer, request: QueryConsumeQueue) -> tuple[SubscriptionData | None, str | None]:
    """Return what the group asked about subscribes, and what is to be said of its filter."""
    if not request.consumer_group:
        return None, None
    subscription = broker.consumers.subscription(request.consumer_group, request.topic)
    if subscription is None:
        return None, f"{request.consumer_group}@{request.topic} is not online!"
    return subscription, "null"
