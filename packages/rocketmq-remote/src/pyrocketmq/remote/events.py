"""What becomes of connections, told to whoever listens.

Listeners run where they can hold nothing up and may use the remote themselves: those of a `Remote` on a thread of
their own, those of an `AsyncRemote` in a turn of the event loop of their own. They hear of one remote's events in the
order in which these happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from pyrocketmq.logging import get_logger
from pyrocketmq.remote.worker import Worker

if TYPE_CHECKING:
    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.errors import RemoteError

_log = get_logger("pyrocketmq.remote")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionEvent:
    """Something that happened to a connection.

    Attributes:
        address: The server.
    """

    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOpened(ConnectionEvent):
    """A connection can be used.

    Attributes:
        local_address: This end of it.
        elapsed: Seconds that it took: name look-up, TCP and TLS.
        is_reconnect: Whether the remote has had a connection before.
    """

    local_address: Address
    elapsed: float
    is_reconnect: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFailed(ConnectionEvent):
    """A connection could not be opened.

    Attributes:
        error: Why.
    """

    error: RemoteError


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLost(ConnectionEvent):
    """A connection broke, or was given up because the server seems to be dead or to speak something else.

    Attributes:
        local_address: This end of it.
        error: Why; its class tells the kind, its `reason` is the sentence.
        failed_calls: How many calls failed with it.
    """

    local_address: Address | None
    error: RemoteError
    failed_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionClosed(ConnectionEvent):
    """A connection was closed from this side: by `close()`, or because the server had announced its own end.

    Attributes:
        local_address: This end of it.
        failed_calls: How many calls failed with it.
    """

    local_address: Address | None
    failed_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerGoingAway(ConnectionEvent):
    """The server has refused a call because it is about to end (GO_AWAY, 1500).

    The call, and all that follow, go over a new connection. The old one is closed when its other calls are answered.

    Attributes:
        local_address: This end of the old connection.
    """

    local_address: Address | None


Listener: TypeAlias = Callable[[ConnectionEvent], object]
"""Is told of every event; what it returns is ignored, and what it raises is logged."""


class Events:
    """Tells the listeners of one remote, on a thread that exists only while there is something to tell.

    Args:
        listeners: Who is told.
        address: The server, for the thread's name.
    """

    def __init__(self, listeners: tuple[Listener, ...], address: Address) -> None:
        self._listeners = listeners
        self._address = address
        self.start_over()

    def start_over(self) -> None:
        """Begin without a thread: at first, after `close`, and in a forked process."""
        self._worker = Worker(f"rocketmq-events-{self._address}", 1)

    def emit(self, event: ConnectionEvent) -> None:
        """Have the listeners told; does not wait."""
        for listener in self._listeners:
            if not self._worker.submit(partial(_tell, listener, event)):
                reason = "a listener is too slow, or there is no thread"
                _log.warning("%s of %s is not told: %s", type(event).__name__, event.address, reason)

    def close(self, timeout: float) -> None:
        """Tell what is left to tell, waiting so many seconds at most."""
        worker = self._worker
        self.start_over()
        worker.close(timeout, drop_waiting=False)


class AsyncEvents:
    """Tells the listeners of one remote from the event loop.

    Args:
        listeners: Who is told.
    """

    def __init__(self, listeners: tuple[Listener, ...]) -> None:
        self._listeners = listeners

    def emit(self, event: ConnectionEvent) -> None:
        """Have the listeners told in the next turn of the loop."""
        for listener in self._listeners:
            try:
                asyncio.get_running_loop().call_soon(_tell, listener, event)
            except RuntimeError:  # somebody looked at `is_connected` while no loop runs: nothing can be held up
                _tell(listener, event)


def _tell(listener: Listener, event: ConnectionEvent) -> None:
    try:
        listener(event)
    except Exception:  # noqa: BLE001  # code of the application may raise anything; it is logged
        _log.exception("a listener failed at %s of %s", type(event).__name__, event.address)
