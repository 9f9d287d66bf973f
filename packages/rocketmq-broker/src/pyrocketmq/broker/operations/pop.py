"""Popping messages: the broker hands them out and hides them until they are acknowledged (5.x)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pyrocketmq.broker.errors import BrokerProtocolError
from pyrocketmq.broker.message_telemetry import receives
from pyrocketmq.broker.operations.ack import ack_request
from pyrocketmq.broker.plan import call, tell
from pyrocketmq.broker.pop_result import PopMessageResult, PopStatus
from pyrocketmq.broker.retry import REPEAT_READS, RESEND_UNSENT, RetryPolicy
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.pop import set_receipt_handles
from pyrocketmq.model.requests import GetBrokerConfig, Notification, PeekMessage, PollingInfo, PopMessage
from pyrocketmq.model.subscription import ALL, TAG, parse_tags

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model import MessageExt
    from pyrocketmq.model.requests import NotificationReply

FROM_START = 0
"""A group that has never popped the topic starts at the beginning of its queues."""

FROM_END = 1
"""A group that has never popped the topic starts at the end of its queues."""


@receives
def pop_message(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    queue_id: int = -1,
    max_msg_nums: int = 32,
    invisible_time: float = 60.0,
    poll_time: float = 0.0,
    timeout: float | None = None,
    *,
    sub_expression: str = ALL,
    expression_type: str = TAG,
    init_mode: int = FROM_START,
    order: bool = False,
    attempt_id: str | None = None,
    broker_name: str | None = None,
    retry: RetryPolicy | None = RESEND_UNSENT,
) -> Plan[PopMessageResult]:
    """Pop messages of a topic (POP_MESSAGE, 200050; from 5.0.0 on).

    The broker keeps the group's place. A popped message is hidden from the rest of the group until it is acknowledged
    (`ack_message`) or its invisible time is over; then it comes again, as often as it takes. To give one up, send it
    back with a delay level of -1 and acknowledge it. Finding nothing is a result, not an error.

    Args:
        consumer_group: The group; needs no heartbeat.
        topic: The topic.
        queue_id: The queue's number, -1 for any queue.
        max_msg_nums: How many messages at most, 1 to 32.
        invisible_time: Seconds for which to hide the messages.
        poll_time: Seconds for which the broker may wait for a message (long polling). Brokers compare it with their
            own clock: where this machine's clock is slow they do not wait.
        timeout: Seconds for the whole call; by default the client's, beside `poll_time`.
        sub_expression: Which messages: tags joined by `||`, `*` for all, or an SQL92 expression.
        expression_type: `"TAG"` or `"SQL92"`.
        init_mode: Where a group starts that has never popped the topic: 0 at the beginning of its queues, 1 at their
            end.
        order: Keep the order of each queue: it gives no more messages until all that it gave are acknowledged.
        attempt_id: Of an orderly pop; the same id again gets the same messages again.
        broker_name: Name of the broker, which is part of receipt handles. By default the broker is asked for it once;
            with access control that takes an administrator.
        retry: What to repeat. By default only what cannot have reached the broker.

    Returns:
        The messages, each with its `receipt_handle`. Brokers compare tags by hash; messages whose tag only shares the
        hash are acknowledged and left out.

    Raises:
        MessagePullError: the broker refused.
        AuthorizationError: the user may not read the topic, or not ask for the broker's name.
        BrokerResponseError: the broker is of 4.9 and cannot pop.
        BrokerConnectionError: the connection failed; messages that were popped stay hidden for their time.
        BrokerTimeoutError: no answer in time; the same.

    Example:
        ```python
        result = client.pop_message("billing", "orders", invisible_time=30, poll_time=15)
        for message in result.messages:
            client.ack_message("billing", message.topic, message.receipt_handle)
        ```
    """
    limit = context.timeout + poll_time if timeout is None else timeout
    started = time.monotonic()
    if broker_name is None:
        broker_name = yield from _broker_name(context, limit)
    request = PopMessage(
        consumer_group=consumer_group,
        topic=topic,
        queue_id=queue_id,
        max_msg_nums=max_msg_nums,
        invisible_time=round(invisible_time * 1000),
        poll_time=round(poll_time * 1000),
        born_time=int(time.time() * 1000),
        init_mode=init_mode,
        exp_type=expression_type,
        exp=sub_expression,
        order=order,
        attempt_id=attempt_id,
    )
    remaining = limit - (time.monotonic() - started)
    reply = yield from call(context, request, remaining, retry, hold=poll_time)
    try:
        set_receipt_handles(reply, broker_name)
    except ProtocolError as error:
        raise BrokerProtocolError(
            str(error), broker_addr=context.broker_addr, request_code=request.CODE, response_code=reply.code
        ) from error
    status, popped, messages = PopStatus.of(reply.code), reply.messages, reply.messages
    if expression_type == TAG and (tags := parse_tags(sub_expression)):
        messages = [message for message in popped if message.tags in tags]
        for message in popped:
            if message.tags not in tags:
                assert message.receipt_handle is not None
                yield from tell(context, ack_request(context, consumer_group, topic, message.receipt_handle))
        if popped and not messages:
            status = PopStatus.NO_NEW_MSG
    return PopMessageResult(status, messages, reply.pop_time, reply.invisible_time / 1000, reply.rest_num)


def _broker_name(context: ClientContext, timeout: float) -> Plan[str]:
    if context.broker_name is None:
        reply = yield from call(context, GetBrokerConfig(), timeout, REPEAT_READS)
        context.broker_name = reply.settings["brokerName"]
    return context.broker_name


def peek_message(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    queue_id: int = -1,
    max_msg_nums: int = 32,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[list[MessageExt]]:
    """Look at the messages that a group would pop next (PEEK_MESSAGE, 200052; from 5.0.0 on).

    Args:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue's number, -1 for any queue.
        max_msg_nums: How many messages at most, 1 to 32.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The messages, without receipt handles; empty where there is none.

    Raises:
        MessagePullError: the broker refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        waiting = client.peek_message("billing", "orders", max_msg_nums=1)
        ```
    """
    request = PeekMessage(consumer_group=consumer_group, topic=topic, queue_id=queue_id, max_msg_nums=max_msg_nums)
    reply = yield from call(context, request, timeout, retry)
    return reply.messages


def notification(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    queue_id: int = -1,
    poll_time: float = 0.0,
    timeout: float | None = None,
    *,
    order: bool | None = None,
    attempt_id: str | None = None,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[NotificationReply]:
    """Wait until there is something to pop (NOTIFICATION, 200054; from 5.0.0 on).

    Args:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue's number, -1 for any queue.
        poll_time: Seconds for which to wait.
        timeout: Seconds for the whole call; by default the client's, beside `poll_time`.
        order: Whether it is about orderly pops.
        attempt_id: Of an orderly pop.
        retry: What to repeat; `None` for nothing.

    Returns:
        `has_msg` tells whether there are messages, `polling_full` whether too many clients wait already.

    Raises:
        BrokerResponseError: the broker refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        if client.notification("billing", "orders", poll_time=15).has_msg:
            result = client.pop_message("billing", "orders")
        ```
    """
    request = Notification(
        consumer_group=consumer_group,
        topic=topic,
        queue_id=queue_id,
        poll_time=round(poll_time * 1000),
        born_time=int(time.time() * 1000),
        order=order,
        attempt_id=attempt_id,
    )
    return (yield from call(context, request, timeout, retry, hold=poll_time))


def get_polling_num(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    queue_id: int = -1,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[int]:
    """Ask how many pops of a group wait at a queue (POLLING_INFO, 200055; from 5.0.0 on).

    Args:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue's number; -1 for those that wait at any.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The number of pops that wait.

    Raises:
        BrokerResponseError: the broker refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        waiting = client.get_polling_num("billing", "orders")
        ```
    """
    request = PollingInfo(consumer_group=consumer_group, topic=topic, queue_id=queue_id)
    reply = yield from call(context, request, timeout, retry)
    return reply.polling_num
