"""A connected, non-blocking byte stream for threads: plain or TLS, with waits that end.

`receive_into` and `send` never wait: they raise `BlockingIOError` instead. The waits return whether it is worth trying
again, or false when their seconds have passed. One thread may receive while another sends.
"""

from __future__ import annotations

import select
import socket
import sys
import threading
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    Wait = Callable[[float | None], bool]


class PlainStream:
    """TCP."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.receive_into = sock.recv_into
        self.send = sock.send
        self.wait_readable = _waiting_for(sock, "in")
        self.wait_writable = _waiting_for(sock, "out")


class TlsStream:
    """TLS over TCP.

    OpenSSL must not be entered by two threads at once, so each call holds a lock; none of them waits inside.
    """

    def __init__(self, sock: ssl.SSLSocket) -> None:
        import ssl  # imported by now: there is an `SSLSocket`

        self.socket: socket.socket = sock
        self._tls = sock
        self._lock = threading.Lock()
        self._wants_read, self._wants_write = ssl.SSLWantReadError, ssl.SSLWantWriteError
        self._ended = (ssl.SSLZeroReturnError, ssl.SSLEOFError)
        self._wait_in = _waiting_for(sock, "in")
        self.wait_writable = _waiting_for(sock, "out")

    def receive_into(self, buffer: memoryview) -> int:
        """Receive at least one byte; 0 means that the peer has closed."""
        try:
            with self._lock:
                return self._tls.recv_into(buffer)
        except (self._wants_read, self._wants_write) as error:
            raise BlockingIOError from error
        except self._ended:
            return 0

    def send(self, data: bytes | memoryview) -> int:
        """Send some of the bytes, and return how many."""
        try:
            with self._lock:
                return self._tls.send(data)
        except (self._wants_read, self._wants_write) as error:
            raise BlockingIOError from error

    def wait_readable(self, seconds: float | None) -> bool:
        """Wait for bytes; some may be decrypted already."""
        with self._lock:
            if self._tls.pending():
                return True
        return self._wait_in(seconds)


Stream: TypeAlias = PlainStream | TlsStream


def stream_of(sock: socket.socket) -> Stream:
    """Return the stream over a connected socket, which is made non-blocking."""
    sock.setblocking(False)
    if "ssl" in sys.modules:  # otherwise no TLS socket can exist, and the import is slow
        import ssl

        if isinstance(sock, ssl.SSLSocket):
            return TlsStream(sock)
    return PlainStream(sock)


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
