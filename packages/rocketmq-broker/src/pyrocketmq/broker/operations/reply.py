"""Request-reply: messages that want a reply, and the replies."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyrocketmq.broker.operations.send import send_result
from pyrocketmq.broker.outgoing import SendOptions, outgoing_message
from pyrocketmq.broker.plan import Ask, call
from pyrocketmq.broker.retry import RESEND_UNSENT, RetryPolicy
from pyrocketmq.model import MessageQueue, PropertyName
from pyrocketmq.model.names import reply_topic
from pyrocketmq.model.requests import SendMessageV2, SendReplyMessageV2

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model import MessageExt, SendMessageResult

_REPLY = "reply"


def send_request_message(
    context: ClientContext,
    producer_group: str,
    body: bytes,
    mq: MessageQueue,
    properties: Mapping[str, str] | None,
    correlation_id: str,
    timeout: float,
    options: SendOptions,
) -> Plan[None]:
    """Send the message of a request.

    Args:
        context: The client's settings.
        producer_group: A group that this client is a member of.
        body: The content.
        mq: The queue.
        properties: Further properties.
        correlation_id: What tells its reply from others.
        timeout: Seconds for the whole request, also told to whoever replies.
        options: See `SendOptions`.
    """
    made = {
        **(properties or {}),
        PropertyName.CORRELATION_ID: correlation_id,
        PropertyName.REPLY_TO_CLIENT: context.client_id,
        PropertyName.TTL: str(round(timeout * 1000)),
    }
    _, asking = outgoing_message(SendMessageV2, context, producer_group, body, mq, made, options)
    yield from call(context, asking, timeout)


def send_reply_message(
    context: ClientContext,
    producer_group: str,
    body: bytes,
    request: MessageExt,
    properties: Mapping[str, str] | None = None,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = RESEND_UNSENT,
    **options: Unpack[SendOptions],
) -> Plan[SendMessageResult]:
    """Send the reply to a request message (SEND_REPLY_MESSAGE_V2, 325).

    The broker hands it to the client that asked, and stores it too unless it is set otherwise. Send it to the broker
    that the request came from: the client that asked is connected there.

    Args:
        producer_group: The producer's group; need not be known to the broker.
        body: The content, 1 byte to 4 MiB.
        request: The message that is replied to.
        properties: Further properties of the reply.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker.
        options: See `SendOptions`.

    Returns:
        Where the reply is stored.

    Raises:
        BrokerResponseError: the broker could not hand the reply over: the client that asked is gone, or refused it.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.
        ValueError: the message does not ask for a reply, or the broker would not take the reply.

    Example:
        ```python
        for message in client.pull_message("prices", "questions", 0, offset).messages:
            client.send_reply_message("prices", price_of(message.body), message)
        ```
    """
    asked = request.properties
    made = dict(properties or {})
    for name in (PropertyName.CORRELATION_ID, PropertyName.REPLY_TO_CLIENT):
        if name not in asked:
            raise ValueError(f"the message asks for no reply: it has no property {name}")
        made[name] = asked[name]
    if PropertyName.TTL in asked:  # how long the requester waits; brokers hand a reply over without it, too
        made[PropertyName.TTL] = asked[PropertyName.TTL]
    cluster = asked.get(PropertyName.CLUSTER)
    if cluster is None:
        raise ValueError("the message does not say which cluster it comes from: it has no property CLUSTER")
    made[PropertyName.MSG_TYPE] = _REPLY
    mq = MessageQueue(reply_topic(cluster), "", 0)
    unique_id, answering = outgoing_message(SendReplyMessageV2, context, producer_group, body, mq, made, options)
    return Ask(context, answering, timeout, retry, partial(send_result, unique_id, mq))
