"""A connected byte stream for threads, plain or TLS, with waits that end.

`receive` waits; `send(data, send_flags)`, where possible the socket's own method, never does, and raises
`BlockingIOError` instead. One thread may receive while another sends.

`receive` puts what it has into a list, so that a thread that is interrupted (by a signal whose handler raises, as for
`KeyboardInterrupt`) knows what it has lost: while the list is empty, no byte has left the stream. Between frames that
is bytes of their own, of which an answer that came alone need not be copied any more; the rest of a frame goes into the
buffer that is there for it.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import threading
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    Wait = Callable[[float | None], bool]

_LINUX: Final = sys.platform == "linux"
_PATIENCE: Final = 0.05
# Seconds that the kernel waits inside a receiving call. Longer waits go on with `poll`, which ends when it has to.
_RECEIVE_SIZE: Final = 64 * 1024
_RECEIVE_SIZES: Final = (_RECEIVE_SIZE,)
# What one receiving call returns on loopback at its best.


class PollingStream:
    """TCP on any system: waits until there are bytes, and then takes them."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        sock.setblocking(False)
        self.send = sock.send
        self.send_flags = 0
        self._receive = sock.recv
        self._receive_into = sock.recv_into
        self._wait_in = _waiting_for(sock, "in")
        self.wait_writable = _waiting_for(sock, "out")

    def receive(self, buffer: memoryview | None, seconds: float | None, received: list[int | bytes]) -> None:
        """Wait for bytes for so many seconds (`None`: for ever), and receive some of them.

        Args:
            buffer: Where to put them; `None` for bytes of their own.
            seconds: How long to wait; 0 does not.
            received: Gets their number, or without a buffer themselves: nothing where none came in time, something
                empty or 0 where the peer has closed.

        Raises:
            OSError: the connection is broken.
        """
        if self._wait_in(seconds):
            try:
                # One step for the interpreter: a signal is handled before the bytes are taken, or when `received`
                # tells of them.
                if buffer is None:
                    received.extend(map(self._receive, _RECEIVE_SIZES, (self.send_flags,)))
                else:
                    received.extend(map(self._receive_into, (buffer,), (0,), (self.send_flags,)))
            except BlockingIOError:
                return


class PatientStream(PollingStream):
    """TCP on Linux: short waits are left to the receiving call itself, which saves a system call for each answer."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        sock.setblocking(True)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 0, int(_PATIENCE * 1e6)))
        self.send_flags = socket.MSG_DONTWAIT

    def receive(self, buffer: memoryview | None, seconds: float | None, received: list[int | bytes]) -> None:
        """Do what `PollingStream.receive` does."""
        if seconds is not None and seconds > _PATIENCE:
            try:
                # One step, as there.
                if buffer is None:
                    received.extend(map(self._receive, _RECEIVE_SIZES))
                else:
                    received.extend(map(self._receive_into, (buffer,)))
            except BlockingIOError:
                seconds -= _PATIENCE
            else:
                return
        super().receive(buffer, seconds, received)


class TlsStream:
    """TLS over TCP.

    OpenSSL must not be entered by two threads at once, so each call holds a lock; none of them waits inside.
    """

    def __init__(self, sock: ssl.SSLSocket) -> None:
        import ssl  # imported by now: there is an `SSLSocket`

        self.socket: socket.socket = sock
        sock.setblocking(False)
        self.send_flags = 0
        self._tls = sock
        self._lock = threading.Lock()
        self._wants_read, self._wants_write = ssl.SSLWantReadError, ssl.SSLWantWriteError
        self._ended = (ssl.SSLZeroReturnError, ssl.SSLEOFError)
        self._wait_in = _waiting_for(sock, "in")
        self.wait_writable = _waiting_for(sock, "out")

    def receive(self, buffer: memoryview | None, seconds: float | None, received: list[int | bytes]) -> None:
        """Do what `PollingStream.receive` does."""
        if not self._has_decrypted() and not self._wait_in(seconds):
            return
        received.append(0)  # from here on bytes may be lost: that of Python's which decrypts can be interrupted
        try:
            with self._lock:
                received[0] = self._tls.recv(_RECEIVE_SIZE) if buffer is None else self._tls.recv_into(buffer)
        except (self._wants_read, self._wants_write):
            received.clear()
        except self._ended:
            return

    def send(self, data: bytes | memoryview, flags: int) -> int:
        """Send some of the bytes, and return how many."""
        try:
            with self._lock:
                return self._tls.send(data, flags)
        except (self._wants_read, self._wants_write) as error:
            raise BlockingIOError from error

    def _has_decrypted(self) -> bool:
        with self._lock:
            return bool(self._tls.pending())


Stream: TypeAlias = PollingStream | TlsStream


def stream_of(sock: socket.socket) -> Stream:
    """Return the stream over a connected socket, whose timeout it sets as it needs it."""
    if "ssl" in sys.modules:  # otherwise no TLS socket can exist, and the import is slow
        import ssl

        if isinstance(sock, ssl.SSLSocket):
            return TlsStream(sock)
    return PatientStream(sock) if _LINUX else PollingStream(sock)


def _waiting_for(sock: socket.socket, direction: str) -> Wait:
    """Return a function that waits until the socket can be read or written."""
    if not hasattr(select, "poll"):
        return _selecting(sock, direction)
    poller = select.poll()
    poller.register(sock, select.POLLIN if direction == "in" else select.POLLOUT)
    poll = poller.poll

    def wait(seconds: float | None) -> bool:
        # A negative time would mean to wait for ever.
        return bool(poll(None if seconds is None else seconds * 1000 if seconds > 0 else 0))

    return wait


def _selecting(sock: socket.socket, direction: str) -> Wait:
    """Do the same where there is no `poll`: on Windows, where `select` knows no limit of file numbers."""
    readers, writers = ([sock], []) if direction == "in" else ([], [sock])

    def wait(seconds: float | None) -> bool:
        return any(select.select(readers, writers, readers + writers, None if seconds is None else max(0, seconds)))

    return wait
