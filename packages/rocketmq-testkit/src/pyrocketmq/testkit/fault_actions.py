"""What faults do, at one of three moments; see `faults`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrocketmq.model.command import RemotingCommand

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.model.declaration.header import Request
    from pyrocketmq.testkit.connection import Connection
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.refusal import Refusal
    from pyrocketmq.testkit.server import Server


class Action:
    """What a fault does; by default nothing."""

    acts_on_connections = False

    def connected(self, connection: Connection) -> None:
        """Act on a new connection."""

    def received(self, server: Server, exchange: Exchange) -> bool:
        """Act on a request; returns whether it must not be handled any more."""
        return False

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send an answer."""
        exchange.connection.send(frame)

    def __str__(self) -> str:
        return type(self).__name__


class Reply(Action):
    """Answer with a refusal instead of handling the request."""

    def __init__(self, refusal: Refusal) -> None:
        self._refusal = refusal

    def received(self, server: Server, exchange: Exchange) -> bool:
        """Refuse it."""
        server.answer(exchange, self._refusal)
        return True


class Delay(Action):
    """Answer later."""

    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send the answer when its time has come."""
        server.loop.timers.call_later(self._milliseconds, lambda: exchange.connection.send(frame))


class Silence(Action):
    """Never answer."""

    def __init__(self, *, handled: bool) -> None:
        self._handled = handled

    def received(self, server: Server, exchange: Exchange) -> bool:
        """Keep the request from its handler, unless it is to take effect."""
        return not self._handled

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send nothing."""


class CloseOnConnect(Action):
    """Close a new connection."""

    acts_on_connections = True

    def __init__(self, *, reset: bool) -> None:
        self._reset = reset

    def connected(self, connection: Connection) -> None:
        """Close it."""
        connection.abort(reset=self._reset)


class CloseAfterReading(Action):
    """Close the connection instead of answering."""

    def __init__(self, *, reset: bool, handled: bool) -> None:
        self._reset = reset
        self._handled = handled

    def received(self, server: Server, exchange: Exchange) -> bool:
        """Close it, once the request has been handled if it is to take effect."""
        if self._handled:
            server.handle(exchange)
        exchange.connection.abort(reset=self._reset)
        return True

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send nothing."""


class CloseAfterAnswering(Action):
    """Answer, then close the connection."""

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send the answer and close."""
        exchange.connection.send(frame)
        exchange.connection.close()


class HalfClose(Action):
    """Answer, then end the server's side of the stream."""

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send the answer and end the output."""
        exchange.connection.send(frame)
        exchange.connection.end_output()


class Slices(Action):
    """Send the answer in pieces of a size."""

    def __init__(self, size: int) -> None:
        self._size = size

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send each in a packet of its own."""
        for start in range(0, len(frame), self._size):
            exchange.connection.send_at_once(frame[start : start + self._size])


class Cut(Action):
    """Send the answer up to a position, then close the connection."""

    def __init__(self, position: int) -> None:
        self._position = position

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send the part and close."""
        exchange.connection.send(frame[: self._position])
        exchange.connection.close()


class Change(Action):
    """Send other bytes than those of the answer."""

    def __init__(self, change: Callable[[bytes], bytes]) -> None:
        self._change = change

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send what the change makes of them."""
        exchange.connection.send(self._change(frame))


class Swap(Action):
    """Send every second answer before the one that came before it."""

    def __init__(self) -> None:
        self._kept: tuple[Exchange, bytes] | None = None

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Keep the answer, or send it and the one that was kept."""
        if self._kept is None:
            self._kept = (exchange, frame)
            return
        first, first_frame = self._kept
        self._kept = None
        exchange.connection.send(frame)
        first.connection.send(first_frame)


class UnaskedRequest(Action):
    """Send the client a request before the answer."""

    def __init__(self, request: Request[Any]) -> None:
        self._request = request

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send the request, then the answer."""
        server.push(exchange.connection, self._request)
        exchange.connection.send(frame)


def flipped(frame: bytes, position: int) -> bytes:
    """Return the frame with one byte inverted."""
    changed = bytearray(frame)
    changed[position] ^= 0xFF
    return bytes(changed)


def with_length(frame: bytes, difference: int) -> bytes:
    """Return the frame with another length in its length field."""
    length = int.from_bytes(frame[:4], "big", signed=True) + difference
    return length.to_bytes(4, "big", signed=True) + frame[4:]


def with_opaque(frame: bytes, difference: int) -> bytes:
    """Return the frame with another opaque."""
    command = RemotingCommand.decode(frame)
    command.opaque += difference
    return command.encode()
