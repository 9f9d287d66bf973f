"""Handing messages back that could not be consumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import RESEND_UNSENT, RetryPolicy
from pyrocketmq.model.requests import ConsumerSendMsgBack

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model import MessageExt

DEAD_LETTER = -1
"""Delay level that sends a message straight to the group's dead letter topic."""


def send_message_back(
    context: ClientContext,
    consumer_group: str,
    message: MessageExt,
    delay_level: int = 0,
    *,
    max_reconsume_times: int | None = None,
    timeout: float | None = None,
    retry: RetryPolicy | None = RESEND_UNSENT,
) -> Plan[None]:
    """Hand a message back that the group could not consume (CONSUMER_SEND_MSG_BACK, 36).

    It comes again under the group's retry topic (`%RETRY%` and the group), with its `reconsume_times` one higher and
    its topic in the property RETRY_TOPIC; after too many times it goes to the dead letter topic (`%DLQ%` and the
    group).

    Args:
        consumer_group: The group; must be known to the broker.
        message: The message, as it was pulled from this broker.
        delay_level: When it comes again, by the broker's table of levels. 0 lets the broker choose: 10 s at first,
            longer from time to time. A negative number sends it to the dead letter topic.
        max_reconsume_times: Tries before the dead letter topic; by default the group's setting.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker.

    Raises:
        BrokerResponseError: the broker refused: it does not know the group, or does not have the message.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; the message may come again.

    Example:
        ```python
        client.send_message_back("billing", message, delay_level=3)
        ```
    """
    request = ConsumerSendMsgBack(
        offset=message.commit_log_offset,
        group=consumer_group,
        delay_level=delay_level,
        origin_msg_id=message.msg_id,
        origin_topic=message.topic,
        max_reconsume_times=max_reconsume_times,
    )
    yield from call(context, request, timeout, retry)
