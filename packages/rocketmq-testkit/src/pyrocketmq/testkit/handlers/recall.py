"""Taking timed messages back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.recall import RecallHandle
from pyrocketmq.model.requests import RecallMessage, RecallMessageReply
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.handlers.send import REGION
from pyrocketmq.testkit.refusal import NOT_SET, Refusal
from pyrocketmq.testkit.store.topics import WRITABLE

if TYPE_CHECKING:
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange

_ANSWER_FIELDS: Final = {"MSG_REGION": REGION}


@BROKER.handles(RecallMessage)
def recall_message(broker: BrokerServer, request: RecallMessage, exchange: Exchange) -> RecallMessageReply:
    """Never deliver a message whose time has not come yet."""
    try:
        handle = _checked_handle(broker, request)
    except Refusal as refusal:
        refusal.fields = _ANSWER_FIELDS
        raise
    broker.timer_wheel.recall(handle.topic, handle.unique_id)
    return RecallMessageReply(remark=NOT_SET, msg_id=handle.unique_id, msg_region=REGION)


def _checked_handle(broker: BrokerServer, request: RecallMessage) -> RecallHandle:
    """Return what a handle says, unless something forbids the recall."""
    if not broker.settings.enabled("recallMessageEnable"):
        raise Refusal(ResponseCode.NO_PERMISSION, "recall failed, operation is forbidden")
    if not broker.settings.number("brokerPermission") & WRITABLE:
        raise Refusal(ResponseCode.SERVICE_NOT_AVAILABLE, "recall failed, broker service not available")
    if broker.topics.get(request.topic) is None:
        raise Refusal(ResponseCode.TOPIC_NOT_EXIST, f"recall failed, the topic[{request.topic}] not exist")
    try:
        handle = RecallHandle.parse(request.recall_handle)
    except ProtocolError as error:
        raise Refusal(ResponseCode.ILLEGAL_OPERATION, "recall handle is invalid") from error
    if handle.topic != request.topic:
        raise Refusal(ResponseCode.ILLEGAL_OPERATION, "recall failed, topic not match")
    if handle.broker_name != broker.name:
        raise Refusal(ResponseCode.ILLEGAL_OPERATION, "recall failed, broker service not available")
    if not 0 < handle.timestamp - broker.clock.now() <= broker.timer_wheel.max_delay:
        raise Refusal(ResponseCode.ILLEGAL_OPERATION, "recall failed, timestamp invalid")
    return handle
