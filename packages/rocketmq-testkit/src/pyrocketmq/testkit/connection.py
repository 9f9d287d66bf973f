"""Bytes in and out of one client's socket."""

from __future__ import annotations

import selectors
import socket
import ssl
import struct
from typing import TYPE_CHECKING, Protocol

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import MAX_FRAME_SIZE, FrameDecoder
from pyrocketmq.testkit.tls import HANDSHAKE, TlsLayer, TlsMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.testkit.loop import ServerLoop
    from pyrocketmq.testkit.version import Profile

_READ = selectors.EVENT_READ
_WRITE = selectors.EVENT_WRITE
_LENGTH_SIZE = 4
_TLS_READ = 64 * 1024
_ABORT = struct.pack("ii", 1, 0)
# SO_LINGER with a time of zero: closing the socket then sends a reset.


class Owner(Protocol):
    """Who takes what comes over a connection."""

    @property
    def profile(self) -> Profile:
        """The version that is played."""
        ...

    @property
    def tls_mode(self) -> TlsMode:
        """Whether the peer may speak TLS."""
        ...

    def receive(self, connection: Connection, frame: bytes | bytearray) -> None:
        """Handle one frame.

        Raises:
            ProtocolError: it is none.
        """
        ...

    def connection_lost(self, connection: Connection) -> None:
        """Take note that a connection is closed."""
        ...


class Connection:
    """One accepted connection of a server. All methods belong to the loop's thread.

    Attributes:
        peer: IP address and port of the client.
        peer_text: The same as `127.0.0.1:43127`.
        calls: What waits for the client's answers to the server's own requests, by opaque.
        last_active: The server's time when bytes last came or went, in milliseconds since 1970.
        is_open: Whether it can still be used.
    """

    def __init__(self, loop: ServerLoop, server: Owner, sock: socket.socket, peer: tuple[str, int]) -> None:
        self.peer = peer
        self.peer_text = f"{peer[0]}:{peer[1]}"
        self.calls: dict[int, Callable[[RemotingCommand | None], None]] = {}
        self.last_active = loop.clock.now()
        self.is_open = True
        self._loop = loop
        self._server = server
        self._socket = sock
        self._decoder = FrameDecoder()
        self._outgoing: list[bytes] = []
        self._blocked = False
        self._closing = False
        self._has_begun = False
        self._is_doomed = False
        self._tls: TlsLayer | None = None
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop.watch(sock, _READ, self._ready)

    def send(self, data: bytes) -> None:
        """Send bytes; they go out together with all others of this turn of the loop."""
        if self.is_open:
            if not self._outgoing:  # otherwise they wait for the end of the turn already, or for the client to read
                self._loop.at_end_of_turn(self._flush)
            self._outgoing.append(data if self._tls is None else self._tls.encrypt(data))

    def send_at_once(self, data: bytes) -> None:
        """Send bytes in a packet of their own, as far as the system lets them go."""
        if self.is_open:
            self._outgoing.append(data if self._tls is None else self._tls.encrypt(data))
            self._write()

    def close(self) -> None:
        """Close once everything that was to be sent is sent."""
        if self.is_open:
            self._closing = True
            self._loop.at_end_of_turn(self._flush)

    def abort(self, *, reset: bool = False) -> None:
        """Close at once; what was not sent is lost.

        Args:
            reset: Send a TCP reset instead of an orderly end.
        """
        if not self.is_open:
            return
        self.is_open = False
        if reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self._loop.unwatch(self._socket)
        self._socket.close()
        self._outgoing.clear()
        self._server.connection_lost(self)
        calls, self.calls = self.calls, {}
        for call in calls.values():
            call(None)

    def end_output(self) -> None:
        """Send all there is, then the end of the stream; the client may go on sending."""
        self._write()
        if self.is_open:
            self._socket.shutdown(socket.SHUT_WR)

    def _ready(self, events: int) -> None:
        if events & _WRITE:
            self._flush()
        if events & _READ and self.is_open:
            self._read()

    def _read(self) -> None:
        if self._tls is not None:
            self._read_tls(self._tls)
            return
        space = self._decoder.get_buffer()
        size = self._receive_into(space)
        if not size:
            return
        if not self._has_begun:
            self._has_begun = True
            if space[0] == HANDSHAKE or self._server.tls_mode is TlsMode.ENFORCING:
                self._begin_tls(bytes(space[:size]))
                return
        self._take_in(bytes(space[:size]) if size == _LENGTH_SIZE else b"", size)

    def _receive_into(self, space: memoryview) -> int:
        """Receive; returns 0 where there is nothing to handle, and closes the connection where it has ended."""
        try:
            size = self._socket.recv_into(space)
        except BlockingIOError:
            return 0
        except OSError:
            size = 0  # the client reset the connection
        if size == 0 or self._is_doomed:
            self.abort()
            return 0
        self.last_active = self._loop.clock.now()
        return size

    def _take_in(self, length: bytes, size: int) -> None:
        """Handle bytes that were received into the decoder's buffer.

        Args:
            length: The bytes, if they are as many as a length field has.
            size: Their number.
        """
        is_at_frame = self._decoder.pending == 0
        try:
            self._handle(self._decoder.buffer_updated(size))
        except ProtocolError:
            # No server answers bytes that are no frame.
            self._is_doomed = is_at_frame and bool(length) and self._is_judged_late(length)
            if not self._is_doomed:
                self.abort()

    def _handle(self, frames: list[bytes | bytearray]) -> None:
        for frame in frames:
            if self.is_open:
                self._server.receive(self, frame)

    def _begin_tls(self, data: bytes) -> None:
        """Speak TLS from now on, if both sides want to."""
        if data[0] != HANDSHAKE or self._server.tls_mode is TlsMode.DISABLED:
            self.abort()
            return
        self._tls = TlsLayer()
        self._decrypt(self._tls, data)

    def _read_tls(self, tls: TlsLayer) -> None:
        space = memoryview(bytearray(_TLS_READ))
        size = self._receive_into(space)
        if size:
            self._decrypt(tls, bytes(space[:size]))

    def _decrypt(self, tls: TlsLayer, data: bytes) -> None:
        try:
            plain = tls.decrypt(data)
        except ssl.SSLError:
            self._outgoing.append(tls.take_outgoing())
            self.close()
            return
        reply = tls.take_outgoing()
        if reply:
            self._outgoing.append(reply)
            self._loop.at_end_of_turn(self._flush)
        try:
            self._handle(self._decoder.feed(plain))
        except ProtocolError:
            self.abort()

    def _is_judged_late(self, length: bytes) -> bool:
        """Whether a length that no frame can have is met only when more bytes come."""
        number = int.from_bytes(length, "big", signed=True)
        return self._server.profile.judges_length_late and 0 <= number <= MAX_FRAME_SIZE

    def _flush(self) -> None:
        self._write()
        if self._closing and not self._outgoing:
            self.abort()

    def _write(self) -> None:
        if not self.is_open or not self._outgoing:
            return
        data = b"".join(self._outgoing)
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.abort()  # the client is gone
            return
        self.last_active = self._loop.clock.now()
        self._outgoing = [data[sent:]] if sent < len(data) else []
        if self._blocked != bool(self._outgoing):
            self._blocked = bool(self._outgoing)
            self._loop.watch_for(self._socket, _READ | _WRITE if self._blocked else _READ, self._ready)
