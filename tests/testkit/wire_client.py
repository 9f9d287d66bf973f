"""A client that knows frames and commands and nothing else, for tests of the servers' bytes."""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any, TypeVar

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CommandFlag, SerializeType
from pyrocketmq.model.frame import FrameDecoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from pyrocketmq.model.declaration.header import Reply, Request

    ReplyT = TypeVar("ReplyT", bound=Reply)

TIMEOUT = 5.0


class WireClient:
    """One connection; a context manager.

    Args:
        address: `host:port`.
        tls: For a connection by TLS.
    """

    def __init__(self, address: str, *, tls: ssl.SSLContext | None = None) -> None:
        host, _, port = address.rpartition(":")
        plain = socket.create_connection((host, int(port)), TIMEOUT)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = plain if tls is None else tls.wrap_socket(plain, server_hostname=host)
        self.address = "{}:{}".format(*plain.getsockname()[:2]) if tls is None else ""
        self._selector = selectors.DefaultSelector()  # unlike `select` it takes file numbers of any size
        self._selector.register(self.socket, selectors.EVENT_READ)
        self._decoder = FrameDecoder()
        self._opaque = 0
        self.frames: list[bytes] = []
        """All frames received."""
        self.answers: dict[int, RemotingCommand] = {}
        self.pushes: list[RemotingCommand] = []

    def start(
        self,
        request: Request[Any],
        *,
        version: int = 475,
        oneway: bool = False,
        serialize_type: SerializeType = SerializeType.JSON,
        fields: dict[str, str] | None = None,
    ) -> int:
        """Send a request and return its opaque."""
        self._opaque += 1
        command = request.to_command(
            self._opaque, CommandFlag.ONEWAY if oneway else 0, version=version, serialize_type=serialize_type
        )
        command.ext_fields = {**(command.ext_fields or {}), **(fields or {})}
        self.socket.sendall(command.encode())
        return self._opaque

    def call(self, request: Request[Any], **options: Any) -> RemotingCommand:
        """Send a request and return its answer."""
        return self.answer(self.start(request, **options))

    def reply(self, request: Request[ReplyT], **options: Any) -> ReplyT:
        """Send a request and return its answer in its declared form."""
        return request.REPLY.from_command(self.call(request, **options))  # type: ignore[return-value]

    def answer(self, opaque: int, timeout: float = TIMEOUT) -> RemotingCommand:
        """Return the answer to a request that was sent before."""
        self.receive_until(lambda: opaque in self.answers, timeout)
        return self.answers.pop(opaque)

    def has_answer(self, opaque: int) -> bool:
        """Whether an answer has come, or is on its way to this process."""
        self._receive(0.02)
        return opaque in self.answers

    def push(self, code: int, timeout: float = TIMEOUT) -> RemotingCommand:
        """Return the next request of the server's with this code."""
        self.receive_until(lambda: any(push.code == code for push in self.pushes), timeout)
        found = next(push for push in self.pushes if push.code == code)
        self.pushes.remove(found)
        return found

    def is_closed_within(self, timeout: float = TIMEOUT) -> bool:
        """Whether the server ends the connection in this time."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            try:
                self._receive(left)
            except ConnectionError:
                return True
        return False

    def receive_until(self, happened: Callable[[], bool], timeout: float = TIMEOUT) -> None:
        """Receive until something happened."""
        deadline = time.monotonic() + timeout
        while not happened():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"it did not happen within {timeout:g} s")
            self._receive(left)

    def _receive(self, timeout: float) -> None:
        pending = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
        if not pending and not self._selector.select(timeout):
            return
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the server closed the connection")
        for frame in self._decoder.feed(data):
            self.frames.append(bytes(frame))
            command = RemotingCommand.decode(frame)
            if command.is_response:
                self.answers[command.opaque] = command
            else:
                self.pushes.append(command)

    def close(self) -> None:
        """Close the connection."""
        self._selector.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
