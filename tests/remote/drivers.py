"""One test, both sides of the transport: a test awaits every call, and gathers those that shall overlap.

Calls of the sync side run on threads, so they overlap as the tasks of the asyncio side do.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pyrocketmq.remote import (
    AsyncConnectionPool,
    AsyncRemote,
    ConnectionPool,
    Remote,
    RemoteConfig,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Driver(Protocol):
    """How a test reaches one side."""

    name: str
    threads: bool

    def remote(self, address: str, **settings: Any) -> Any: ...

    def pool(self, address: str, **settings: Any) -> Any: ...

    async def close(self) -> None: ...


class OnThreads:
    """Makes the methods of a sync object awaitable; each call runs on a thread of its own."""

    def __init__(self, target: Any, threads: ThreadPoolExecutor) -> None:
        self.target = target
        self._threads = threads

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.target, name)
        if not inspect.ismethod(attribute) or name.endswith("_handler"):
            return attribute
        return partial(self._call, attribute)

    async def _call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        args = tuple(arg.target if isinstance(arg, OnThreads) else arg for arg in args)
        result = await asyncio.get_running_loop().run_in_executor(self._threads, partial(method, *args, **kwargs))
        return OnThreads(result, self._threads) if isinstance(result, Remote) else result


class SyncDriver:
    """`Remote` and `ConnectionPool`."""

    name = "sync"
    threads = True

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(300)
        self._made: list[Remote | ConnectionPool] = []

    def remote(self, address: str, **settings: Any) -> Any:
        self._made.append(Remote(address, RemoteConfig(**settings)))
        return OnThreads(self._made[-1], self._threads)

    def pool(self, address: str, **settings: Any) -> Any:
        self._made.append(ConnectionPool(address, RemoteConfig(**settings)))
        return OnThreads(self._made[-1], self._threads)

    async def close(self) -> None:
        for made in self._made:
            made.close()
        self._threads.shutdown()


class AsyncDriver:
    """`AsyncRemote` and `AsyncConnectionPool`."""

    name = "async"
    threads = False

    def __init__(self) -> None:
        self._made: list[AsyncRemote | AsyncConnectionPool] = []

    def remote(self, address: str, **settings: Any) -> Any:
        self._made.append(AsyncRemote(address, RemoteConfig(**settings)))
        return self._made[-1]

    def pool(self, address: str, **settings: Any) -> Any:
        self._made.append(AsyncConnectionPool(address, RemoteConfig(**settings)))
        return self._made[-1]

    async def close(self) -> None:
        for made in self._made:
            await made.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others, f"tasks left: {others}"


DRIVERS: list[type[Driver]] = [SyncDriver, AsyncDriver]

sync_only = pytest.mark.parametrize("driver", [SyncDriver], ids=["sync"], indirect=True)
"""For what the asyncio side does not have."""

async_only = pytest.mark.parametrize("driver", [AsyncDriver], ids=["async"], indirect=True)
"""For what the sync side does not have."""

pythons_loop = pytest.mark.skipif(
    os.environ.get("PYROCKETMQ_TEST_LOOP") == "uvloop", reason="replaces parts of Python's own event loop"
)
"""For the few cases that look inside the loop; all others run on uvloop as well."""


class Leaks:
    """Compares threads and open sockets of this process with those of an earlier moment."""

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._sockets = _sockets()

    def assert_none(self) -> None:
        deadline = time.monotonic() + 5
        while (left := self._left()) and time.monotonic() < deadline:
            time.sleep(0.005)  # what has been told to end may need a moment
        assert not left, f"left behind: {left}"

    def _left(self) -> list[object]:
        threads = [t for t in threading.enumerate() if t not in self._threads and not t.name.startswith("asyncio_")]
        return [*threads, *(_sockets() - self._sockets)]


def _sockets() -> set[str]:
    """Return the open TCP sockets of this process; nothing where the system does not tell."""
    tables = [Path("/proc/self/net/tcp"), Path("/proc/self/net/tcp6")]
    lines = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    ends = {f"socket:[{fields[9]}]": f"{fields[1]}->{fields[2]}" for fields in lines}
    found = set()
    for entry in Path("/proc/self/fd").glob("*"):
        try:
            target = os.readlink(entry)
        except OSError:
            continue
        if target in ends:
            found.add(f"{target} {ends[target]}")
    return found
