"""What the tests of clients have in common."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from pyrocketmq.broker import BrokerResponseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from pyrocketmq.model import MessageQueue
    from real_rocketmq.pytest_plugin import Server


def is_old(server: Server) -> bool:
    """Whether the server is of the line 4.9."""
    return server.version.startswith("4")


@contextmanager
def needs_5x(server: Server) -> Generator[None]:
    """Run a block on 5.x; on 4.9 its first call has to be refused with the reason."""
    if not is_old(server):
        yield
        return
    with pytest.raises(
        BrokerResponseError, match=rf"this needs RocketMQ 5\.\d\.\d or later, the server is {server.version}"
    ):
        yield


async def eventually(
    ask: Callable[[], Awaitable[Any]], is_right: Callable[[Any], bool] = bool, seconds: float = 20.0
) -> Any:
    """Ask until the answer is right, and return it."""
    deadline = time.monotonic() + seconds
    while not is_right(answer := await ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds} s"
        await asyncio.sleep(0.02)
    return answer


async def send_visibly(client: Any, group: str, body: bytes, mq: MessageQueue, **options: Any) -> Any:
    """Send a message and wait until a pull can see it; brokers build their queues a moment after the answer."""
    sent = await client.sync_send_message(group, body, mq, **options)
    await eventually(lambda: client.get_max_offset(mq.topic, mq.queue_id), lambda offset: offset > sent.queue_offset)
    return sent


async def pull_all(
    client: Any, group: str, topic: str, count: int, queue_id: int = 0, seconds: float = 20.0
) -> list[Any]:
    """Pull from the start of a queue until so many messages are there."""
    messages: list[Any] = []
    offset = 0
    deadline = time.monotonic() + seconds
    while len(messages) < count:
        assert time.monotonic() < deadline, f"{len(messages)} of {count} messages in {seconds} s"
        result = await client.pull_message(group, topic, queue_id, offset, suspend_timeout=1.0, timeout=seconds)
        messages += result.messages
        offset = result.next_begin_offset
    return messages
