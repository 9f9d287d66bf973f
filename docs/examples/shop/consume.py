"""A consumer loop: it reads every queue of a topic from where its group stands, and notes how far it has come.

At least once: the offset is committed behind messages that were handled, so what was not handled comes again. One
process of a group runs this at a time, because it takes all queues.

    NAMESRV_ADDR=localhost:9876 python -m shop.consume billing
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from pyrocketmq.broker import (
    BrokerBusyError,
    BrokerConnectionError,
    BrokerTimeoutError,
    OffsetError,
    create_async_broker_manager,
)
from pyrocketmq.model import ResponseCode
from pyrocketmq.nameserver import create_async_nameserver_client
from shop.queues import readable
from shop.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from typing import Any

    from pyrocketmq.broker import AsyncBrokerClient, AsyncBrokerManager
    from pyrocketmq.model import MessageExt, MessageQueue

log = logging.getLogger(__name__)
T = TypeVar("T")

PASSING = (BrokerConnectionError, BrokerTimeoutError, BrokerBusyError)
"""What a broker that is restarted or overloaded leads to; anything else is a mistake that waiting does not mend."""

TO_DEAD_LETTERS = -1
"""The delay level that moves a message to the dead letters of its group, `%DLQ%<group>`."""


class Consumer:
    """Reads queues for a group until it is stopped.

    Args:
        manager: Lends the connections.
        group: The group, whose offsets the brokers keep.
        handle: Does the work for one message. Where it raises, the message is tried again at once, and after
            `attempts` becomes a dead letter, so that it does not hold up the queue.
        attempts: How often a message is tried.
        pause: Seconds between attempts to reach a broker.
    """

    def __init__(
        self,
        manager: AsyncBrokerManager,
        group: str,
        handle: Callable[[MessageExt], Awaitable[None]],
        *,
        attempts: int = 3,
        pause: float = 1.0,
    ) -> None:
        self._manager = manager
        self._group = group
        self._handle = handle
        self._attempts = attempts
        self._pause = pause
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Let `run` end: the message at hand is finished, and its offset committed."""
        self._stopped.set()

    async def run(self, queues: Iterable[MessageQueue]) -> None:
        """Read queues until stopped.

        Raises:
            BrokerError: a broker refused something that is not going to pass. Other queues are stopped then.
        """
        by_broker = groupby(sorted(queues), key=lambda mq: mq.broker_name)
        async with asyncio.TaskGroup() as tasks:
            for broker_name, group in by_broker:
                tasks.create_task(self._follow(broker_name, list(group)))

    async def _follow(self, broker_name: str, queues: list[MessageQueue]) -> None:
        """Read all queues of a broker over one connection, and come back to it when it went away."""
        while not self._stopped.is_set():
            try:
                async with self._manager.connection(broker_name) as client, asyncio.TaskGroup() as tasks:
                    for mq in queues:
                        tasks.create_task(self._read(client, mq))
            except* PASSING as group:
                log.warning("%s, next try in %g s: %s", broker_name, self._pause, group.exceptions[0])
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), self._pause)

    async def _read(self, client: AsyncBrokerClient, mq: MessageQueue) -> None:
        offset = await self._start(client, mq)
        while not self._stopped.is_set():
            pulled = await self._unless_stopped(
                client.pull_message(self._group, mq.topic, mq.queue_id, offset, suspend_timeout=15.0)
            )
            if pulled is None:
                return
            for message in pulled.messages:
                await self._process(client, message)
                offset = message.queue_offset + 1
                if self._stopped.is_set():
                    break
            else:
                # Also where nothing was found: behind messages of other tags, or where the queue begins now.
                offset = pulled.next_begin_offset
            await client.update_consumer_offset(self._group, mq.topic, mq.queue_id, offset, wait=True)

    async def _start(self, client: AsyncBrokerClient, mq: MessageQueue) -> int:
        try:
            return await client.query_consumer_offset(self._group, mq.topic, mq.queue_id)
        except OffsetError as error:
            if error.response_code != ResponseCode.QUERY_NOT_FOUND:
                raise
        return await client.get_min_offset(mq.topic, mq.queue_id)  # the group is new: it reads everything that is there

    async def _process(self, client: AsyncBrokerClient, message: MessageExt) -> None:
        for attempt in range(1, self._attempts + 1):
            try:
                return await self._handle(message)
            except Exception:
                log.exception("message %s, attempt %d of %d", message.msg_id, attempt, self._attempts)
        return await client.send_message_back(self._group, message, TO_DEAD_LETTERS)

    async def _unless_stopped(self, call: Coroutine[Any, Any, T]) -> T | None:
        """Await a call that may take long; give it up, and return `None`, once the consumer is stopped."""
        wanted, stopped = asyncio.create_task(call), asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait((wanted, stopped), return_when=asyncio.FIRST_COMPLETED)
            return wanted.result() if wanted.done() else None
        finally:
            wanted.cancel()
            stopped.cancel()
            await asyncio.gather(wanted, stopped, return_exceptions=True)


async def consume(settings: Settings, group: str, handle: Callable[[MessageExt], Awaitable[None]]) -> None:
    """Read the topic for a group until SIGINT or SIGTERM."""
    manager = await create_async_broker_manager(settings.namesrv, timeout=settings.timeout)
    nameserver = await create_async_nameserver_client(settings.namesrv, timeout=settings.timeout)
    async with manager, nameserver:
        consumer = Consumer(manager, group, handle)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, consumer.stop)
        await consumer.run(readable(settings.topic, await nameserver.get_topic_route(settings.topic)))


async def bill(message: MessageExt) -> None:
    """Stand for what a shop does with an order."""
    print(message.tags, message.keys, message.body.decode())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(consume(Settings.from_environment(), sys.argv[1], bill))
