"""No acknowledged message is lost and no error is silent where a broker crashes under load and comes back."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from pyrocketmq.broker import (
    BrokerBusyError,
    BrokerConnectionError,
    BrokerError,
    BrokerTimeoutError,
    RetryPolicy,
    create_async_broker_manager,
    create_broker_manager,
)
from pyrocketmq.model import MessageQueue, PullStatus, RequestCode, SendMessageResult, SendStatus
from pyrocketmq.testkit import FakeBroker, Fault
from real_rocketmq import RealRocketMQ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faces import Face
    from pyrocketmq.broker import BrokerClient
    from real_rocketmq.pytest_plugin import ServerKind

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

QUEUES = 4
THREADS = 16
TASKS = 256
WAIT = 120.0

REPEATING = RetryPolicy(
    max_attempts=50,
    max_backoff=0.5,
    retry_on=(BrokerConnectionError, BrokerTimeoutError, BrokerBusyError),
    repeat_arrived=True,
)
"""What a sender opts in to that would rather store a message twice than not at all."""


class Crashable(Protocol):
    """A broker that can die and come back on its store."""

    namesrv_address: str
    broker_name: str
    timeout: float
    """Seconds for a send: long enough to outlast a crash on the same port."""

    def crash(self, port: int | None, under_way: int) -> None:
        """End the broker at once; start it again.

        Args:
            port: `None` for the same port, 0 for another one.
            under_way: How many sends shall be cut off, where the broker can choose the moment.
        """
        ...


class CrashableFake:
    """The fake keeps its store and breaks every connection, with what is under way on it.

    It is so fast that there may be nothing under way; so it first stores some messages without a word.
    """

    timeout = 1.0

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker
        self.namesrv_address = broker.namesrv_address
        self.broker_name = broker.broker_name

    def crash(self, port: int | None, under_way: int) -> None:
        silence = self._broker.faults.add(Fault.silence(handled=True).on(code=RequestCode.SEND_MESSAGE_V2))
        turns = int(WAIT / 0.01)
        while silence.hits < under_way and (turns := turns - 1):
            threading.Event().wait(0.01)
        self._broker.faults.remove(silence)
        self._broker.restart(port)


class CrashableReal:
    """`kill -9`, and another process on the same files."""

    timeout = 20.0

    def __init__(self, broker: RealRocketMQ) -> None:
        self._broker = broker
        self.namesrv_address = broker.namesrv_address
        self.broker_name = broker.broker_name

    def crash(self, port: int | None, under_way: int) -> None:
        self._broker.kill_broker()
        self._broker.start_broker(port)


@contextmanager
def crashable(kind: ServerKind) -> Iterator[Crashable]:
    properties = {"flushDiskType": "SYNC_FLUSH"}
    if kind.is_real:
        with RealRocketMQ(kind.version, properties=properties) as real:
            yield CrashableReal(real)
    else:
        with FakeBroker(kind.version, properties=properties) as fake:
            yield CrashableFake(fake)


class Failure(NamedTuple):
    """A send that raised."""

    body: bytes
    error: BrokerError


class Ledger:
    """What came of every send; any thread may write."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.started = 0
        self.acknowledged: dict[bytes, SendMessageResult] = {}
        self.less_safe: list[bytes] = []
        self.failures: list[Failure] = []
        self.is_over = threading.Event()

    def start(self) -> None:
        with self._changed:
            self.started += 1

    def note(self, body: bytes, result: SendMessageResult) -> None:
        with self._changed:
            if result.status is SendStatus.SEND_OK:
                self.acknowledged[body] = result
            else:  # stored, but not yet on the disk
                self.less_safe.append(body)
            self._changed.notify_all()

    def note_failure(self, body: bytes, error: BrokerError) -> None:
        with self._changed:
            self.failures.append(Failure(body, error))
            self._changed.notify_all()

    def wait_for_more(self, count: int) -> None:
        with self._changed:
            goal = len(self.acknowledged) + count
            reached = self._changed.wait_for(lambda: len(self.acknowledged) >= goal, WAIT)
            assert reached, f"{goal - len(self.acknowledged)} acknowledgements are missing, {self.failures[-3:]}"


class Sender(NamedTuple):
    """Who sends, and how: every other sender opts in to repeating what may have arrived."""

    number: int
    group: str
    mq: MessageQueue

    @property
    def repeats(self) -> bool:
        return self.number % 2 == 1

    @property
    def options(self) -> dict[str, RetryPolicy]:
        return {"retry": REPEATING} if self.repeats else {}

    def body(self, turn: int) -> bytes:
        return b"%d:%d" % (self.number, turn)


def senders(count: int, group: str, topic: str, broker_name: str) -> list[Sender]:
    return [Sender(index, group, MessageQueue(topic, broker_name, index % QUEUES)) for index in range(count)]


