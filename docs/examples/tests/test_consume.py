"""The consumer loop: at least once, through restarts, and past messages that nobody can handle."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from pyrocketmq.broker import create_async_broker_manager
from pyrocketmq.model import MessageQueue
from shop.consume import Consumer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pyrocketmq.model import MessageExt
    from pyrocketmq.testkit import FakeBroker
    from shop.settings import Settings


class Inbox:
    """Handles messages by keeping them; some it cannot stand."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self._arrived = asyncio.Condition()

    async def __call__(self, message: MessageExt) -> None:
        if message.body == b"poison":
            raise ValueError("not in this shop")
        async with self._arrived:
            self.bodies.append(message.body)
            self._arrived.notify_all()

    async def have(self, count: int) -> None:
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: len(self.bodies) >= count)


@asynccontextmanager
async def consuming(settings: Settings, inbox: Inbox) -> AsyncGenerator[None]:
    """Run a consumer during the block, and stop it as a signal would."""
    queues = [MessageQueue(settings.topic, "broker-a", queue_id) for queue_id in range(2)]
    async with await create_async_broker_manager(settings.namesrv, timeout=settings.timeout) as manager:
        consumer = Consumer(manager, "billing", inbox, attempts=2, pause=0.01)
        running = asyncio.create_task(consumer.run(queues))
        try:
            yield
        finally:
            consumer.stop()
            async with asyncio.timeout(10):
                await running


async def test_a_group_goes_on_where_it_was(broker: FakeBroker, settings: Settings) -> None:
    for number in range(100):
        broker.put("orders", b"order %d" % number, queue_id=number % 2)
    inbox = Inbox()
    async with consuming(settings, inbox):
        await inbox.have(100)
    assert [broker.committed_offset("billing", "orders", queue_id) for queue_id in range(2)] == [50, 50]
    async with consuming(settings, inbox):
        broker.put("orders", b"one more")
        await inbox.have(101)
    assert sorted(inbox.bodies) == sorted([*(b"order %d" % number for number in range(100)), b"one more"])


async def test_messages_that_come_while_it_waits(broker: FakeBroker, settings: Settings) -> None:
    inbox = Inbox()
    async with consuming(settings, inbox):
        for number in range(3):
            broker.put("orders", b"order %d" % number)
            await inbox.have(number + 1)
    assert inbox.bodies == [b"order 0", b"order 1", b"order 2"]


async def test_a_broker_that_is_restarted(broker: FakeBroker, settings: Settings) -> None:
    inbox = Inbox()
    async with consuming(settings, inbox):
        broker.put("orders", b"before")
        await inbox.have(1)
        broker.restart()
        broker.put("orders", b"after")
        await inbox.have(2)
    # What was handled just before the restart may come again: its offset was not committed yet.
    assert set(inbox.bodies) == {b"before", b"after"}


async def test_a_message_that_nobody_can_handle(
    broker: FakeBroker, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for body in (b"good", b"poison", b"better"):
        broker.put("orders", body)
    inbox = Inbox()
    async with consuming(settings, inbox):
        await inbox.have(2)
    assert inbox.bodies == [b"good", b"better"]
    assert [message.body for message in broker.messages("%DLQ%billing")] == [b"poison"]
    assert caplog.text.count("attempt") == 2
    assert broker.committed_offset("billing", "orders", 0) == 3
