"""Popping messages, or waiting for some to pop (5.x)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from pyrocketmq.model.declaration.header import EmptyReply, Reply
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.requests import (
    Notification,
    NotificationReply,
    PeekMessage,
    PollingInfo,
    PollingInfoReply,
    PopMessage,
    PopMessageReply,
    PopRollback,
)
from pyrocketmq.model.subscription import ALL, TAG
from pyrocketmq.testkit.exchange import Held
from pyrocketmq.testkit.filters import filter_of_sql, filter_of_tags
from pyrocketmq.testkit.handlers.common import bad_queue, is_readable, unknown_topic
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.pop_holds import ANY_QUEUE, HOLDS_PER_QUEUE, HeldPop
from pyrocketmq.testkit.pop_reader import ORDERLY, Pop, PopReader
from pyrocketmq.testkit.refusal import NOT_SET, Refusal
from pyrocketmq.testkit.sql92 import SqlError
from pyrocketmq.testkit.store.reader import FOUND, NO_MESSAGE_IN_QUEUE
from pyrocketmq.testkit.store.topics import READABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.filters import MessageFilter

ReplyT = TypeVar("ReplyT", bound=Reply)

_MAXIMUM: Final = 32
_TOLERANCE: Final = 500
_EARLY: Final = 50
# Milliseconds: how late a request may arrive, and how long before its time a waiting one is answered.

_NO_POP: Final = {"popTime": "0", "invisibleTime": "0", "reviveQid": "0", "restNum": "0"}


@BROKER.handles(PopMessage)
def pop_message(
    broker: BrokerServer, request: PopMessage, exchange: Exchange
) -> PopMessageReply | Held[PopMessageReply]:
    """Give messages and hide them from the group, or wait for some."""
    reader = PopReader(broker, request.topic, request.consumer_group)
    try:
        matches = _checked_filter(broker, request, reader, exchange)
    except Refusal as refusal:
        refusal.fields = _NO_POP
        raise

    def pop() -> PopMessageReply:
        return _reply_of(reader.pop(_wish_of(request, matches)))

    reply = pop()
    if reply.code == ResponseCode.SUCCESS or request.poll_time <= 0:
        return reply
    if broker.pop_holds.count(request.topic, request.consumer_group, request.queue_id) >= HOLDS_PER_QUEUE:
        return reply.replace(code=ResponseCode.POLLING_FULL)  # type: ignore[no-any-return]  # of the same class
    return _hold(broker, request, exchange, pop, lambda reply: reply.code == ResponseCode.SUCCESS)


def _hold(
    broker: BrokerServer,
    request: PopMessage | Notification,
    exchange: Exchange,
    reply: Callable[[], ReplyT],
    is_wanted: Callable[[ReplyT], bool],
) -> Held[ReplyT]:
    """Let a request wait until its reply is what the client wants, or its time is over."""
    held: Held[ReplyT] = Held()

    def retry() -> bool:
        again = reply()
        if is_wanted(again):
            held.complete(again)
            return True
        return False

    waiting = HeldPop(
        request.consumer_group,
        request.queue_id,
        retry,
        lambda: held.complete(reply()),
        lambda: exchange.connection.is_open,
    )
    deadline = broker.clock.from_wall(request.born_time) + request.poll_time - _EARLY
    broker.pop_holds.hold(request.topic, waiting, deadline)
    return held


def _checked_filter(
    broker: BrokerServer, request: PopMessage, reader: PopReader, exchange: Exchange
) -> MessageFilter | None:
    """Return which messages are wanted, unless something forbids the pop."""
    host = broker.host
    if broker.clock.from_wall(request.born_time) + request.poll_time < broker.clock.now() - _TOLERANCE:
        raise Refusal(ResponseCode.POLLING_TIMEOUT, f"the broker[{host}] pop message is timeout too much")
    if not is_readable(broker):
        raise Refusal(ResponseCode.NO_PERMISSION, f"the broker[{host}] pop message is forbidden")
    if request.max_msg_nums > _MAXIMUM:
        raise Refusal(
            ResponseCode.INVALID_PARAMETER, f"the broker[{host}] pop message's num is greater than {_MAXIMUM}"
        )
    if not broker.settings.enabled("timerWheelEnable"):
        raise Refusal(
            ResponseCode.SYSTEM_ERROR,
            f"the broker[{host}] pop message is forbidden because timerWheelEnable is false",
        )
    _checked_topic(broker, request.topic, request.queue_id, request.consumer_group, exchange)
    broker.consumers.note_expression(request.consumer_group, request.topic, request.exp_type, request.exp)
    broker.consumers.note_expression(request.consumer_group, reader.retry_topic, request.exp_type, ALL)
    try:
        if (request.exp_type or TAG) == TAG:
            return filter_of_tags(request.exp)
        return filter_of_sql(request.exp_type or TAG, request.exp or "", broker.profile)
    except SqlError:
        raise Refusal(ResponseCode.SUBSCRIPTION_PARSE_FAILED, "parse the consumer's subscription failed") from None


def _checked_topic(broker: BrokerServer, topic: str, queue_id: int, group: str, exchange: Exchange) -> None:
    """Refuse what cannot be popped."""
    config = broker.topics.get(topic)
    if config is None:
        raise unknown_topic(broker, topic)
    if not config.perm & READABLE:
        raise Refusal(ResponseCode.NO_PERMISSION, f"the topic[{topic}] peeking message is forbidden")
    if queue_id >= config.read_queue_nums:
        raise bad_queue(ResponseCode.INVALID_PARAMETER, config, queue_id, exchange)
    settings = broker.groups.get(group) if broker.group_exists(group) else None
    if settings is None:
        raise Refusal(
            ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
            f"subscription group [{group}] does not exist, \n{broker.profile.faq}",
        )
    if not settings.consume_enable:
        raise Refusal(ResponseCode.NO_PERMISSION, f"subscription group no permission, {group}")


def _wish_of(request: PopMessage, matches: MessageFilter | None) -> Pop:
    return Pop(
        queue_id=request.queue_id,
        maximum=request.max_msg_nums,
        invisible_time=request.invisible_time,
        from_end=request.init_mode == 1,
        matches=matches,
        is_orderly=bool(request.order),
        attempt_id=request.attempt_id,
    )


def _reply_of(popped: PopReader.Result) -> PopMessageReply:
    found = bool(popped.messages)
    return PopMessageReply(
        code=ResponseCode.SUCCESS if found else ResponseCode.POLLING_TIMEOUT,
        remark=FOUND if found else NO_MESSAGE_IN_QUEUE,
        pop_time=popped.pop_time,
        invisible_time=popped.invisible_time,
        revive_qid=popped.revive_queue_id,
        rest_num=popped.rest,
        start_offset_info=";".join(popped.starts),
        msg_offset_info=";".join(popped.offsets),
        order_count_info=";".join(popped.counts) if popped.revive_queue_id == ORDERLY else None,
        messages=popped.messages,
    )


@BROKER.handles(PeekMessage)
def peek_message(broker: BrokerServer, request: PeekMessage, exchange: Exchange) -> PopMessageReply:
    """Show what the next pop would give."""
    try:
        _checked_topic(broker, request.topic, request.queue_id, request.consumer_group, exchange)
    except Refusal as refusal:
        refusal.fields = _NO_POP
        raise
    reader = PopReader(broker, request.topic, request.consumer_group)
    messages, rest = reader.peek(request.queue_id, request.max_msg_nums)
    return PopMessageReply(
        code=ResponseCode.SUCCESS if messages else ResponseCode.PULL_NOT_FOUND,
        remark=FOUND if messages else NO_MESSAGE_IN_QUEUE,
        pop_time=0,
        invisible_time=0,
        revive_qid=0,
        rest_num=rest,
        messages=messages,
    )


@BROKER.handles(Notification)
def notification(
    broker: BrokerServer, request: Notification, exchange: Exchange
) -> NotificationReply | Held[NotificationReply]:
    """Say whether there is something to pop, or wait until there is."""
    _checked_topic(broker, request.topic, request.queue_id, request.consumer_group, exchange)
    reader = PopReader(broker, request.topic, request.consumer_group)

    def reply() -> NotificationReply:
        has_messages = reader.has_messages(request.queue_id)
        return NotificationReply(remark=NOT_SET, has_msg=has_messages, polling_full=False)

    now = reply()
    if now.has_msg or request.poll_time <= 0:
        return now
    return _hold(broker, request, exchange, reply, lambda reply: reply.has_msg)


@BROKER.handles(PollingInfo)
def polling_info(broker: BrokerServer, request: PollingInfo, exchange: Exchange) -> PollingInfoReply:
    """Say how many requests of a group wait at a queue."""
    queue_id = max(ANY_QUEUE, request.queue_id)
    count = broker.pop_holds.count(request.topic, request.consumer_group, queue_id)
    return PollingInfoReply(remark=NOT_SET, polling_num=count)


@BROKER.handles(PopRollback)
def pop_rollback(broker: BrokerServer, request: PopRollback, exchange: Exchange) -> EmptyReply:
    """Change to another form of bookkeeping; the fake has one."""
    return EmptyReply(remark=NOT_SET)