@contextmanager
def threads_sending(broker: Crashable, group: str, topic: str) -> Iterator[Ledger]:
    """Send from threads while the block runs."""
    ledger = Ledger()

    def work(sender: Sender) -> None:
        turn = 0
        while not ledger.is_over.is_set():
            body = sender.body(turn)
            ledger.start()
            try:
                with manager.connection(broker.broker_name) as client:
                    sent = client.sync_send_message(
                        sender.group, body, sender.mq, timeout=broker.timeout, **sender.options
                    )
            except BrokerError as error:
                ledger.note_failure(body, error)
                ledger.is_over.wait(0.05)
            else:
                ledger.note(body, sent)
            turn += 1

    with create_broker_manager(broker.namesrv_address) as manager, ThreadPoolExecutor(THREADS) as executor:
        futures = [executor.submit(work, sender) for sender in senders(THREADS, group, topic, broker.broker_name)]
        try:
            yield ledger
        finally:
            ledger.is_over.set()
        for future in futures:
            future.result(WAIT)  # raises what is no BrokerError


@contextmanager
def tasks_sending(broker: Crashable, group: str, topic: str) -> Iterator[Ledger]:
    """Send from tasks of one event loop while the block runs."""
    ledger = Ledger()

    async def main() -> None:
        async with await create_async_broker_manager(broker.namesrv_address) as manager:

            async def work(sender: Sender) -> None:
                turn = 0
                while not ledger.is_over.is_set():
                    body = sender.body(turn)
                    ledger.start()
                    try:
                        async with manager.connection(broker.broker_name, timeout=broker.timeout) as client:
                            sent = await client.sync_send_message(
                                sender.group, body, sender.mq, timeout=broker.timeout, **sender.options
                            )
                    except BrokerError as error:
                        ledger.note_failure(body, error)
                        await asyncio.sleep(0.05)
                    else:
                        ledger.note(body, sent)
                    turn += 1

            everybody = senders(TASKS, group, topic, broker.broker_name)
            await asyncio.wait_for(asyncio.gather(*map(work, everybody)), 2 * WAIT)

    with ThreadPoolExecutor(1) as executor:
        running = executor.submit(asyncio.run, main())
        try:
            yield ledger
        finally:
            ledger.is_over.set()
        running.result(WAIT)


def found_in(client: BrokerClient, group: str, topic: str) -> Counter[bytes]:
    """Pull everything that the queues hold now."""
    found: Counter[bytes] = Counter()
    for queue_id in range(QUEUES):
        offset, status = 0, PullStatus.FOUND
        while status is not PullStatus.NO_NEW_MSG:
            result = client.pull_message(group, topic, queue_id, offset)
            found.update(message.body for message in result.messages)
            offset, status = result.next_begin_offset, result.status
    return found


def check(ledger: Ledger, broker: Crashable, group: str, topic: str) -> None:
    assert ledger.started == len(ledger.acknowledged) + len(ledger.less_safe) + len(ledger.failures)
    assert ledger.failures, "nothing failed: the crash came at a moment when nothing was under way"
    with create_broker_manager(broker.namesrv_address) as manager, manager.connection(broker.broker_name) as client:
        found = found_in(client, group, topic)
        turns = int(WAIT / 0.1)
        while (lost := ledger.acknowledged.keys() - found.keys()) and (turns := turns - 1):
            threading.Event().wait(0.1)  # brokers build their queues a moment after they have stored a message
            found = found_in(client, group, topic)
    assert not lost, f"{len(lost)} of {len(ledger.acknowledged)} acknowledged messages are lost: {sorted(lost)[:5]}"
    undecided = {failure.body for failure in ledger.failures if failure.error.may_have_arrived}
    explained = ledger.acknowledged.keys() | undecided | set(ledger.less_safe)
    assert found.keys() <= explained, "stored although the error says that they cannot have arrived"
    twice = {body for body, times in found.items() if times > 1}
    assert {body for body in twice if int(body.split(b":")[0]) % 2 == 0} == set(), "repeated without being asked"
    kinds = Counter(type(failure.error).__name__ for failure in ledger.failures)
    print(
        f"{ledger.started} sends, {len(ledger.acknowledged)} acknowledged, {len(ledger.less_safe)} less safe, "
        f"{len(undecided)} undecided, {sum(found.values())} stored, {len(twice)} stored twice; failed: {dict(kinds)}"
    )


@pytest.mark.parametrize(
    ("sending", "callers"), [(threads_sending, THREADS), (tasks_sending, TASKS)], ids=["16 threads", "256 tasks"]
)
def test_what_is_acknowledged_survives_crashes(
    sending: Callable[..., Iterator[Ledger]], callers: int, server_kind: ServerKind, group: str, topic: str
) -> None:
    count = 1000 if server_kind.is_real else 300
    with crashable(server_kind) as broker:
        with sending(broker, group, topic) as ledger:
            for port in (None, 0):
                ledger.wait_for_more(count)
                broker.crash(port, callers // 2 + 1)  # one of those who do not repeat at least
            ledger.wait_for_more(count)
        check(ledger, broker, group, topic)


async def test_one_lent_client_lives_on_at_another_port(
    face: Face, server_kind: ServerKind, group: str, topic: str
) -> None:
    with crashable(server_kind) as broker:
        mq = MessageQueue(topic, broker.broker_name, 0)
        async with (
            await face.manager(broker.namesrv_address) as manager,
            manager.connection(broker.broker_name) as client,
        ):
            await client.sync_send_message(group, b"before", mq)
            old = client.broker_addr
            broker.crash(0, 0)
            sent = await client.sync_send_message(group, b"after", mq, timeout=WAIT, retry=REPEATING)
            assert (sent.queue_offset, client.broker_addr == old) == (1, False)
