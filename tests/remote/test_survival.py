"""Servers that are killed, frozen, cut off or out of their minds: fake and real, on both sides.

On real brokers the numbers are whole; on the fake they are smaller, for every run of the tests.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from scripted_server import WAIT, eventually

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.requests.offset import GetMaxOffset
from pyrocketmq.remote import (
    AsyncRemote,
    Remote,
    RemoteConfig,
    RemoteConnectionError,
    RemoteError,
    RemoteMetrics,
    RemoteProtocolError,
    RemoteTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver
    from meddler import Meddler, Pair

    from soak.servers import Victim

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

ASK = GetMaxOffset(topic="TBW102", queue_id=0)
RESUMES_WITHIN = 2.0
GRACE = 1.0
"""Seconds beyond its deadline that a call may take on a machine that is busy."""


class Load:
    """Callers that call until told to stop, and what came of each call."""

    def __init__(self, timeout: float, callers: int) -> None:
        self.answered: list[float] = []
        self.failures: list[RemoteError] = []
        self.longest = 0.0
        self.stopped = False
        self._timeout = timeout
        self._callers = callers
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, call: Callable[[float], Any]) -> None:
        self._tasks = [asyncio.create_task(self._run(call)) for _ in range(self._callers)]

    async def stop(self) -> None:
        self.stopped = True
        await asyncio.gather(*self._tasks)

    async def answers(self, number: int) -> None:
        """Wait until there are so many more answers."""
        wanted = len(self.answered) + number
        await eventually(lambda: len(self.answered) >= wanted)

    async def fails(self, number: int) -> None:
        wanted = len(self.failures) + number
        await eventually(lambda: len(self.failures) >= wanted)

    async def _run(self, call: Callable[[float], Any]) -> None:
        while not self.stopped:
            started = time.monotonic()
            try:
                await call(self._timeout)
                self.answered.append(time.monotonic())
            except RemoteError as error:
                self.failures.append(error)
                await asyncio.sleep(0.01)
            finally:
                self.longest = max(self.longest, time.monotonic() - started)


def accepts_at(address: str) -> float:
    """Wait until an address accepts connections; return when that was."""
    host, _, port = address.rpartition(":")
    end = time.monotonic() + 90
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection((host, int(port)), 1.0):
            return time.monotonic()
        time.sleep(0.005)
    raise AssertionError(f"{address} never accepts connections")


async def killed_and_restarted(victim: Victim, load: Load, metrics: Callable[[], RemoteMetrics]) -> None:
    await load.answers(200)
    loop = asyncio.get_running_loop()
    # Frozen first: otherwise nothing might be in flight in the very moment in which it is killed. A call counts as in
    # flight just before it is written, so there must be calls, and none that moves.
    victim.pause()
    before, now = None, metrics()
    async with asyncio.timeout(WAIT):
        while now.in_flight < 4 or before != (now.requests, now.bytes_out):
            before = now.requests, now.bytes_out
            await asyncio.sleep(0.1)
            now = metrics()
    victim.kill()
    await load.fails(16)
    accepting = loop.run_in_executor(None, accepts_at, victim.address)
    await loop.run_in_executor(None, victim.restart)
    back = await accepting
    await load.answers(200)
    resumed = min(moment for moment in load.answered if moment >= back)
    assert resumed - back < RESUMES_WITHIN


@pytest.mark.parametrize("pooled", [False, True], ids=["remote", "pool"])
async def test_killed_under_load(driver: Driver, victim: Victim, leaks: object, pooled: bool) -> None:
    load = Load(timeout=1.0, callers=16)
    if pooled:
        pool = driver.pool(victim.address, max_connections=4)

        async def call(timeout: float) -> None:
            remote = await pool.acquire(timeout)
            try:
                await remote.invoke(ASK, timeout)
            finally:
                released = pool.release(remote)
                if released is not None:
                    await released
    else:
        remote = driver.remote(victim.address)

        async def call(timeout: float) -> None:
            await remote.invoke(ASK, timeout)

    def metrics() -> RemoteMetrics:
        return pool.metrics.calls if pooled else remote.metrics

    load.start(call)
    try:
        await killed_and_restarted(victim, load, metrics)
    finally:
        await load.stop()
    assert load.longest < (2 if pooled else 1) * 1.0 + GRACE
    assert {type(error) for error in load.failures} <= {RemoteConnectionError, RemoteTimeoutError}
    lost = [error for error in load.failures if type(error) is RemoteConnectionError]
    assert any(error.written for error in lost), "calls were in flight"
    assert any("refused" in error.reason and not error.written for error in lost)
    assert metrics().in_flight == 0
    if pooled:
        assert pool.metrics.leases == pool.metrics.waiting == 0
        assert pool.metrics.connections <= 4


async def test_frozen(driver: Driver, victim: Victim, leaks: object) -> None:
    """Half-open: everything is accepted, nothing is answered."""
    remote = driver.remote(victim.address)
    load = Load(timeout=0.2, callers=16)
    load.start(lambda timeout: remote.invoke(ASK, timeout))
    try:
        await load.answers(100)
        victim.pause()
        try:
            await load.fails(64)
        finally:
            victim.resume()
        await load.answers(100)
    finally:
        await load.stop()
    assert load.longest < 0.2 + GRACE
    assert {type(error) for error in load.failures} <= {RemoteConnectionError, RemoteTimeoutError}
    assert any(isinstance(error, RemoteTimeoutError) and error.written for error in load.failures)
    assert remote.metrics.losses >= 1, "a dead connection is given up"
    assert remote.metrics.in_flight == 0


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_answer_ends_at_every_point(
    driver: Driver, victim: Victim, meddle: Callable[..., Meddler], end: str
) -> None:
    meddler = meddle()
    remote = driver.remote(meddler.address)
    frames: list[bytes] = []
    meddler.script = lambda pair, frame: (frames.append(frame), pair.send(frame))
    await remote.invoke(ASK)
    step = 1 if victim.is_real else 5
    for position in range(0, len(frames[0]), step):

        def cut(pair: Pair, frame: bytes, position: int = position) -> None:
            pair.send(frame[: min(position, len(frame) - 1)])  # opaques differ in length
            pair.end(reset=end == "reset")

        meddler.script = cut
        with pytest.raises(RemoteConnectionError) as caught:
            await remote.invoke(ASK, timeout=WAIT)
        assert caught.value.written
    meddler.script = lambda pair, frame: pair.send(frame)
    assert (await remote.invoke(ASK)).code == 0
    assert remote.metrics.in_flight == 0


async def test_request_is_cut_off_at_every_point(
    driver: Driver, victim: Victim, meddle: Callable[..., Meddler]
) -> None:
    meddler = meddle()
    remote = driver.remote(meddler.address)
    size = len(ASK.to_frame(2**31 - 1, 0))
    for position in range(0, size, 1 if victim.is_real else 9):

        def cut(pair: Pair, data: bytes, position: int = position) -> bytes:
            with suppress(OSError):
                pair.server.sendall(data[: min(position, len(data) - 1)])
            pair.end(reset=True)
            return b""

        meddler.on_request = cut
        with pytest.raises(RemoteConnectionError):
            await remote.invoke(ASK, timeout=WAIT)
    meddler.on_request = None
    assert (await remote.invoke(ASK)).code == 0
    assert remote.metrics.in_flight == 0


async def test_doubled_answers(driver: Driver, victim: Victim, meddle: Callable[..., Meddler]) -> None:
    remote = driver.remote(meddle(lambda pair, frame: pair.send(frame * 2)).address)
    for _ in range(10):
        assert (await remote.invoke(ASK)).code == 0
    await eventually(lambda: remote.metrics.late_answers >= 9)  # the last may not have been read
    assert remote.metrics.reconnects == 0


async def test_late_answers(driver: Driver, victim: Victim, meddle: Callable[..., Meddler]) -> None:
    meddler = meddle(lambda pair, frame: pair.held.append(frame))
    remote = driver.remote(meddler.address)
    with pytest.raises(RemoteTimeoutError):
        await remote.invoke(ASK, timeout=0.1)
    await eventually(lambda: meddler.pairs[0].held)
    late = meddler.pairs[0].held[0]
    meddler.script = lambda pair, frame: pair.send(late + frame)
    assert (await remote.invoke(ASK)).code == 0
    assert remote.metrics.late_answers == 1


async def test_reordered_answers(driver: Driver, victim: Victim, meddle: Callable[..., Meddler]) -> None:
    number = 16

    def reverse(pair: Pair, frame: bytes) -> None:
        pair.held.append(frame)
        if len(pair.held) == number:
            pair.send(b"".join(reversed(pair.held)))

    remote = driver.remote(meddle(reverse).address)
    # Requests that no server knows are answered with their own code in the remark.
    codes = range(60_001, 60_001 + number)
    answers = await asyncio.gather(*(remote.invoke(RemotingCommand(code)) for code in codes))
    for code, answer in zip(codes, answers, strict=True):
        assert str(code) in (answer.remark or "")


async def test_foreign_answers(driver: Driver, victim: Victim, meddle: Callable[..., Meddler]) -> None:
    def readdress(pair: Pair, frame: bytes) -> None:
        answer = RemotingCommand.decode(frame)
        answer.opaque ^= 0x4000_0000
        pair.send(answer.encode() + frame)

    remote = driver.remote(meddle(readdress).address)
    for _ in range(5):
        assert (await remote.invoke(ASK)).code == 0
    assert remote.metrics.late_answers == 5
    assert remote.metrics.reconnects == 0


async def test_garbage(driver: Driver, victim: Victim, meddle: Callable[..., Meddler]) -> None:
    meddler = meddle()
    remote = driver.remote(meddler.address)
    for junk in (os.urandom(64) + b"\xff" * 64, b"\x00\x00\x00\x05\x07\x00\x00\x01x", b"\xff" * 8, bytes(64)):
        meddler.script = lambda pair, frame, junk=junk: pair.send(b"\x7f" + junk)
        with pytest.raises(RemoteProtocolError):
            await remote.invoke(ASK, timeout=WAIT)
        meddler.script = lambda pair, frame: pair.send(frame)
        assert (await remote.invoke(ASK)).code == 0
    assert remote.metrics.in_flight == 0


@pytest.mark.parametrize("way", ["timed out", "cancelled"])
async def test_abandoned_calls_leave_nothing(
    driver: Driver, victim: Victim, meddle: Callable[..., Meddler], way: str
) -> None:
    if way == "cancelled" and driver.threads:
        return  # nobody can cancel a thread
    number = 10_000 if victim.is_real else 500
    batch = 250
    meddler = meddle()
    remote = driver.remote(meddler.address)

    async def abandon(calls: int) -> int:
        meddler.script = lambda pair, frame: None
        # Long enough that all threads of a batch have begun to wait: calls that time out one after the other would
        # cost the connection.
        timeout = 60.0 if way == "cancelled" else 1.0 if driver.threads else 0.05
        tasks = [asyncio.ensure_future(remote.invoke(ASK, timeout)) for _ in range(calls)]
        if way == "cancelled":
            await eventually(lambda: remote.metrics.in_flight == calls)
            for task in tasks:
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        expected = RemoteTimeoutError if way == "timed out" else asyncio.CancelledError
        # On a busy machine some threads come so late that their connection is held dead.
        allowed = (expected, RemoteConnectionError) if driver.threads else expected
        assert all(isinstance(result, allowed) for result in results), results
        assert remote.metrics.in_flight == 0
        meddler.script = lambda pair, frame: pair.send(frame)
        assert (await remote.invoke(ASK)).code == 0
        return sum(isinstance(result, expected) for result in results)

    await abandon(batch)  # once, so that what is made once is made
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        abandoned = 0
        while abandoned < number:
            abandoned += await abandon(batch)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 1024 * 1024
    assert driver.threads or remote.metrics.reconnects == 0


async def test_connections_leave_no_descriptor(driver: Driver, victim: Victim, leaks: object) -> None:
    number = 1_000 if victim.is_real else 100
    remote = driver.remote(victim.address)
    await remote.invoke(ASK)
    await remote.close()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(number):
        await remote.connect()
        await remote.close()
    await eventually(lambda: len(os.listdir("/proc/self/fd")) <= before)
    assert remote.metrics.connects == number + 1


PREFORK = """
import os, sys, threading, warnings
from pyrocketmq.model.requests.offset import GetMaxOffset
from pyrocketmq.remote import ConnectionPool, Remote, RemoteConfig
warnings.simplefilter("ignore")  # newer Pythons advise against forking with threads: that is the point here
address, calls = sys.argv[1], int(sys.argv[2])
remote, pool = Remote(address), ConnectionPool(address, RemoteConfig(max_connections=3))
failures = []

