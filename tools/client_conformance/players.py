"""The two faces of the public clients: how a call is made so that a case on another thread hears of its end."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from client_conformance.making import MAX_MESSAGE_SIZE
from client_conformance.members import Member
from pyrocketmq import broker, nameserver

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from client_conformance.arguments import Arguments
    from pyrocketmq.model import RemotingCommand

_AT_ONCE: Final = 200
_TIMEOUT: Final = 30.0
_OPEN_AND_CLOSE_WITHIN: Final = 20.0


class Player(Protocol):
    """Makes calls on one face; a context manager.

    Attributes:
        name: "sync" or "async".
        member: The callbacks of that face.
    """

    name: ClassVar[str]
    member: ClassVar[type[Member]]

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def open(self, address: str, *, is_nameserver: bool) -> Any:
        """Return a connected client."""
        ...

    def call(self, client: Any, method: str, arguments: Arguments) -> Future[Any]:
        """Start a call."""
        ...

    def close(self, client: Any) -> None:
        """Disconnect a client."""
        ...


class SyncPlayer:
    """`BrokerClient` and `NameServerClient`; every call on a thread."""

    name: ClassVar = "sync"
    member: ClassVar[type[Member]] = Member

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, "conformance-call")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._threads.shutdown()

    def open(self, address: str, *, is_nameserver: bool) -> Any:
        """Return a connected client."""
        create: Any = nameserver.create_nameserver_client if is_nameserver else broker.create_broker_client
        client = create(address, timeout=_TIMEOUT, max_message_size=MAX_MESSAGE_SIZE)
        client.connect()
        return client

    def call(self, client: Any, method: str, arguments: Arguments) -> Future[Any]:
        """Start a call."""
        return self._threads.submit(getattr(client, method), **arguments)

    def close(self, client: Any) -> None:
        """Disconnect a client."""
        client.disconnect()


class AsyncMember(Member):
    """Callbacks that are coroutines, so that the loop goes on while the case looks at a question."""

    def _wait(self, answer: Future[Any], read: Callable[[RemotingCommand], Any]) -> Any:
        async def wait() -> Any:
            return read(await asyncio.wrap_future(answer))

        return wait()


class AsyncPlayer:
    """`AsyncBrokerClient` and `AsyncNameServerClient`, on an event loop of its own."""

    name: ClassVar = "async"
    member: ClassVar[type[Member]] = AsyncMember

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="conformance-loop", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def open(self, address: str, *, is_nameserver: bool) -> Any:
        """Return a connected client."""

        async def opened() -> Any:
            create: Any = (
                nameserver.create_async_nameserver_client if is_nameserver else broker.create_async_broker_client
            )
            client = await create(address, timeout=_TIMEOUT, max_message_size=MAX_MESSAGE_SIZE)
            await client.connect()
            return client

        return asyncio.run_coroutine_threadsafe(opened(), self._loop).result(_OPEN_AND_CLOSE_WITHIN)

    def call(self, client: Any, method: str, arguments: Arguments) -> Future[Any]:
        """Start a call."""
        return asyncio.run_coroutine_threadsafe(getattr(client, method)(**arguments), self._loop)

    def close(self, client: Any) -> None:
        """Disconnect a client."""
        asyncio.run_coroutine_threadsafe(client.disconnect(), self._loop).result(_OPEN_AND_CLOSE_WITHIN)


PLAYERS: Final[tuple[type[SyncPlayer], type[AsyncPlayer]]] = (SyncPlayer, AsyncPlayer)
"""Both faces."""
