"""The requests that our clients send, taken from the operations themselves, so that all sides send the same bytes."""

from __future__ import annotations

from typing import Any, Final

from pyrocketmq.broker import ClientConfig, operations
from pyrocketmq.broker.context import ClientContext
from pyrocketmq.broker.plan import Exchange, Plan
from pyrocketmq.model import Message, MessageQueue
from pyrocketmq.model.declaration import Request

GROUP: Final = "bench"
BODY: Final = bytes(range(256)) * 4
LARGE_BODY: Final = BODY * 4096
BATCH_SIZE: Final = 32

_CONTEXT: Final = ClientContext("127.0.0.1:0", 5.0, ClientConfig())


def request_of(plan: Plan[Any]) -> Request[Any]:  # of whatever result: it is never reached
    """Return the request that an operation sends first."""
    effect = plan.send(None)
    plan.close()
    if not isinstance(effect, Exchange):
        raise TypeError(f"the operation begins with {effect!r}")
    return effect.request


def send(mq: MessageQueue, body: bytes = BODY) -> Request[Any]:
    """Return the request of a send."""
    return request_of(operations.send.sync_send_message(_CONTEXT, GROUP, body, mq))


def send_batch(mq: MessageQueue) -> Request[Any]:
    """Return the request of a send of 32 messages."""
    return request_of(operations.send.sync_batch_send_message(_CONTEXT, GROUP, batch_for(mq), mq))


def pull(mq: MessageQueue, offset: int, count: int = BATCH_SIZE) -> Request[Any]:
    """Return the request of a pull."""
    return request_of(operations.pull.pull_message(_CONTEXT, GROUP, mq.topic, mq.queue_id, offset, count))


def batch_for(mq: MessageQueue) -> list[Message]:
    """Return a batch of 32 messages."""
    return [Message(mq.topic, BODY)] * BATCH_SIZE


def frame_of(request: Request[Any]) -> bytes:
    """Return a request's frame."""
    return request.to_frame(1)