def work(number):
    try:
        for _ in range(number):
            assert remote.invoke(GetMaxOffset(topic="TBW102", queue_id=0)).code == 0
            with pool.connection() as lent:
                assert lent.invoke(GetMaxOffset(topic="TBW102", queue_id=0)).code == 0
    except BaseException as error:
        failures.append(error)
        raise

def threads(number):
    started = [threading.Thread(target=work, args=(number,)) for _ in range(4)]
    for thread in started:
        thread.start()
    return started

def end(started):
    for thread in started:
        thread.join()
    remote.close()
    pool.close()
    return 1 if failures else 0

master = threads(calls * 4)
workers = []
for _ in range(4):
    pid = os.fork()
    if pid == 0:
        os._exit(end(threads(calls)))
    workers.append(pid)
codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in workers]
assert codes == [0] * 4, codes
for thread in master:
    thread.join()
assert remote.metrics.connects == 1, remote.metrics
assert end([]) == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_prefork_under_load(victim: Victim) -> None:
    calls = "200" if victim.is_real else "25"
    done = subprocess.run(
        [sys.executable, "-c", PREFORK, victim.address, calls], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def send_without_end(remote: Remote, body: bytes) -> None:
    for _ in range(256):
        remote.invoke_oneway(RemotingCommand(60_001, body=body), timeout=0.2)


def test_slow_reader_is_held_back(victim: Victim, meddle: Callable[..., Meddler]) -> None:
    """64 MiB for a peer that takes nothing must not pile up here."""
    body = bytes(256 * 1024)
    over = threading.Event()
    meddler = meddle(lambda pair, frame: None, lambda pair, data: over.wait(WAIT * 3) and data)
    tracemalloc.start()
    try:
        with Remote(meddler.address, RemoteConfig()) as remote:
            with pytest.raises(RemoteTimeoutError):
                send_without_end(remote, body)
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
        tracemalloc.reset_peak()

        async def send() -> None:
            async with AsyncRemote(meddler.address, RemoteConfig()) as remote:
                calls = (remote.invoke_oneway(RemotingCommand(60_001, body=body), timeout=0.2) for _ in range(256))
                results = await asyncio.gather(*calls, return_exceptions=True)
                assert any(isinstance(result, RemoteTimeoutError) for result in results)

        asyncio.run(send())
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        over.set()
        tracemalloc.stop()
