"""Pulling messages from a queue."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.broker.message_telemetry import receives
from pyrocketmq.broker.plan import Ask
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model import PullMessageResult, PullStatus
from pyrocketmq.model.declaration import Preparation
from pyrocketmq.model.requests import LitePullMessage, PullMessage, PullMessageReply
from pyrocketmq.model.subscription import ALL, TAG, parse_tags
from pyrocketmq.model.sys_flag import PullSysFlag

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan

_HOLD_CHECK_PERIOD = 5.0
# Brokers look at the pulls that they hold every five seconds, so an answer may come that much after its hold.
_SUBSCRIPTION = int(PullSysFlag.SUBSCRIPTION)
_SUSPEND = int(PullSysFlag.SUSPEND)
_COMMIT_OFFSET = int(PullSysFlag.COMMIT_OFFSET)
_PREPARATIONS: Final[dict[type[PullMessage], Preparation[PullMessage]]] = {
    kind: Preparation(kind, "queue_offset", "commit_offset") for kind in (PullMessage, LitePullMessage)
}


@receives
def pull_message(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    queue_id: int,
    queue_offset: int,
    max_msg_nums: int = 32,
    sys_flag: int = 0,
    commit_offset: int = 0,
    timeout: float | None = None,
    *,
    sub_expression: str | None = ALL,
    expression_type: str = TAG,
    suspend_timeout: float = 0.0,
    sub_version: int = 0,
    max_msg_bytes: int | None = None,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[PullMessageResult]:
    """Pull messages of one queue (PULL_MESSAGE, 11).

    With `sys_flag` 0 the request carries its subscription, so the group needs no heartbeat. Finding nothing is a
    result, not an error. Brokers compare tags by hash; messages whose tag only shares the hash are left out here.

    Args:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue's number, from 0.
        queue_offset: Offset of the first message wanted.
        max_msg_nums: How many messages at most; brokers give no more than 32, or 256 KiB, at once by default.
        sys_flag: Bits of `PullSysFlag`, sent exactly as given. 0 lets the client choose: subscription in the request,
            long polling if `suspend_timeout` is given, commit if `commit_offset` is given.
        commit_offset: Offset to commit for the group at the same time; 0 for none.
        timeout: Seconds for the whole call, retries included; by default the client's, beside the hold.
        sub_expression: Which messages: tags joined by `||`, `*` for all, or an SQL92 expression. `None` for what the
            group has subscribed by heartbeat, see `register_consumer`; brokers refuse where it has not.
        expression_type: `"TAG"` or `"SQL92"`; the latter needs `enablePropertyFilter` on the broker.
        suspend_timeout: Seconds for which the broker may wait for a message (long polling). Brokers check what they
            hold every five seconds, so the answer to a hold that ends can be that much late.
        sub_version: Version of the group's subscription in milliseconds, where the heartbeat's is to be used; the
            broker refuses where it knows none so new.
        max_msg_bytes: Limit in bytes, for those brokers that heed it.
        retry: What to repeat; `None` for nothing.

    Returns:
        The messages and where to go on; see `PullStatus` for a result without messages.

    Raises:
        MessagePullError: the broker refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.
        BrokerProtocolError: the answer does not decode.

    Example:
        ```python
        result = client.pull_message("billing", "orders", 0, offset, suspend_timeout=15)
        for message in result.messages:
            print(message.msg_id, message.body)
        offset = result.next_begin_offset
        ```
    """
    if sys_flag == 0:
        sys_flag = _chosen_sys_flag(suspend_timeout, commit_offset, sub_expression)
    make, hold, result = _prepared(
        PullMessage,
        consumer_group,
        topic,
        queue_id,
        max_msg_nums,
        sys_flag,
        suspend_timeout,
        sub_version,
        sub_expression,
        expression_type,
        max_msg_bytes,
    )
    return Ask(context, make(queue_offset, commit_offset), timeout, retry, result, hold)


@receives
def lite_pull_message(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    queue_id: int,
    queue_offset: int,
    max_msg_nums: int = 32,
    commit_offset: int = 0,
    timeout: float | None = None,
    *,
    sub_expression: str | None = ALL,
    expression_type: str = TAG,
    suspend_timeout: float = 0.0,
    max_msg_bytes: int | None = None,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[PullMessageResult]:
    """Pull messages of one queue (LITE_PULL_MESSAGE, 361; from 5.0.0 on).

    The same as `pull_message`; brokers serve it from threads of its own, so that consumers that poll do not hold up
    the others.

    Args:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue's number, from 0.
        queue_offset: Offset of the first message wanted.
        max_msg_nums: How many messages at most; brokers give no more than 32, or 256 KiB, at once by default.
        commit_offset: Offset to commit for the group at the same time; 0 for none.
        timeout: Seconds for the whole call; by default the client's, beside `suspend_timeout`.
        sub_expression: Which messages: tags joined by `||`, `*` for all, or an SQL92 expression. `None` for what the
            group has subscribed by heartbeat.
        expression_type: `"TAG"` or `"SQL92"`; the latter needs `enablePropertyFilter` on the broker.
        suspend_timeout: Seconds for which the broker may wait for a message (long polling).
        max_msg_bytes: Limit in bytes, for those brokers that heed it.
        retry: What to repeat; `None` for nothing.

    Returns:
        The messages and where to go on.

    Raises:
        MessagePullError: the broker refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.
        BrokerProtocolError: the answer does not decode.

    Example:
        ```python
        result = client.lite_pull_message("billing", "orders", 0, offset, suspend_timeout=15)
        ```
    """
    make, hold, result = _prepared(
        LitePullMessage,
        consumer_group,
        topic,
        queue_id,
        max_msg_nums,
        _chosen_sys_flag(suspend_timeout, commit_offset, sub_expression) | int(PullSysFlag.LITE_PULL),
        suspend_timeout,
        0,
        sub_expression,
        expression_type,
        max_msg_bytes,
    )
    return Ask(context, make(queue_offset, commit_offset), timeout, retry, result, hold)


@receives
def iter_messages(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    queue_id: int,
    queue_offset: int,
    max_msg_nums: int,
    *,
    sub_expression: str,
    expression_type: str,
    suspend_timeout: float,
    retry: RetryPolicy | None,
    heed: Callable[[PullMessageReply], Plan[None]],
) -> Plan[PullMessageResult]:
    """Make one pull of an iteration, which heeds where to go on before the messages are decoded."""
    make, hold, result = _prepared(
        PullMessage,
        consumer_group,
        topic,
        queue_id,
        max_msg_nums,
        _chosen_sys_flag(suspend_timeout, 0, sub_expression),
        suspend_timeout,
        0,
        sub_expression,
        expression_type,
        None,
    )
    return Ask(context, make(queue_offset, 0), None, retry, result, hold, heed=heed)


def _chosen_sys_flag(suspend_timeout: float, commit_offset: int, sub_expression: str | None) -> int:
    sys_flag = 0 if sub_expression is None else _SUBSCRIPTION
    if suspend_timeout > 0:
        sys_flag |= _SUSPEND
    if commit_offset > 0:
        sys_flag |= _COMMIT_OFFSET
    return sys_flag


class _Prepared(NamedTuple):
    """What the pulls of a queue have in common that differ in their offsets only.

    Attributes:
        make: Makes the request of the offset to pull from and that to commit.
        hold: Seconds for which the broker may keep it.
        result: Makes the result of the reply.
    """

    make: Callable[[int, int], PullMessage]
    hold: float
    result: Callable[[PullMessageReply], PullMessageResult]


# By type, too: a number of another type is refused, and not taken for the one that it equals.
@lru_cache(maxsize=1024, typed=True)
def _prepared(
    kind: type[PullMessage],
    consumer_group: str,
    topic: str,
    queue_id: int,
    max_msg_nums: int,
    sys_flag: int,
    suspend_timeout: float,
    sub_version: int,
    subscription: str | None,
    expression_type: str,
    max_msg_bytes: int | None,
) -> _Prepared:
    make = _PREPARATIONS[kind].of(
        consumer_group=consumer_group,
        topic=topic,
        queue_id=queue_id,
        max_msg_nums=max_msg_nums,
        sys_flag=sys_flag,
        suspend_timeout_millis=round(suspend_timeout * 1000),
        sub_version=sub_version,
        subscription=subscription,
        expression_type=expression_type,
        max_msg_bytes=max_msg_bytes,
    )
    tags = parse_tags(subscription) if expression_type == TAG else []
    hold = suspend_timeout + _HOLD_CHECK_PERIOD if sys_flag & _SUSPEND else 0.0
    return _Prepared(make, hold, partial(_found, tags))


def _found(tags: list[str], reply: PullMessageReply) -> PullMessageResult:
    status = PullStatus.of(reply.code)
    messages = reply.messages
    if messages and tags:
        messages = [message for message in messages if message.tags in tags]
        if not messages:
            status = PullStatus.NO_MATCHED_MSG
    return PullMessageResult(
        status,
        messages,
        reply.next_begin_offset,
        reply.min_offset,
        reply.max_offset,
        reply.suggest_which_broker_id,
    )
