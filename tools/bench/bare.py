"""A bare socket: the limit that a client in Python can come near to. It sends frames and counts what comes back."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from bench.blocks import Block, Side, all_at_once, one_by_one

RECEIVE_SIZE = 64 * 1024
"""More costs more than it saves: the interpreter allocates the whole buffer for every call."""


class BareSocket:
    """A blocking socket, plain or TLS, and what of an answer has come without its end."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._rest = b""

    def ask(self, frame: bytes) -> None:
        """Send a frame and read until one whole frame has come."""
        receive = self.sock.recv
        self.sock.sendall(frame)
        data = receive(RECEIVE_SIZE)
        while len(data) < 4:
            data += receive(RECEIVE_SIZE)
        missing = int.from_bytes(data[:4], "big") + 4 - len(data)
        while missing > 0:
            missing -= len(receive(RECEIVE_SIZE))

    def fetch(self, frame: bytes) -> bytes:
        """Send a frame and return the whole frame that answers it."""
        receive = self.sock.recv
        self.sock.sendall(frame)
        data = receive(RECEIVE_SIZE)
        missing = int.from_bytes(data[:4], "big") + 4 - len(data)
        parts = [data]
        while missing > 0:
            data = receive(RECEIVE_SIZE)
            parts.append(data)
            missing -= len(data)
        return b"".join(parts)

    def ask_with(self, frame: bytes, depth: int, calls: int) -> None:
        """Send a frame many times, with so many in flight: for every answer read, one is sent."""
        sock = self.sock
        sock.sendall(frame * depth)
        unsent, unanswered = calls - depth, calls
        while unanswered:
            answered = self._read()
            unanswered -= answered
            again = min(answered, unsent)
            if again:
                unsent -= again
                sock.sendall(frame * again)

    def _read(self) -> int:
        """Read once, and return how many answers are whole now."""
        data = self.sock.recv(RECEIVE_SIZE)
        if not data:
            raise ConnectionError("the broker has closed the connection")
        if self._rest:
            data = self._rest + data
        at, end, count = 0, len(data), 0
        while end - at >= 4:
            size = int.from_bytes(data[at : at + 4], "big") + 4
            if size > end - at:
                break
            at += size
            count += 1
        self._rest = data[at:]
        return count


@contextmanager
def bare_socket(address: str, tls: ssl.SSLContext | None = None) -> Generator[BareSocket]:
    """Connect a bare socket."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), 10.0) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(None)  # with a timeout each call would poll first
        if tls is None:
            yield BareSocket(sock)
        else:
            with tls.wrap_socket(sock) as encrypted:
                yield BareSocket(encrypted)


def one_at_a_time(bare: BareSocket, frames: Iterator[bytes]) -> Side:
    """Return a side that asks with one frame after the other."""
    return lambda calls: one_by_one(lambda: bare.ask(next(frames)), calls)


def in_flight(bare: BareSocket, frame: bytes, depth: int) -> Side:
    """Return a side that asks with one frame over and over, so many in flight."""

    def run(calls: int) -> Block:
        return all_at_once(lambda: bare.ask_with(frame, depth, calls), calls)

    return run
