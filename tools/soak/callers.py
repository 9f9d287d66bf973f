"""Who calls: threads and tasks, over remotes and pools, with deadlines of every size, some cancelled in between."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from pyrocketmq.remote import (
    AsyncConnectionPool,
    AsyncRemote,
    ConnectionPool,
    Remote,
    RemoteConfig,
    RemoteError,
    RemoteMetrics,
)
from soak.questions import ask, is_right

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE = 1.0
"""Seconds beyond its deadline after which a call counts as overdue: the machine has other things to do as well."""
_BREATH = 0.01
_THREADS = 8
_TASKS = 32


class Tally:
    """What has come of the calls; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.outcomes: Counter[str] = Counter()
        self.overdue = 0
        self.wrong = 0

    def note(self, outcome: str, elapsed: float, timeout: float, *, is_wrong: bool = False) -> None:
        """Note how a call has ended."""
        with self._lock:
            self.outcomes[outcome] += 1
            self.overdue += elapsed > timeout + GRACE
            self.wrong += is_wrong


def timeout_of(choose: Random) -> float:
    """Return a deadline: mostly enough, now and then far too little."""
    return choose.choice((0.0005, 0.005, 0.05, 0.5, 0.5, 1.0, 1.0))


class ThreadCallers:
    """Threads on one `Remote`, and as many on a `ConnectionPool`."""

    def __init__(self, address: str, tally: Tally, is_over: Callable[[], bool]) -> None:
        config = RemoteConfig(connect_timeout=1.0, read_timeout=2.0, max_connections=4)
        self._tally, self._is_over = tally, is_over
        self._remote, self._pool = Remote(address, config), ConnectionPool(address, config)
        self._threads = [
            threading.Thread(target=run, args=(Random(seed),))
            for seed in range(_THREADS)
            for run in (self._use_remote, self._use_pool)
        ]

    def start(self) -> None:
        """Begin to call."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> RemoteMetrics:
        """Wait for the end of all calls, close, and return what was counted."""
        for thread in self._threads:
            thread.join()
        found = RemoteMetrics.total((self._remote.metrics, self._pool.metrics.calls))
        self._remote.close()
        self._pool.close()
        return found

    def _use_remote(self, choose: Random) -> None:
        while not self._is_over():
            self._call(choose, self._remote, timeout_of(choose), time.monotonic())

    def _use_pool(self, choose: Random) -> None:
        while not self._is_over():
            timeout, started = timeout_of(choose), time.monotonic()
            try:
                with self._pool.connection(timeout) as remote:
                    for _ in range(choose.randrange(5)):
                        self._call(choose, remote, timeout, time.monotonic())
            except RemoteError as error:
                self._tally.note(f"pool: {type(error).__name__}", time.monotonic() - started, timeout)
                time.sleep(_BREATH)

    def _call(self, choose: Random, remote: Remote, timeout: float, started: float) -> None:
        request = ask(choose)
        try:
            if choose.random() < 0.05:
                remote.invoke_oneway(request, timeout)
                self._tally.note("one-way", time.monotonic() - started, timeout)
                return
            answer = remote.invoke(request, timeout)
        except RemoteError as error:
            self._tally.note(type(error).__name__, time.monotonic() - started, timeout)
            time.sleep(_BREATH)
        else:
            outcome = "answered" if answer.code == 0 else f"refused ({int(answer.code)})"
            elapsed = time.monotonic() - started
            self._tally.note(outcome, elapsed, timeout, is_wrong=not is_right(request, answer))


class TaskCallers:
    """Tasks on one `AsyncRemote`, and as many on an `AsyncConnectionPool`."""

    def __init__(self, address: str, tally: Tally, is_over: Callable[[], bool]) -> None:
        self._address, self._tally, self._is_over = address, tally, is_over
        self._config = RemoteConfig(connect_timeout=1.0, read_timeout=2.0, max_connections=4, max_in_flight=24)
        self.tasks_left = 0

    async def run(self) -> RemoteMetrics:
        """Call until it is over; return what was counted."""
        remote = AsyncRemote(self._address, self._config)
        pool = AsyncConnectionPool(self._address, self._config)
        async with asyncio.TaskGroup() as group:
            for seed in range(_TASKS):
                group.create_task(self._use_remote(Random(1000 + seed), remote))
                group.create_task(self._use_pool(Random(2000 + seed), pool))
        found = RemoteMetrics.total((remote.metrics, pool.metrics.calls))
        await remote.close()
        await pool.close()
        self.tasks_left = len(asyncio.all_tasks()) - 1
        return found

    async def _use_remote(self, choose: Random, remote: AsyncRemote) -> None:
        while not self._is_over():
            await self._call(choose, remote)

    async def _use_pool(self, choose: Random, pool: AsyncConnectionPool) -> None:
        while not self._is_over():
            timeout, started = timeout_of(choose), time.monotonic()
            try:
                async with pool.connection(timeout) as remote:
                    for _ in range(choose.randrange(5)):
                        await self._call(choose, remote)
            except RemoteError as error:
                self._tally.note(f"pool: {type(error).__name__}", time.monotonic() - started, timeout)
                await asyncio.sleep(_BREATH)

    async def _call(self, choose: Random, remote: AsyncRemote) -> None:
        request, timeout, started = ask(choose), timeout_of(choose), time.monotonic()
        try:
            if choose.random() < 0.05:
                await remote.invoke_oneway(request, timeout)
                self._tally.note("one-way", time.monotonic() - started, timeout)
                return
            if choose.random() < 0.1:
                async with asyncio.timeout(choose.random() * 0.02):
                    answer = await remote.invoke(request, timeout)
            else:
                answer = await remote.invoke(request, timeout)
        except TimeoutError:
            self._tally.note("cancelled", time.monotonic() - started, timeout)
        except RemoteError as error:
            self._tally.note(type(error).__name__, time.monotonic() - started, timeout)
            await asyncio.sleep(_BREATH)
        else:
            outcome = "answered" if answer.code == 0 else f"refused ({int(answer.code)})"
            elapsed = time.monotonic() - started
            self._tally.note(outcome, elapsed, timeout, is_wrong=not is_right(request, answer))
