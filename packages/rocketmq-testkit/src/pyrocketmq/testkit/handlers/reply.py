"""Replies of request-reply, pushed to the client that asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.properties import PropertyName, decode_properties, encode_properties
from pyrocketmq.model.requests import (
    PushReplyMessageToClient,
    SendMessage,
    SendMessageReply,
    SendReplyMessage,
    SendReplyMessageV2,
)
from pyrocketmq.testkit.exchange import Held
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.handlers.send import REGION, new_message, random_queue, refuse_missing_topic, topic_for_send
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.store.messages import NewMessage


@BROKER.handles(SendReplyMessage, SendReplyMessageV2, malformed=refuse_missing_topic, absent={"producer_group": ""})
def send_reply_message(broker: BrokerServer, request: SendMessage, exchange: Exchange) -> Held[SendMessageReply]:
    """Push a reply to the requester, wait for the answer, and store the reply, however that went."""
    config = topic_for_send(broker, request, exchange)
    queue_id = request.queue_id if request.queue_id >= 0 else random_queue(config)
    message = new_message(broker, request, queue_id, exchange)
    message.properties.pop("CLUSTER")  # of a reply the broker adds neither this nor an id
    if PropertyName.UNIQ_KEY not in decode_properties(request.properties or ""):
        message.properties.pop(PropertyName.UNIQ_KEY, None)
    held: Held[SendMessageReply] = Held()

    def finish(remark: str | None) -> None:
        held.complete(_answer(broker, message, remark))

    client_id = message.properties.get(PropertyName.REPLY_TO_CLIENT)
    if client_id is None:
        finish("reply message properties[REPLY_TO_CLIENT] is null")
        return held
    channel = broker.producers.with_client_id(client_id)
    if channel is None:
        finish(f"push reply message fail, channel of <{client_id}> not found.")
        return held

    def answered(answer: RemotingCommand | None) -> None:
        is_taken = answer is not None and answer.code == ResponseCode.SUCCESS
        finish(None if is_taken else f"push reply message to {client_id}fail.")

    broker.push(channel.connection, _push_of(broker, request, message, exchange), answered=answered)
    return held


def _answer(broker: BrokerServer, message: NewMessage, remark: str | None) -> SendMessageReply:
    code = ResponseCode.SUCCESS if remark is None else ResponseCode.SYSTEM_ERROR
    reply = SendMessageReply(
        code=code, remark=remark, msg_id="0", queue_id=0, queue_offset=0, msg_region=REGION, trace_on=True
    )
    if not broker.settings.enabled("storeReplyMessageEnable"):
        return reply
    try:
        stored = broker.intake.put(message)
    except Refusal:
        return reply  # the requester has its reply; that it is not kept is only logged
    return SendMessageReply(
        code=code,
        remark=remark,
        msg_id=broker.offset_id(stored),
        queue_id=stored.queue_id,
        queue_offset=stored.queue_offset,
        msg_region=REGION,
        trace_on=True,
    )


def _push_of(
    broker: BrokerServer, request: SendMessage, message: NewMessage, exchange: Exchange
) -> PushReplyMessageToClient:
    now = broker.clock.now()
    properties = {**message.properties, PropertyName.PUSH_REPLY_TIME: str(now)}
    return PushReplyMessageToClient(
        producer_group=request.producer_group,
        topic=request.topic,
        default_topic=request.default_topic,
        default_topic_queue_nums=request.default_topic_queue_nums,
        queue_id=message.queue_id,
        sys_flag=request.sys_flag,
        born_timestamp=request.born_timestamp,
        flag=request.flag,
        properties=encode_properties(properties),
        reconsume_times=request.reconsume_times,
        unit_mode=request.unit_mode,
        born_host=exchange.peer,
        store_host=broker.address,
        store_timestamp=now,
        body=request.body,
    )
