"""Taking timer messages back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import RESEND_UNSENT, RetryPolicy
from pyrocketmq.model.requests import RecallMessage

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan


def recall_message(
    context: ClientContext,
    topic: str,
    recall_handle: str,
    *,
    producer_group: str | None = None,
    timeout: float | None = None,
    retry: RetryPolicy | None = RESEND_UNSENT,
) -> Plan[str]:
    """Take back a timer message that was not delivered yet (RECALL_MESSAGE, 370; from 5.3.2 on).

    Brokers allow it only with their setting `recallMessageEnable`, which is off by default.

    Args:
        topic: The topic that the message is for.
        recall_handle: What the send returned.
        producer_group: The group that sent it, for the broker's log.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker.

    Returns:
        The unique id of the message.

    Raises:
        AuthorizationError: the broker does not allow it.
        BrokerResponseError: the broker refused: it is too late, or the handle belongs to another topic or broker.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; the message may be recalled.

    Example:
        ```python
        sent = client.sync_send_message("shop", b"remind me", mq, deliver_after=3600)
        client.recall_message("orders", sent.recall_handle)
        ```
    """
    request = RecallMessage(topic=topic, recall_handle=recall_handle, producer_group=producer_group)
    reply = yield from call(context, request, timeout, retry)
    return reply.msg_id
