"""What the connections for threads and for asyncio have in common."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Generic

from pyrocketmq.logging import get_logger
from pyrocketmq.remote.address import Address
from pyrocketmq.remote.errors import (
    Loss,
    RemoteClosedError,
    RemoteConnectionError,
    RemoteError,
    RemoteProtocolError,
    RemoteTimeoutError,
    text_of,
)
from pyrocketmq.remote.events import ConnectionClosed, ConnectionLost, ConnectionOpened
from pyrocketmq.remote.peer import closed_by_peer, unanswered
from pyrocketmq.remote.requests import code_of
from pyrocketmq.remote.session import Session, WaiterT

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.remote.config import RemoteConfig
    from pyrocketmq.remote.events import AsyncEvents, Events
    from pyrocketmq.remote.metrics import Counters
    from pyrocketmq.remote.requests import AnyRequest

_log = get_logger("pyrocketmq.remote")


class ConnectionBase(Generic[WaiterT]):
    """A session with an address, and its failures.

    Args:
        address: The server, for errors.
        config: The remote's settings.
        counters: The remote's counters.
        encode: Makes frames of requests.
        events: Is told of the beginning and the end.
        dialled_at: When the remote began to open it, by the monotonic clock.
    """

    def __init__(
        self,
        address: Address,
        config: RemoteConfig,
        counters: Counters,
        encode: Callable[[AnyRequest, int, int], bytes],
        events: Events | AsyncEvents,
        dialled_at: float,
    ) -> None:
        self.loss: Loss | None = None
        """Why the connection has ended; `None` while it can be used."""
        self.local_address: Address | None = None
        self.last_received = monotonic()
        """When bytes were received last, or else when the connection was opened; by the monotonic clock."""
        self._address = address
        self._read_timeout = config.read_timeout
        self._is_encrypted = config.tls is not False
        self._counters = counters
        self._encode = encode
        self._events = events
        self._dialled_at = dialled_at
        self._session: Session[WaiterT] = Session(counters, config.max_frame_size)

    @property
    def in_flight(self) -> int:
        """Calls that wait for an answer."""
        return len(self._session.waiters)

    def _note_open(self, sock: socket.socket) -> None:
        """Count, log and tell that the connection can be used; before anybody can notice its end."""
        self.local_address = Address(*sock.getsockname()[:2])
        event = ConnectionOpened(
            address=self._address,
            local_address=self.local_address,
            elapsed=monotonic() - self._dialled_at,
            is_reconnect=self._counters.connects > 0,
        )
        self._counters.connects += 1
        fields = {"local_address": str(self.local_address), "elapsed": round(event.elapsed, 6)}
        _log.info("connected to %s", self._address, extra=fields)
        self._events.emit(event)

    def _end_with(self, loss: Loss) -> None:
        """Count the end, then let it be seen: who finds the connection ended finds the loss counted, too."""
        self._counters.losses += loss.kind is not RemoteClosedError
        self.loss = loss

    def _note_end(self, loss: Loss, failed_calls: int) -> None:
        """Log and tell that the connection has ended; without any lock."""
        is_closed = loss.kind is RemoteClosedError
        address, local_address = self._address, self.local_address
        fields = {"local_address": str(local_address), "failed_calls": failed_calls}
        _log.info("connection to %s ended: %s", address, loss.reason, extra=fields)
        self._events.emit(
            ConnectionClosed(address=address, local_address=local_address, failed_calls=failed_calls)
            if is_closed
            else ConnectionLost(
                address=address, local_address=local_address, error=loss.error(address), failed_calls=failed_calls
            )
        )

    def _note_late(self, command: RemotingCommand) -> None:
        _log.debug("dropped a late answer of %s, opaque %d", self._address, command.opaque)

    def _ended(self) -> Loss:
        """Return the loss of a connection that the peer has closed."""
        reason = closed_by_peer(has_spoken=self._session.has_received, is_encrypted=self._is_encrypted)
        return Loss(RemoteConnectionError, reason)

    def _broken(self, error: Exception | None) -> Loss:
        """Return the loss of a connection whose socket has failed."""
        if isinstance(error, ConnectionError) and not self._session.has_received:
            return Loss(RemoteConnectionError, self._ended().reason, error)
        reason = "connection lost" if error is None else f"connection lost: {text_of(error)}"
        return Loss(RemoteConnectionError, reason, error)

    def _unanswered(self) -> str:
        return unanswered(has_spoken=self._session.has_received, is_encrypted=self._is_encrypted)

    def _silent(self) -> Loss:
        reason = f"nothing received for {self._read_timeout:g} s while answers are due: connection held dead"
        return Loss(RemoteConnectionError, reason)

    def _lost(
        self, loss: Loss, request: AnyRequest, started: float, opaque: int | None = None, *, written: bool = False
    ) -> RemoteError:
        return loss.error(
            self._address, code=code_of(request), opaque=opaque, elapsed=monotonic() - started, written=written
        )

    def _timed_out(
        self, request: AnyRequest, started: float, opaque: int | None, *, written: bool, reason: str | None = None
    ) -> RemoteTimeoutError:
        return RemoteTimeoutError(
            reason or (self._unanswered() if written else "not sent in time: the peer takes no bytes"),
            address=self._address,
            code=code_of(request),
            opaque=opaque,
            elapsed=monotonic() - started,
            written=written,
        )


def garbled(error: Exception) -> Loss:
    """Return the loss of a connection on which something came that is no frame."""
    return Loss(RemoteProtocolError, str(error), error)


UNANSWERED = Loss(RemoteConnectionError, "several calls in a row timed out: connection held dead")
