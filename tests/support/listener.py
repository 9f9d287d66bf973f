"""`Listener`: a port of loopback, and a thread for each connection to it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

WAIT = 10.0
"""Seconds after which a wait in a test has failed."""


class Listener:
    """Accepts connections until it is told to stop. Open from the start.

    Args:
        serve: Called with each connection, on a thread of its own. Errors of the socket end it without a word; the
            connection is closed after it.
        name: Of the threads.
    """

    def __init__(self, serve: Callable[[socket.socket], object], name: str = "listener") -> None:
        self._serve = serve
        self._name = name
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._socket.getsockname()[1])
        self.address = f"127.0.0.1:{self.port}"
        self.is_stopped = False
        self._threads = [threading.Thread(target=self._accept, name=name, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        """Accept no more connections; those that there are go on."""
        self.is_stopped = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(WAIT)

    def close(self) -> None:
        """Stop, and wait for the threads, whose connections somebody has to end."""
        self.stop()
        for thread in self._threads:
            thread.join(WAIT)
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._attend, args=(connection,), name=f"{self._name}-peer", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _attend(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self._serve(connection)
