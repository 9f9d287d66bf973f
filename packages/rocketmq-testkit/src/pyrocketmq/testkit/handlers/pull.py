"""Pulls, answered at once or held until a message arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.enums import MessageModel, ResponseCode
from pyrocketmq.model.requests import LitePullMessage, PullMessage, PullMessageReply
from pyrocketmq.model.subscription import TAG
from pyrocketmq.model.sys_flag import PullSysFlag
from pyrocketmq.testkit.exchange import Held
from pyrocketmq.testkit.filters import filter_of_codes, filter_of_sql, filter_of_tags
from pyrocketmq.testkit.handlers.common import bad_queue, is_readable, unknown_topic
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.pull_holds import HeldPull
from pyrocketmq.testkit.refusal import Refusal
from pyrocketmq.testkit.sql92 import SqlError
from pyrocketmq.testkit.store.reader import (
    FOUND,
    NO_MATCHED_MESSAGE,
    NO_MESSAGE_IN_QUEUE,
    OFFSET_OVERFLOW_BADLY,
    OFFSET_OVERFLOW_ONE,
    OFFSET_RESET,
    OFFSET_TOO_SMALL,
    ReadLimits,
    ReadResult,
    read_queue,
)
from pyrocketmq.testkit.store.topics import READABLE

if TYPE_CHECKING:
    from pyrocketmq.model.bodies.heartbeat import SubscriptionData
    from pyrocketmq.model.bodies.subscription_group import SubscriptionGroupConfig
    from pyrocketmq.model.bodies.topic import TopicConfig
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.filters import MessageFilter

_COMMIT: Final = PullSysFlag.COMMIT_OFFSET.value
_SUSPEND: Final = PullSysFlag.SUSPEND.value
_SUBSCRIPTION: Final = PullSysFlag.SUBSCRIPTION.value

_FORBIDDEN_BROKER, _FORBIDDEN_GROUP, _FORBIDDEN_TOPIC, _FORBIDDEN_BROADCAST, _FORBIDDEN_SUBSCRIPTION = range(1, 6)

_CODES: Final = {
    FOUND: ResponseCode.SUCCESS,
    NO_MATCHED_MESSAGE: ResponseCode.PULL_RETRY_IMMEDIATELY,
    NO_MESSAGE_IN_QUEUE: ResponseCode.PULL_NOT_FOUND,
    OFFSET_OVERFLOW_ONE: ResponseCode.PULL_NOT_FOUND,
    OFFSET_OVERFLOW_BADLY: ResponseCode.PULL_OFFSET_MOVED,
    OFFSET_TOO_SMALL: ResponseCode.PULL_OFFSET_MOVED,
    OFFSET_RESET: ResponseCode.PULL_OFFSET_MOVED,
}


@BROKER.handles(PullMessage, LitePullMessage, needed=("max_msg_nums", "sys_flag"))
def pull_message(
    broker: BrokerServer, request: PullMessage, exchange: Exchange
) -> PullMessageReply | Held[PullMessageReply]:
    """Give messages of a queue, or hold the request until there are some."""
    try:
        matches, reply = _pull(broker, request, exchange)
    except Refusal as refusal:
        refusal.fields = refusal.fields or {}
        raise
    if broker.is_replica:
        return reply
    if request.sys_flag & _COMMIT:
        _commit(broker, request)
    if reply.code != ResponseCode.PULL_NOT_FOUND or not request.sys_flag & _SUSPEND:
        return reply
    return _hold(broker, request, exchange, matches)


def _pull(
    broker: BrokerServer, request: PullMessage, exchange: Exchange
) -> tuple[MessageFilter | None, PullMessageReply]:
    group, topic = _group_and_topic(broker, request, exchange)
    matches = _filter_of(broker, request)
    if broker.settings.enabled("rejectPullConsumerEnable"):
        raise _subscription_refusal(
            broker, "the consumer's group info not exist, or the pull consumer is rejected by server."
        )
    result = _read(broker, request, matches)
    status = result.status
    is_lost = status == NO_MESSAGE_IN_QUEUE and request.queue_offset
    code = ResponseCode.PULL_OFFSET_MOVED if is_lost else _CODES[status]
    next_offset = result.next_offset
    if broker.is_replica and code == ResponseCode.PULL_OFFSET_MOVED:
        # A replica may lag behind its master, so that an offset outside its queue is not necessarily wrong.
        code, next_offset = ResponseCode.PULL_RETRY_IMMEDIATELY, request.queue_offset
    if code == ResponseCode.SUCCESS:
        broker.stats.count_get(request.topic, request.consumer_group, result.messages)
    broker.offsets.note_pull(request.consumer_group, request.topic, request.queue_id, result.next_offset)
    tells_flags = broker.profile.tells_sys_flags
    return matches, PullMessageReply(
        code=code,
        remark=status,
        suggest_which_broker_id=group.broker_id,
        next_begin_offset=next_offset,
        min_offset=result.min_offset,
        max_offset=result.max_offset,
        topic_sys_flag=topic.topic_sys_flag if tells_flags else None,
        group_sys_flag=group.group_sys_flag if tells_flags else None,
        messages=[message.view() for message in result.messages],
    )


def _group_and_topic(
    broker: BrokerServer, request: PullMessage, exchange: Exchange
) -> tuple[SubscriptionGroupConfig, TopicConfig]:
    """Return the settings of both, unless one of them forbids the pull."""
    if not is_readable(broker):
        raise _forbidden(broker, f"the broker[{broker.host}] pulling message is forbidden", _FORBIDDEN_BROKER)
    name = request.consumer_group
    group = broker.groups.get(name) if broker.group_exists(name) else None
    if group is None:
        raise Refusal(
            ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
            f"subscription group [{name}] does not exist, \n{broker.profile.faq}",
        )
    if not group.consume_enable:
        raise _forbidden(broker, f"subscription group no permission, {name}", _FORBIDDEN_GROUP)
    topic = broker.topics.get(request.topic)
    if topic is None:
        raise unknown_topic(broker, request.topic)
    if not topic.perm & READABLE:
        raise _forbidden(broker, f"the topic[{request.topic}] pulling message is forbidden", _FORBIDDEN_TOPIC)
    if not 0 <= request.queue_id < topic.read_queue_nums:
        raise bad_queue(broker.profile.invalid_parameter, topic, request.queue_id, exchange)
    return group, topic


def _filter_of(broker: BrokerServer, request: PullMessage) -> MessageFilter | None:
    """Return which messages the group wants, `None` for all."""
    if request.sys_flag & _SUBSCRIPTION:
        expression_type = request.expression_type or TAG
        broker.consumers.note_expression(request.consumer_group, request.topic, expression_type, request.subscription)
        _refuse_unsupported(broker, expression_type)
        if expression_type == TAG:
            return filter_of_tags(request.subscription)
        try:
            return filter_of_sql(expression_type, request.subscription or "", broker.profile)
        except SqlError:
            return None  # a real broker then finds no filter and lets every message pass
    subscription = _registered_subscription(broker, request)
    if subscription.expression_type == TAG:
        return filter_of_codes(subscription.sub_string, subscription.code_set)
    try:
        matches = filter_of_sql(subscription.expression_type, subscription.sub_string, broker.profile)
    except SqlError:
        raise Refusal(
            ResponseCode.FILTER_DATA_NOT_EXIST,
            "The broker's consumer filter data is not exist!Your expression may be wrong!",
        ) from None
    _refuse_unsupported(broker, subscription.expression_type)
    return matches


def _registered_subscription(broker: BrokerServer, request: PullMessage) -> SubscriptionData:
    name, topic = request.consumer_group, request.topic
    group = broker.consumers.get(name)
    if group is None:
        raise _subscription_refusal(broker, "the consumer's group info not exist")
    config = broker.groups.get(name)
    is_broadcasting = group.message_model == MessageModel.BROADCASTING
    if config is not None and not config.consume_broadcast_enable and is_broadcasting:
        raise _forbidden(broker, f"the consumer group[{name}] can not consume by broadcast way", _FORBIDDEN_BROADCAST)
    if broker.groups.is_forbidden(name, topic):
        raise _forbidden(broker, f"the consumer group[{name}] is forbidden for topic[{topic}]", _FORBIDDEN_SUBSCRIPTION)
    subscription = group.subscriptions.get(topic)
    if subscription is None:
        raise _subscription_refusal(broker, "the consumer's subscription not exist")
    if subscription.sub_version < request.sub_version:
        raise Refusal(ResponseCode.SUBSCRIPTION_NOT_LATEST, "the consumer's subscription not latest")
    return subscription


def _refuse_unsupported(broker: BrokerServer, expression_type: str) -> None:
    if expression_type != TAG and not broker.settings.enabled("enablePropertyFilter"):
        raise Refusal(
            ResponseCode.SYSTEM_ERROR,
            f"The broker does not support consumer to filter message by {expression_type}",
        )


def _subscription_refusal(broker: BrokerServer, remark: str) -> Refusal:
    return Refusal(ResponseCode.SUBSCRIPTION_NOT_EXIST, f"{remark}\n{broker.profile.faq}")


def _forbidden(broker: BrokerServer, remark: str, kind: int) -> Refusal:
    fields = {"forbiddenType": str(kind)} if broker.profile.tells_forbidden_type else {}
    return Refusal(ResponseCode.NO_PERMISSION, remark, fields)


def _read(broker: BrokerServer, request: PullMessage, matches: MessageFilter | None) -> ReadResult:
    group, topic, queue_id = request.consumer_group, request.topic, request.queue_id
    queue = broker.store.queue(topic, queue_id)
    reset = broker.offsets.take_reset(group, topic, queue_id)
    if reset is not None:
        return ReadResult(OFFSET_RESET, reset, queue.min_offset, queue.max_offset, [])
    limits = ReadLimits(
        broker.settings.number("maxTransferCountOnMessageInMemory"),
        broker.settings.number("maxTransferBytesOnMessageInMemory"),
    )
    return read_queue(queue, request.queue_offset, request.max_msg_nums, limits, matches)


def _commit(broker: BrokerServer, request: PullMessage) -> None:
    group, topic, queue_id = request.consumer_group, request.topic, request.queue_id
    if broker.offsets.pending_reset(group, topic, queue_id) is None:
        broker.offsets.commit(group, topic, queue_id, request.commit_offset)


def _hold(
    broker: BrokerServer, request: PullMessage, exchange: Exchange, matches: MessageFilter | None
) -> Held[PullMessageReply]:
    held: Held[PullMessageReply] = Held()

    def run() -> None:
        try:
            held.complete(_pull(broker, request, exchange)[1])
        except Refusal as refusal:
            held.refuse(refusal)

    if broker.settings.enabled("longPollingEnable"):
        wait = request.suspend_timeout_millis
    else:
        wait = broker.settings.number("shortPollingTimeMills")
    deadline = broker.clock.now() + wait
    pull = HeldPull(request.queue_offset, matches, deadline, run, lambda: exchange.connection.is_open)
    broker.pull_holds.hold(request.topic, request.queue_id, pull)
    return held
