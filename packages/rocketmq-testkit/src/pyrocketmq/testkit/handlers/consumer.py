"""What administrators want from consumers: the broker passes it on, or does it itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from pyrocketmq.model.bodies.offset import (
    GetConsumerStatusBody,
    MessageQueueForC,
    ResetOffsetBody,
    ResetOffsetBodyForC,
)
from pyrocketmq.model.declaration.header import Reply
from pyrocketmq.model.enums import LanguageCode, ResponseCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import dumps_fastjson
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.model.message_id import decode_offset_message_id
from pyrocketmq.model.requests import (
    ConsumeMessageDirectly,
    ConsumeMessageDirectlyReply,
    GetConsumerRunningInfo,
    GetConsumerRunningInfoReply,
    GetConsumerStatusFromClient,
    GetConsumerStatusFromClientReply,
    InvokeBrokerToGetConsumerStatus,
    InvokeBrokerToGetConsumerStatusReply,
    InvokeBrokerToResetOffset,
    InvokeBrokerToResetOffsetReply,
    ResetConsumerClientOffset,
)
from pyrocketmq.testkit.exchange import Held
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import NOT_SET, Failure, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.model.bodies.topic import TopicConfig
    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.model.declaration.header import Request
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.clients import Channel
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.store.messages import StoredMessage

_OLDEST_ASKED: Final = 58
_OLDEST_RESET: Final = 36
# Version numbers of 3.1.8 and 3.0.7: older clients do not know what they would be asked.

_STATUS_LIMIT: Final = 5_000
_ALL_QUEUES: Final = -1
_LATEST: Final = -1

RelayedT = TypeVar("RelayedT", bound=Reply)


@BROKER.handles(GetConsumerRunningInfo)
def get_consumer_running_info(
    broker: BrokerServer, request: GetConsumerRunningInfo, exchange: Exchange
) -> Held[GetConsumerRunningInfoReply]:
    """Ask a member of a group for its inner life."""
    channel = _member(broker, request.consumer_group, request.client_id)
    return _relay(broker, channel, request, request.consumer_group)


@BROKER.handles(ConsumeMessageDirectly)
def consume_message_directly(
    broker: BrokerServer, request: ConsumeMessageDirectly, exchange: Exchange
) -> Held[ConsumeMessageDirectlyReply]:
    """Have a member of a group consume a message now."""
    channel = _member(broker, request.consumer_group, request.client_id or "")
    stored = _message_with_id(broker, request.msg_id or "")
    topic = broker.topics.get(stored.topic)
    group = broker.groups.get(request.consumer_group)
    tells_flags = broker.profile.tells_sys_flags
    passed_on: ConsumeMessageDirectly = request.replace(
        broker_name=broker.name,
        topic_sys_flag=topic.topic_sys_flag if tells_flags and topic is not None else None,
        group_sys_flag=group.group_sys_flag if tells_flags and group is not None else None,
        message=stored.view(),
    )
    return _relay(broker, channel, passed_on, request.consumer_group)


def _message_with_id(broker: BrokerServer, message_id: str) -> StoredMessage:
    try:
        stored = broker.store.at(decode_offset_message_id(message_id).commit_log_offset)
    except ProtocolError as error:
        raise Failure("java.nio.BufferUnderflowException") from error
    if stored is None:
        raise Failure(f"java.lang.NullPointerException: no message {message_id}")
    return stored


def _member(broker: BrokerServer, group: str, client_id: str) -> Channel:
    """Return a member that can be asked."""
    channel = broker.consumers.find(group, client_id)
    if channel is None:
        raise Refusal(ResponseCode.SYSTEM_ERROR, f"The Consumer <{group}> <{client_id}> not online")
    if channel.version < _OLDEST_ASKED:
        raise Refusal(
            ResponseCode.SYSTEM_ERROR,
            f"The Consumer <{client_id}> Version <{channel.version}> too low to finish, "
            "please upgrade it to V3_1_8_SNAPSHOT",
        )
    return channel


def _relay(broker: BrokerServer, channel: Channel, request: Request[RelayedT], group: str) -> Held[RelayedT]:
    """Ask a client, and answer what it answers."""
    held: Held[RelayedT] = Held()

    def answered(answer: RemotingCommand | None) -> None:
        if answer is None:
            remark = f"consumer <{group}> <{channel.client_id}> Timeout: wait response timeout"
            held.refuse(Refusal(ResponseCode.CONSUME_MSG_TIMEOUT, remark))
        else:
            held.relay(answer)

    broker.push(channel.connection, request, answered=answered)
    return held


@BROKER.handles(InvokeBrokerToGetConsumerStatus)
def invoke_broker_to_get_consumer_status(
    broker: BrokerServer, request: InvokeBrokerToGetConsumerStatus, exchange: Exchange
) -> Held[InvokeBrokerToGetConsumerStatusReply]:
    """Ask the members of a group, or one of them, where they stand."""
    group = broker.consumers.get(request.group)
    if group is None:
        raise Failure("java.lang.NullPointerException")
    channels = list(group.channels.values())
    if not channels:
        raise Refusal(ResponseCode.SYSTEM_ERROR, f"No Any Consumer online in the consumer group: [{request.group}]")
    wanted = [channel for channel in channels if request.client_addr in (None, "", channel.client_id)]
    held: Held[InvokeBrokerToGetConsumerStatusReply] = Held()
    table: dict[str, dict[MessageQueue, int]] = {}
    waiting = set(wanted)

    def answered_by(channel: Channel) -> Callable[[RemotingCommand | None], None]:
        def answered(answer: RemotingCommand | None) -> None:
            if answer is not None and answer.code == ResponseCode.SUCCESS:
                status = GetConsumerStatusFromClientReply.from_command(answer).status
                table[channel.client_id] = status.message_queue_table
            waiting.discard(channel)
            finish()

        return answered

    def finish() -> None:
        if not waiting:
            held.complete(
                InvokeBrokerToGetConsumerStatusReply(remark=NOT_SET, status=GetConsumerStatusBody(consumer_table=table))
            )

    for channel in wanted:
        question = GetConsumerStatusFromClient(topic=request.topic, group=request.group)
        broker.push(channel.connection, question, answered=answered_by(channel), limit=_STATUS_LIMIT)
    if not wanted:
        finish()
    return held


@BROKER.handles(InvokeBrokerToResetOffset)
def invoke_broker_to_reset_offset(
    broker: BrokerServer, request: InvokeBrokerToResetOffset, exchange: Exchange
) -> InvokeBrokerToResetOffsetReply:
    """Move a group to a time: on the broker, or by telling its members."""
    topic = broker.topics.get(request.topic)
    profile = broker.profile
    on_server = profile.resets_on_server and broker.settings.enabled("useServerSideResetOffset")
    if topic is None and on_server:
        raise Refusal(ResponseCode.TOPIC_NOT_EXIST, f"Topic {request.topic} does not exist")
    if topic is None:
        raise Refusal(
            ResponseCode.TOPIC_NOT_EXIST if profile.resets_on_server else ResponseCode.SYSTEM_ERROR,
            f"[reset-offset] reset offset failed, no topic in this broker. topic={request.topic}",
        )
    reset = _reset_on_server if on_server else _reset_by_members
    table = reset(broker, request, topic)
    return InvokeBrokerToResetOffsetReply(
        remark=None if on_server else profile.reset_remark, offsets=ResetOffsetBody(offset_table=table)
    )


def _reset_on_server(
    broker: BrokerServer, request: InvokeBrokerToResetOffset, topic: TopicConfig
) -> dict[MessageQueue, int]:
    table: dict[MessageQueue, int] = {}
    only = request.queue_id
    for queue_id in range(topic.read_queue_nums) if only in (None, _ALL_QUEUES) else [only or 0]:
        queue = broker.store.queue(request.topic, queue_id)
        offset = request.offset
        if offset is None or offset < 0:
            offset = _offset_at(broker, request, queue_id)
        elif not queue.min_offset <= offset <= queue.max_offset:
            raise Refusal(
                ResponseCode.SYSTEM_ERROR,
                f"Target offset {offset} not in consume queue range [{queue.min_offset}-{queue.max_offset}]",
            )
        table[MessageQueue(request.topic, broker.name, queue_id)] = offset
    for queue_of_broker, offset in table.items():
        broker.offsets.reset(request.group, request.topic, queue_of_broker.queue_id, offset)
    return table


def _reset_by_members(
    broker: BrokerServer, request: InvokeBrokerToResetOffset, topic: TopicConfig
) -> dict[MessageQueue, int]:
    table: dict[MessageQueue, int] = {}
    for queue_id in range(topic.write_queue_nums):
        committed = broker.offsets.committed(request.group, request.topic, queue_id)
        if committed < 0:
            raise Refusal(ResponseCode.SYSTEM_ERROR, f"THe consumer group <{request.group}> not exist")
        offset = _offset_at(broker, request, queue_id)
        is_allowed = request.is_force or offset < committed
        table[MessageQueue(request.topic, broker.name, queue_id)] = offset if is_allowed else committed
    group = broker.consumers.get(request.group)
    if group is None:
        raise Refusal(
            ResponseCode.CONSUMER_NOT_ONLINE,
            f"Consumer not online, so can not reset offset, Group: {request.group} Topic: {request.topic} "
            f"Timestamp: {request.timestamp}",
        )
    for channel in group.channels.values():
        if channel.version >= _OLDEST_RESET:
            form = _ResetForCpp if channel.language == LanguageCode.CPP.name else ResetConsumerClientOffset
            order = form(
                topic=request.topic,
                group=request.group,
                timestamp=request.timestamp,
                is_force=False,  # whatever was asked for
                offsets=ResetOffsetBody(offset_table=table),
            )
            broker.push(channel.connection, order)
    return table


def _offset_at(broker: BrokerServer, request: InvokeBrokerToResetOffset, queue_id: int) -> int:
    if request.timestamp == _LATEST:
        return broker.store.queue(request.topic, queue_id).max_offset
    return broker.search_offset(request.topic, queue_id, request.timestamp)


class _ResetForCpp(ResetConsumerClientOffset):
    """The same order in the form for C++ clients, which cannot read a map with objects for keys."""

    def encode_body(self) -> bytes:
        entries = [
            MessageQueueForC(topic=queue.topic, broker_name=queue.broker_name, queue_id=queue.queue_id, offset=offset)
            for queue, offset in self.offsets.offset_table.items()
        ]
        return dumps_fastjson(ResetOffsetBodyForC(offset_table=entries).to_json())
