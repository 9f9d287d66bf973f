"""`CassetteRecorder`: stands between clients and real servers and writes what passes."""

from __future__ import annotations

import selectors
import socket
from itertools import count
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.testkit.cassette.addresses import readdressed
from pyrocketmq.testkit.cassette.file import CLIENT, SERVER, CassetteWriter, RecordedFrame
from pyrocketmq.testkit.connection import Connection
from pyrocketmq.testkit.endpoint import endpoint_of
from pyrocketmq.testkit.fake import Fake
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.server import Server
from pyrocketmq.testkit.tls import TlsMode
from pyrocketmq.testkit.version import PROFILES

if TYPE_CHECKING:
    from os import PathLike

    from pyrocketmq.testkit.loop import ServerLoop
    from pyrocketmq.testkit.recorder import Recorder

_PROFILE: Final = PROFILES["5.4.0"]
_CONNECT_LIMIT: Final = 5_000
# Milliseconds for a connection to a real server.


class CassetteRecorder(Fake):
    """Passes everything on between clients and real servers, and writes it to a cassette.

    What NameServers tell about brokers is changed so that clients come through here to the brokers, too; each broker
    gets a port of its own. Clients may connect by TLS; the real servers are asked without. It runs on a thread of its
    own from construction to `stop`; use it as a context manager, plain or async.

    Signatures, access keys, tokens, passwords and the secrets among settings of servers are not written. Message bodies
    and properties are.

    Args:
        upstream: Address of the real NameServer or broker, `10.0.0.5:9876`.
        path: The cassette; replaced if it exists.
        host: IP address to listen on.
        port: Port for the clients of `upstream`; 0 takes a free one.

    Raises:
        OSError: the file cannot be written, or the address not be used.
        ValueError: `upstream` is no address.
    """

    def __init__(self, upstream: str, path: str | PathLike[str], *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.upstream = upstream
        """The real server's address."""
        endpoint_of(upstream)  # says so at once if it is none
        self._host = host
        self._gates: dict[str, _Gate] = {}
        self._numbers = count(1)
        self._writer = CassetteWriter(path, upstream)
        try:
            super().__init__("cassette recorder", None, 0, TlsMode.PERMISSIVE)
        except BaseException:
            self._writer.close()
            raise
        self._began = self.clock.now()
        try:
            self.address = self._call(lambda: self.gate_of(upstream, port))
            """Where clients find it."""
        except BaseException:
            self._stop()
            raise

    def gate_of(self, upstream: str, port: int = 0) -> str:
        """Return where clients find a real server through this recorder; on the loop's thread."""
        gate = self._gates.get(upstream)
        if gate is None:
            gate = _Gate(self._loop, self._recorder, self, upstream, self._host, port)
            self._open(gate)
            self._gates[upstream] = gate
        return gate.address

    def write(self, server: str, connection: int, sender: str, frame: bytes) -> int:
        """Write a frame and return the request code that it belongs to; on the loop's thread."""
        return self._writer.add(RecordedFrame(self.clock.now() - self._began, server, connection, sender, frame))

    def number(self) -> int:
        """Return the number of a new connection."""
        return next(self._numbers)

    def forget(self, connection: int) -> None:
        """Take note that a connection has ended."""
        self._writer.forget(connection)

    def _stop(self) -> None:
        super()._stop()
        self._writer.close()


class _Gate(Server):
    """Where clients connect for one real server."""

    def __init__(
        self, loop: ServerLoop, shared: Recorder, recorder: CassetteRecorder, upstream: str, host: str, port: int
    ) -> None:
        super().__init__(loop, shared, BROKER, _PROFILE, name=upstream, host=host, port=port)
        self._cassette = recorder
        self._links: dict[Connection, _Link] = {}

    def receive(self, connection: Connection, frame: bytes | bytearray) -> None:
        link = self._links.get(connection)
        if link is None:
            link = self._links[connection] = _Link(self.loop, self._cassette, self.name, connection)
        self._cassette.write(self.name, link.number, CLIENT, bytes(frame))
        link.send(bytes(frame))

    def connection_lost(self, connection: Connection) -> None:
        super().connection_lost(connection)
        link = self._links.pop(connection, None)
        if link is not None:
            link.close()


class _Link:
    """The way of one client's connection to its real server."""

    tls_mode = TlsMode.DISABLED
    profile = _PROFILE

    def __init__(self, loop: ServerLoop, recorder: CassetteRecorder, upstream: str, client: Connection) -> None:
        self.number = recorder.number()
        self._loop = loop
        self._recorder = recorder
        self._upstream = upstream
        self._client = client
        self._connection: Connection | None = None
        self._unsent: list[bytes] = []
        self._endpoint = endpoint_of(upstream)
        # Whoever says "localhost" means the IPv4 loopback, where RocketMQ listens.
        family = socket.AF_INET6 if ":" in self._endpoint[0] else socket.AF_INET
        self._socket = socket.socket(family)
        self._socket.setblocking(False)
        self._socket.connect_ex(self._endpoint)  # what it says is known when the socket can be written
        self._is_connecting = True
        self._limit = loop.timers.call_later(_CONNECT_LIMIT, self._give_up)
        loop.watch(self._socket, selectors.EVENT_WRITE, self._connected)

    def send(self, frame: bytes) -> None:
        """Send to the server, as soon as it is connected."""
        if self._connection is None:
            self._unsent.append(frame)
        else:
            self._connection.send(frame)

    def close(self) -> None:
        """End the connection to the server."""
        if self._connection is not None:
            self._connection.abort()
        elif self._is_connecting:
            self._end_connecting()
            self._socket.close()
        self._recorder.forget(self.number)

    def receive(self, connection: Connection, frame: bytes | bytearray) -> None:
        """Pass on what the server sent."""
        code = self._recorder.write(self._upstream, self.number, SERVER, bytes(frame))
        command = RemotingCommand.decode(frame)
        body = readdressed(command.body, code, self._recorder.gate_of)
        if body != command.body:
            command.body = body
            frame = command.encode()
        self._client.send(bytes(frame))

    def connection_lost(self, connection: Connection) -> None:
        """Let the client see that its server is gone."""
        self._client.close()

    def _connected(self, events: int) -> None:
        self._end_connecting()
        if self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._socket.close()
            self._client.abort()
            return
        self._connection = Connection(self._loop, self, self._socket, self._endpoint)
        for frame in self._unsent:
            self._connection.send(frame)
        self._unsent.clear()

    def _give_up(self) -> None:
        if self._is_connecting:
            self._client.abort()

    def _end_connecting(self) -> None:
        self._is_connecting = False
        self._limit.cancel()
        self._loop.unwatch(self._socket)
