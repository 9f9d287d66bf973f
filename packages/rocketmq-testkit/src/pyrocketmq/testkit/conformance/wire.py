"""The suite's own client: connections that send bytes and keep what comes until someone asks for it."""

from __future__ import annotations

import selectors
import socket
from typing import TYPE_CHECKING, Final, Protocol

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.frame import FrameDecoder
from pyrocketmq.testkit.endpoint import endpoint_of

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_CONNECT_WITHIN: Final = 5.0
_AT_ONCE: Final = 1 << 18


class Connection(Protocol):
    """What a case does its steps with.

    Attributes:
        answers: Answers nobody has taken yet, by opaque.
        arrivals: Opaques of all answers, in the order in which they came.
        pushes: Requests of the server's that nobody has taken yet.
    """

    answers: dict[int, RemotingCommand]
    arrivals: list[int]
    pushes: list[RemotingCommand]

    @property
    def local(self) -> str:
        """Its own address."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether the server has closed it."""
        ...

    def send(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            OSError: the connection is broken.
        """
        ...

    def close(self) -> None:
        """Close the connection; harmless when it is closed."""
        ...


class Connections(Protocol):
    """Where cases get their connections from."""

    def connect(self, address: str) -> Connection:
        """Open a connection.

        Raises:
            OSError: nobody listens there.
        """
        ...


class Receiver(Protocol):
    """Takes in what comes for any case."""

    def receive(self, timeout: float) -> bool:
        """Wait until something comes, and take it in; see `Network.receive`."""
        ...


class Client:
    """One connection over the wire; see `Connection`.

    Attributes:
        local: Its own address.
        is_closed: Whether the server has closed it.
    """

    def __init__(self, network: Network, address: str) -> None:
        self._network = network
        self.socket = socket.create_connection(endpoint_of(address), _CONNECT_WITHIN)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.local = "{}:{}".format(*self.socket.getsockname()[:2])
        self.answers: dict[int, RemotingCommand] = {}
        self.arrivals: list[int] = []
        self.pushes: list[RemotingCommand] = []
        self.is_closed = False
        self._decoder = FrameDecoder()

    def send(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            OSError: the connection is broken.
        """
        self.socket.sendall(data)

    def receive(self) -> None:
        """Take in what has come.

        Raises:
            ProtocolError: it is no frame.
        """
        try:
            data = self.socket.recv(_AT_ONCE)
        except ConnectionError:
            data = b""
        if not data:
            self.is_closed = True
            self._network.forget(self)
        for frame in self._decoder.feed(data):
            command = RemotingCommand.decode(frame)
            if command.is_response:
                self.answers[command.opaque] = command
                self.arrivals.append(command.opaque)
            else:
                self.pushes.append(command)

    def close(self) -> None:
        """Close the connection; harmless when it is closed."""
        self._network.forget(self)
        self.socket.close()


class Network:
    """All connections of a run, waited for together; a context manager."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._open: set[Client] = set()

    def connect(self, address: str) -> Client:
        """Open a connection.

        Raises:
            OSError: nobody listens there.
        """
        client = Client(self, address)
        self._selector.register(client.socket, selectors.EVENT_READ, client)
        self._open.add(client)
        return client

    def forget(self, client: Client) -> None:
        """Wait for a connection no more."""
        if client in self._open:
            self._open.discard(client)
            self._selector.unregister(client.socket)

    def receive(self, timeout: float) -> bool:
        """Wait until something comes, and take it in.

        Args:
            timeout: Seconds to wait at most; 0 only looks.

        Returns:
            Whether something came.
        """
        ready = self._selector.select(timeout)
        for key, _ in ready:
            key.data.receive()
        return bool(ready)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._selector.close()
