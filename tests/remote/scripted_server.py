"""A server on a loopback port that does what a test tells it, byte by byte if need be."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from listener import WAIT, Listener
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CommandFlag
from pyrocketmq.model.frame import FrameDecoder

if TYPE_CHECKING:
    from collections.abc import Callable


class Peer:
    """The server's end of one connection."""

    def __init__(self, server: ScriptedServer, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.reads = threading.Event()
        """While it is not set, the server takes no bytes."""
        self.reads.set()
        self._lock = threading.Lock()

    def send(self, data: bytes) -> None:
        with self._lock, suppress(OSError):
            self.sock.sendall(data)

    def answer(self, request: RemotingCommand, code: int = 0, **fields: str) -> None:
        self.send(answer_to(request, code, **fields))

    def push(self, code: int, opaque: int = 1, flag: int = 0) -> None:
        """Send a request to the client."""
        self.send(RemotingCommand(code, opaque=opaque, flag=flag).encode())

    def close(self) -> None:
        """Close the connection in good order."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Break the connection."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def answer_to(request: RemotingCommand, code: int = 0, **fields: str) -> bytes:
    return RemotingCommand(code, opaque=request.opaque, flag=CommandFlag.RESPONSE, ext_fields=fields or None).encode()


def answer(peer: Peer, request: RemotingCommand) -> None:
    """Answer every request with success and its own code; the default script."""
    if not request.is_oneway:
        peer.answer(request, code_received=str(request.code))


def ignore(peer: Peer, request: RemotingCommand) -> None:
    """Answer nothing."""


def take_nothing(peer: Peer) -> None:
    """Read no bytes, until told; for `on_connect`."""
    peer.reads.clear()


class ScriptedServer:
    """Accepts connections and calls the script with each request.

    Args:
        script: Called with the peer and each request, on a thread per connection.
        on_connect: Called with each new peer first.
        tls: Context for TLS.
    """

    def __init__(
        self,
        script: Callable[[Peer, RemotingCommand], None] = answer,
        on_connect: Callable[[Peer], None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.script = script
        self.peers: list[Peer] = []
        self.received: list[RemotingCommand] = []
        """All requests and answers of clients."""
        self._on_connect = on_connect
        self._tls = tls
        self._listener = Listener(self._serve, "scripted-server")
        self.port = self._listener.port
        self.address = self._listener.address

    async def wait_for_requests(self, number: int) -> list[RemotingCommand]:
        await eventually(lambda: len(self.received) >= number)
        return self.received

    def stop_listening(self) -> None:
        """Refuse further connections, and read no more of those that there are."""
        self._listener.stop()

    def close(self) -> None:
        self._listener.stop()
        for peer in self.peers:
            peer.reads.set()
            peer.close()
        self._listener.close()

    def _serve(self, sock: socket.socket) -> None:
        if self._tls is not None:
            sock = self._tls.wrap_socket(sock, server_side=True)
        with sock:
            peer = Peer(self, sock)
            self.peers.append(peer)
            if self._on_connect is not None:
                self._on_connect(peer)
            if self._listener.is_stopped:  # in between, so that `close` has not seen this peer, or too early
                peer.reads.set()
            self._read(peer)

    def _read(self, peer: Peer) -> None:
        decoder = FrameDecoder()
        while peer.reads.wait(WAIT) and not self._listener.is_stopped:
            size = peer.sock.recv_into(decoder.get_buffer())
            if size == 0:
                return
            for frame in decoder.buffer_updated(size):
                request = RemotingCommand.decode(frame)
                self.received.append(request)
                if not request.is_response:
                    self.script(peer, request)


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until a condition holds that nobody announces."""
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.001)
