"""What callers of `rmq bench` do, at once on threads or in tasks, and what is measured meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Final, TypeAlias

from pyrocketmq.broker.async_broker_manager import create_async_broker_manager
from pyrocketmq.broker.cli.latency import Latencies
from pyrocketmq.broker.cli.reading import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.broker.async_client import AsyncBrokerClient
    from pyrocketmq.broker.cli.session import Session
    from pyrocketmq.broker.client import BrokerClient
    from pyrocketmq.model import MessageQueue, PullMessageResult

_PRODUCER_GROUP: Final = "rmq_bench"
_LOOK: Final = 0.1
# Seconds between two looks at how far the callers are.


class Work:
    """What all callers share: how much is left to do, and what has been measured."""

    def __init__(self, count: int | None, deadline: float) -> None:
        self._left = count
        self._deadline = deadline
        self._lock = threading.Lock()
        self.started = time.perf_counter()
        self.latencies: list[Latencies] = []
        self.messages = 0
        self.bytes = 0
        self.failure: Exception | None = None

    def take(self, count: int) -> int:
        """Return how many messages to do next, up to so many; 0 at the end."""
        with self._lock:
            if self.failure is not None or time.perf_counter() >= self._deadline:
                return 0
            if self._left is None:
                return count
            taken = min(count, self._left)
            self._left -= taken
            return taken

    def put_back(self, count: int) -> None:
        """Take back what was given out and could not be done."""
        with self._lock:
            if self._left is not None:
                self._left += count

    def stop(self) -> None:
        """Give out no more work."""
        self._deadline = 0.0

    def fail(self, error: Exception) -> None:
        """Note what a caller has met; the others get no more work."""
        self.failure = self.failure or error

    def note(self, own: Latencies, started: float, messages: int, size: int) -> None:
        """Count a call."""
        took = time.perf_counter() - started
        with self._lock:  # `all` goes through the histograms meanwhile
            own.add(took)
            self.messages += messages
            self.bytes += size

    def own(self) -> Latencies:
        """Return the histogram of one more caller."""
        own = Latencies()
        with self._lock:
            self.latencies.append(own)
        return own

    def all(self) -> Latencies:
        """Return the histogram of all callers."""
        with self._lock:
            return Latencies().merge(self.latencies)


class Sending:
    """Sends messages of one size to the queues in turn."""

    name = "send"

    def __init__(self, size: int, batch: int) -> None:
        self._body = b"x" * size
        self._batch = batch

    def run(self, client: BrokerClient, mq: MessageQueue, work: Work) -> None:
        """Do it on a thread until there is no more work."""
        own = work.own()
        while taken := work.take(self._batch):
            started = time.perf_counter()
            if taken > 1:
                client.sync_batch_send_message(_PRODUCER_GROUP, [self._body] * taken, mq)
            else:
                client.sync_send_message(_PRODUCER_GROUP, self._body, mq)
            work.note(own, started, taken, taken * len(self._body))

    async def run_async(self, client: AsyncBrokerClient, mq: MessageQueue, work: Work) -> None:
        """Do the same in a task."""
        own = work.own()
        while taken := work.take(self._batch):
            started = time.perf_counter()
            if taken > 1:
                await client.sync_batch_send_message(_PRODUCER_GROUP, [self._body] * taken, mq)
            else:
                await client.sync_send_message(_PRODUCER_GROUP, self._body, mq)
            work.note(own, started, taken, taken * len(self._body))


class Pulling:
    """Pulls a queue from its start, again and again."""

    name = "pull"

    def __init__(self, batch: int) -> None:
        self._batch = batch

    def run(self, client: BrokerClient, mq: MessageQueue, work: Work) -> None:
        """Do it on a thread until there is no more work."""
        own = work.own()
        offset = first = client.get_min_offset(mq.topic, mq.queue_id)
        while taken := work.take(self._batch):
            started = time.perf_counter()
            result = client.pull_message(GROUP, mq.topic, mq.queue_id, offset, taken)
            work.put_back(taken - result.message_count)
            offset = self._note(result, own, started, work) or first

    async def run_async(self, client: AsyncBrokerClient, mq: MessageQueue, work: Work) -> None:
        """Do the same in a task."""
        own = work.own()
        offset = first = await client.get_min_offset(mq.topic, mq.queue_id)
        while taken := work.take(self._batch):
            started = time.perf_counter()
            result = await client.pull_message(GROUP, mq.topic, mq.queue_id, offset, taken)
            work.put_back(taken - result.message_count)
            offset = self._note(result, own, started, work) or first

    def _note(self, result: PullMessageResult, own: Latencies, started: float, work: Work) -> int | None:
        """Count a pull; return where to go on, `None` for at the start again."""
        work.note(own, started, result.message_count, sum(len(message.body) for message in result.messages))
        return result.next_begin_offset if result.messages else None


Job: TypeAlias = Sending | Pulling


def run_threads(
    session: Session, job: Job, queues: list[MessageQueue], callers: int, work: Work, look: Callable[[], None]
) -> None:
    """Let threads call until the work is done.

    Args:
        session: Brings the connections.
        job: What each of them does.
        queues: The queues, which they take in turn.
        callers: How many there are.
        work: How much is to be done.
        look: Called from time to time.

    Raises:
        Exception: what a caller has met.
    """

    def run(index: int) -> None:
        mq = queues[index % len(queues)]
        try:
            with session.manager.connection(mq.broker_name) as client:
                job.run(client, mq, work)
        except Exception as error:  # noqa: BLE001  # it is raised where the threads were started
            work.fail(error)

    threads = [threading.Thread(target=run, args=(index,), name=f"bench-{index}") for index in range(callers)]
    started: list[threading.Thread] = []
    try:
        for thread in threads:
            thread.start()
            started.append(thread)
        for thread in threads:
            while thread.is_alive():
                thread.join(_LOOK)
                look()
    finally:
        work.stop()  # an interrupt ends the threads too, as does a thread that cannot be started
        for thread in started:
            thread.join()
    if work.failure is not None:
        raise work.failure


async def run_tasks(
    session: Session, job: Job, queues: list[MessageQueue], callers: int, work: Work, look: Callable[[], None]
) -> None:
    """Let tasks of this event loop call until the work is done; see `run_threads`."""
    manager = await create_async_broker_manager(session.required_address, **session.settings)

    async def run(index: int) -> None:
        mq = queues[index % len(queues)]
        try:
            async with manager.connection(mq.broker_name) as client:
                await job.run_async(client, mq, work)
        except Exception as error:  # noqa: BLE001  # it is raised where the tasks were started
            work.fail(error)

    async with manager:
        tasks = [asyncio.create_task(run(index)) for index in range(callers)]
        try:
            waiting = set(tasks)
            while waiting:
                _, waiting = await asyncio.wait(waiting, timeout=_LOOK)
                look()
        finally:
            for task in tasks:
                task.cancel()
    if work.failure is not None:
        raise work.failure
