"""A relay in front of a server, real or fake, that does to its answers what a test tells it."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from listener import WAIT, Listener
from pyrocketmq.model.frame import FrameDecoder

if TYPE_CHECKING:
    from collections.abc import Callable


class Pair:
    """A client's connection and the one to the server that belongs to it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.is_reset = False
        self.held: list[bytes] = []
        """Answers that were not relayed yet; for scripts."""

    def send(self, data: bytes) -> None:
        """Send to the client."""
        with suppress(OSError):
            self.client.sendall(data)

    def end(self, *, reset: bool = False) -> None:
        """End both connections."""
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            if reset:
                # Closing it resets it then; that is left to the thread that reads it, which this wakes.
                self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.is_reset = True
            self.client.shutdown(socket.SHUT_RD if self.is_reset else socket.SHUT_RDWR)


def relay(pair: Pair, frame: bytes) -> None:
    """Relay an answer as it is; the default script."""
    pair.send(frame)


class Meddler:
    """Relays requests, and hands each whole answer to the script.

    Args:
        target: Address of the server.
        script: Called with the pair and each frame of the server, length word included.
        on_request: Called with the pair and the bytes that a client sent, before they are relayed; what it returns is
            relayed instead.
    """

    def __init__(
        self,
        target: str,
        script: Callable[[Pair, bytes], None] = relay,
        on_request: Callable[[Pair, bytes], bytes] | None = None,
    ) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self.script = script
        self.on_request = on_request
        self.pairs: list[Pair] = []
        self._listener = Listener(self._serve, "meddler")
        self.address = self._listener.address

    def close(self) -> None:
        self._listener.stop()
        for pair in self.pairs:
            pair.end()
        self._listener.close()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(self._target, WAIT)
        server.settimeout(None)
        pair = Pair(client, server)
        self.pairs.append(pair)
        if self._listener.is_stopped:  # in between, so that `close` has not seen this pair
            pair.end()
        back = threading.Thread(target=self._answers, args=(pair,), name="meddler-answers", daemon=True)
        back.start()
        with suppress(OSError):
            while (data := pair.client.recv(65536)) and not pair.is_reset:
                pair.server.sendall(self.on_request(pair, data) if self.on_request else data)
        if pair.is_reset:
            pair.client.close()
        pair.end()
        back.join(WAIT)
        pair.client.close()
        pair.server.close()

    def _answers(self, pair: Pair) -> None:
        decoder = FrameDecoder()
        with suppress(OSError):
            while size := pair.server.recv_into(decoder.get_buffer()):
                for frame in decoder.buffer_updated(size):
                    self.script(pair, bytes(frame))
        pair.end()
