"""One test, both faces: the sync client behind `await`, and the asyncio client as it is.

A test awaits every call. For the sync face the call is made at once, on the test's own thread; the server runs
elsewhere, so nothing waits for the event loop meanwhile.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Protocol

from pyrocketmq import broker, nameserver

if TYPE_CHECKING:
    from collections.abc import Callable


class Face(Protocol):
    """How a test reaches one of the two faces."""

    name: str

    async def client(self, address: str, **settings: Any) -> Any: ...

    async def manager(self, address: str, **settings: Any) -> Any: ...

    async def nameserver(self, address: str, **settings: Any) -> Any: ...


class Awaited:
    """Makes every method of a sync object awaitable."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.target, name)
        if not inspect.ismethod(attribute):
            return attribute
        return self._awaited(attribute)

    def _awaited(self, method: Callable[..., Any]) -> Callable[..., Any]:
        if method.__name__ == "connection":
            return lambda *args, **kwargs: AwaitedContext(method(*args, **kwargs))

        async def call(*args: Any, **kwargs: Any) -> Any:
            return method(*args, **kwargs)

        return call

    async def __aenter__(self) -> Awaited:
        self.target.__enter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        self.target.__exit__(*error)


class AwaitedContext:
    """Makes a sync context manager an asynchronous one."""

    def __init__(self, target: Any) -> None:
        self._target = target

    async def __aenter__(self) -> Awaited:
        return Awaited(self._target.__enter__())

    async def __aexit__(self, *error: Any) -> Any:
        return self._target.__exit__(*error)


class SyncFace:
    """Threads."""

    name = "sync"

    async def client(self, address: str, **settings: Any) -> Any:
        return Awaited(broker.create_broker_client(address, **settings))

    async def manager(self, address: str, **settings: Any) -> Any:
        return Awaited(broker.create_broker_manager(address, **settings))

    async def nameserver(self, address: str, **settings: Any) -> Any:
        return Awaited(nameserver.create_nameserver_client(address, **settings))


class AsyncFace:
    """asyncio."""

    name = "async"

    async def client(self, address: str, **settings: Any) -> Any:
        return await broker.create_async_broker_client(address, **settings)

    async def manager(self, address: str, **settings: Any) -> Any:
        return await broker.create_async_broker_manager(address, **settings)

    async def nameserver(self, address: str, **settings: Any) -> Any:
        return await nameserver.create_async_nameserver_client(address, **settings)


FACES: list[Face] = [SyncFace(), AsyncFace()]
