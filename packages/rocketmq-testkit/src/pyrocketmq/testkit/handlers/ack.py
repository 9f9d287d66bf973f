"""Acknowledging popped messages, and hiding them for longer (5.x)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.names import pop_retry_topic
from pyrocketmq.model.pop import ReceiptHandle
from pyrocketmq.model.requests import (
    AckMessage,
    BatchAckMessage,
    ChangeMessageInvisibletime,
    ChangeMessageInvisibletimeReply,
)
from pyrocketmq.testkit.handlers.common import bad_queue, unknown_topic
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.pop_reader import ORDERLY
from pyrocketmq.testkit.refusal import NOT_SET, Failure, Refusal
from pyrocketmq.testkit.store.pop import QueueKey

if TYPE_CHECKING:
    from pyrocketmq.model.bodies.topic import TopicConfig
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange

_NO_CHANGE: Final = {"popTime": "0", "invisibleTime": "0", "reviveQid": "0"}


@BROKER.handles(AckMessage)
def ack_message(broker: BrokerServer, request: AckMessage, exchange: Exchange) -> EmptyReply:
    """Take note that a message is consumed, if it is not too late."""
    handle = _checked_handle(broker, request, exchange, beyond_end=1)
    _acknowledge(broker, request.topic, request.consumer_group, request.offset, handle)
    return EmptyReply()


@BROKER.handles(ChangeMessageInvisibletime)
def change_message_invisibletime(
    broker: BrokerServer, request: ChangeMessageInvisibletime, exchange: Exchange
) -> ChangeMessageInvisibletimeReply:
    """Hide a message for another time; its handle changes."""
    try:
        handle = _checked_handle(broker, request, exchange, beyond_end=0)
    except Failure:
        raise
    except Refusal as refusal:
        if refusal.code == ResponseCode.NO_MESSAGE:
            refusal.remark = NOT_SET
        refusal.fields = _NO_CHANGE
        raise
    key = QueueKey(request.consumer_group, request.topic, request.queue_id)
    table = broker.pop_order if handle.revive_queue_id == ORDERLY else broker.pops
    table.hide_again(key, request.offset, handle.pop_time, request.invisible_time)
    return ChangeMessageInvisibletimeReply(
        remark=NOT_SET,
        pop_time=broker.clock.now(),
        invisible_time=request.invisible_time,
        revive_qid=handle.revive_queue_id,
    )


def _checked_handle(
    broker: BrokerServer, request: AckMessage | ChangeMessageInvisibletime, exchange: Exchange, *, beyond_end: int
) -> ReceiptHandle:
    """Return the handle of a message that can exist.

    Args:
        broker: The broker.
        request: What names the message.
        exchange: What carries the request.
        beyond_end: How many offsets behind the last message pass too.
    """
    config = broker.topics.get(request.topic)
    if config is None:
        raise unknown_topic(broker, request.topic)
    _check_queue(config, request.queue_id, exchange)
    queue = broker.store.queue(request.topic, request.queue_id)
    low, high = queue.min_offset, queue.max_offset
    if not low <= request.offset < high + beyond_end:
        raise Refusal(
            ResponseCode.NO_MESSAGE,
            f"offset is illegal, key:{request.topic}@{request.queue_id}, commit:{request.offset}, store:{low}~{high}",
        )
    try:
        return ReceiptHandle.parse(request.extra_info)
    except ProtocolError:
        count = len(request.extra_info.split(" "))
        raise Failure(
            f"java.lang.IllegalArgumentException: getBrokerName fail, extraInfoStrs length {count}, "
            "org.apache.rocketmq.remoting.protocol.header.ExtraInfoUtil.getBrokerName(ExtraInfoUtil.java:102)"
        ) from None


def _check_queue(config: TopicConfig, queue_id: int, exchange: Exchange) -> None:
    if not 0 <= queue_id < config.read_queue_nums:
        raise bad_queue(ResponseCode.MESSAGE_ILLEGAL, config, queue_id, exchange)


def _acknowledge(broker: BrokerServer, topic: str, group: str, offset: int, handle: ReceiptHandle) -> None:
    key = QueueKey(group, topic, handle.queue_id)
    if handle.revive_queue_id != ORDERLY:
        broker.pops.acknowledge(key, offset, handle.pop_time)
    elif broker.pop_order.acknowledge(key, offset, handle.pop_time):
        broker.pop_holds.wake(topic, group)


@BROKER.handles(BatchAckMessage, malformed=lambda broker, error, exchange: EmptyReply(code=ResponseCode.NO_MESSAGE))
def batch_ack_message(broker: BrokerServer, request: BatchAckMessage, exchange: Exchange) -> EmptyReply:
    """Take note that messages of several pops are consumed."""
    if not request.batch_ack.acks:
        raise Refusal(ResponseCode.NO_MESSAGE, None)
    for ack in request.batch_ack.acks:
        topic = ack.topic
        if ack.retry != "0":
            topic = pop_retry_topic(ack.consumer_group, ack.topic, version=int(ack.retry))
        for offset in ack.offsets:
            handle = ReceiptHandle(
                ack.start_offset,
                ack.pop_time,
                ack.invisible_time,
                ack.revive_queue_id,
                ack.retry,
                broker.name,
                ack.queue_id,
                offset,
            )
            _acknowledge(broker, topic, ack.consumer_group, offset, handle)
    return EmptyReply()
