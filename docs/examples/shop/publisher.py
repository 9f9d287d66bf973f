"""Sending events of orders from asyncio code."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pyrocketmq.broker import BrokerError, create_async_broker_manager
from pyrocketmq.nameserver import create_async_nameserver_client
from shop.queues import queue_of, writable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pyrocketmq.broker import AsyncBrokerManager
    from pyrocketmq.model import MessageQueue, SendMessageResult
    from pyrocketmq.nameserver import AsyncNameServerClient
    from shop.settings import Settings

ROUTE_LIFE = 30.0
"""Seconds for which the queues of the topic are taken as known."""


class OrderPublisher:
    """Sends events of orders; those of one order stay in sequence.

    Any number of tasks may use it at once: they share a few connections, on which requests do not wait for each other.
    """

    def __init__(self, manager: AsyncBrokerManager, nameserver: AsyncNameServerClient, settings: Settings) -> None:
        self._manager = manager
        self._nameserver = nameserver
        self._settings = settings
        self._queues: list[MessageQueue] = []
        self._known_until = 0.0

    @classmethod
    @asynccontextmanager
    async def connected(cls, settings: Settings) -> AsyncGenerator[OrderPublisher]:
        """Make a publisher and close its connections at the end; servers that are down now are no error yet."""
        manager = await create_async_broker_manager(settings.namesrv, timeout=settings.timeout)
        nameserver = await create_async_nameserver_client(settings.namesrv, timeout=settings.timeout)
        async with manager, nameserver:
            yield cls(manager, nameserver, settings)

    async def publish(self, order_id: str, event: str, body: bytes) -> SendMessageResult:
        """Send an event and return when a broker has stored it.

        Args:
            order_id: The order; the message's key, by which it can be found again.
            event: What happened to the order; the message's tag, by which consumers choose.
            body: The rest.

        Raises:
            BrokerError: it was not stored, or nobody knows: see `may_have_arrived`.
        """
        try:
            mq = queue_of(order_id, await self._known_queues())
            async with self._manager.connection(mq.broker_name) as client:
                return await client.sync_send_message(self._settings.group, body, mq, keys=[order_id], tags=event)
        except BrokerError:
            self._known_until = 0.0  # the queues may have moved
            raise

    async def check(self) -> None:
        """Return if events can be sent.

        Raises:
            BrokerError: not now; the message says why.
        """
        self._known_until = 0.0
        await self._known_queues()

    async def _known_queues(self) -> list[MessageQueue]:
        if time.monotonic() >= self._known_until:
            topic = self._settings.topic
            queues = writable(topic, await self._nameserver.get_topic_route(topic))
            if not queues:
                raise BrokerError(f"no broker takes messages of {topic!r} now", broker_addr=self._settings.namesrv)
            self._queues, self._known_until = queues, time.monotonic() + ROUTE_LIFE
        return self._queues
