"""`Server`: one listening address that takes frames, has them handled, and answers."""

from __future__ import annotations

import selectors
import socket
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CommandFlag, ResponseCode, SerializeType
from pyrocketmq.model.errors import FieldError, ProtocolError
from pyrocketmq.testkit.answer import answer_frame, request_frame
from pyrocketmq.testkit.connection import Connection
from pyrocketmq.testkit.exchange import Exchange, Held
from pyrocketmq.testkit.refusal import Failure, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.model.declaration.header import Reply, Request
    from pyrocketmq.testkit.handlers.table import Handler, HandlerTable
    from pyrocketmq.testkit.loop import ServerLoop
    from pyrocketmq.testkit.recorder import Recorder
    from pyrocketmq.testkit.refusal import Relayed
    from pyrocketmq.testkit.version import Profile

_RESPONSE: Final = CommandFlag.RESPONSE.value
_ONEWAY: Final = CommandFlag.ONEWAY.value
_BACKLOG: Final = 512
_IDLE_LIMIT: Final = 120_000
_IDLE_SCAN: Final = 1_000
_CALL_LIMIT: Final = 10_000
# Milliseconds: silence after which a connection is closed, how often that is looked at, and how long a client has to
# answer a server's own request.


class Server:
    """A fake server: socket, connections, dispatch. `BrokerServer` and `NameServer` say what it answers.

    All methods belong to the loop's thread.

    Attributes:
        name: The broker's name, or `namesrv`; the journal shows it.
        profile: The version that it plays.
        loop: The thread that it lives on.
        clock: Its time.
        host: IP address that it listens on.
        port: Its port; known from `open` on.
        connections: The connections that are open.
        tls_mode: Which connections it takes.
    """

    def __init__(
        self,
        loop: ServerLoop,
        recorder: Recorder,
        handlers: HandlerTable[Any],
        profile: Profile,
        *,
        name: str,
        host: str,
        port: int,
    ) -> None:
        self.loop = loop
        self.clock = loop.clock
        self.profile = profile
        self.name = name
        self.host = host
        self.port = port
        self.connections: set[Connection] = set()
        self.tls_mode = recorder.tls_mode
        self._recorder = recorder
        self._handlers = handlers.known_to(profile)
        self._listener: socket.socket | None = None
        self._next_opaque = count()
        loop.timers.call_every(_IDLE_SCAN, self._close_idle)

    @property
    def address(self) -> str:
        """Where it listens, `127.0.0.1:43127`."""
        return f"{self.host}:{self.port}"

    @property
    def is_open(self) -> bool:
        """Whether it takes connections."""
        return self._listener is not None

    def open(self) -> None:
        """Start to serve; on the port that it had before, if it was open once.

        Raises:
            OSError: the address cannot be used.
        """
        self.listen()

    def close(self) -> None:
        """Stop listening and break all connections."""
        self.stop_listening()
        for connection in list(self.connections):
            connection.abort()

    def listen(self) -> None:
        """Take connections.

        Raises:
            OSError: the address cannot be used.
        """
        if self._listener is not None:
            return
        listener = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
            listener.listen(_BACKLOG)
            listener.setblocking(False)
        except BaseException:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._listener = listener
        self.loop.watch(listener, selectors.EVENT_READ, self._accept)

    def stop_listening(self) -> None:
        """Take no more connections; those that exist go on."""
        if self._listener is not None:
            self.loop.unwatch(self._listener)
            self._listener.close()
            self._listener = None

    def connection_lost(self, connection: Connection) -> None:
        """Take note that a connection is closed."""
        self.connections.discard(connection)

    def refuse_unknown(self, code: int) -> Refusal | None:
        """Return the answer to a request code that is not known, if there is one."""
        return Refusal(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, f" request type {code} not supported")

    def admit(self, exchange: Exchange) -> None:
        """Let a request through, or not. That comes first: a server that refuses does not tell what it knows.

        Raises:
            Refusal: it is not handled at all.
        """

    def _accept(self, events: int) -> None:
        if self._listener is None:
            return
        while True:
            try:
                sock, peer = self._listener.accept()
            except BlockingIOError:
                return
            connection = Connection(self.loop, self, sock, peer[:2])
            self.connections.add(connection)
            self._recorder.faults.meet_connection(self, connection)

    def _close_idle(self) -> None:
        before = self.clock.now() - _IDLE_LIMIT
        for connection in [one for one in self.connections if one.last_active <= before]:
            connection.abort()

    # Requests of clients.

    def receive(self, connection: Connection, frame: bytes | bytearray) -> None:
        """Handle one frame.

        Raises:
            ProtocolError: it is none.
        """
        command = RemotingCommand.decode(frame)
        if command.flag & _RESPONSE:
            call = connection.calls.pop(command.opaque, None)
            if call is not None:
                call(command)
            return
        exchange = Exchange(self.name, connection, command, frame, connection.last_active)
        recorder = self._recorder
        recorder.requests.add(exchange)
        if not recorder.faults.meet_request(self, exchange):
            self.handle(exchange)

    def handle(self, exchange: Exchange) -> None:
        """Have a request handled and answer it."""
        try:
            outcome = self._outcome(exchange)
        except Refusal as refusal:
            outcome = refusal
        if outcome is None:
            exchange.release()
        elif isinstance(outcome, Held):
            outcome.when_settled(lambda settled: self.answer(exchange, settled, held=True))
        else:
            self.answer(exchange, outcome)

    def _outcome(self, exchange: Exchange) -> Reply | Refusal | Held[Any] | None:
        self.admit(exchange)
        command = exchange.command
        handler = self._handlers.get(command.code)
        if handler is None:
            return self.refuse_unknown(command.code)
        try:
            request = _declared_form(handler, command)
        except ProtocolError as error:
            return handler.malformed(self, error, exchange)
        try:
            return handler.function(self, request, exchange)
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001  # a bug of the fake: clients see what a bug of a server looks like
            self.loop.errors.append(error)
            return Failure(f"java.lang.RuntimeException: {error}")

    def answer(self, exchange: Exchange, outcome: Reply | Refusal | Relayed, *, held: bool = False) -> None:
        """Answer a request, unless it was oneway.

        Args:
            exchange: The request.
            outcome: The reply or refusal.
            held: Whether it was kept for later, which has an influence on its encoding.
        """
        command = exchange.command
        exchange.release()
        if command.flag & _ONEWAY:
            return
        serialize_type = SerializeType.JSON
        if self.profile.mirrors_serialize_type and not held:
            serialize_type = command.serialize_type
        self.send_answer(exchange, answer_frame(outcome, command.opaque, self.profile.number, serialize_type))

    def send_answer(self, exchange: Exchange, frame: bytes) -> None:
        """Send the bytes that answer a request, unless a fault does something else with them."""
        self._recorder.requests.answered(exchange, frame, self.clock.now())
        if exchange.fault is None:
            exchange.connection.send(frame)
        else:
            exchange.fault.deliver(self, exchange, frame)

    # Requests to clients.

    def push(
        self,
        connection: Connection,
        request: Request[Any],
        *,
        answered: Callable[[RemotingCommand | None], None] | None = None,
        limit: int = _CALL_LIMIT,
    ) -> None:
        """Send a request to a client.

        Args:
            connection: Where the client is.
            request: What to ask.
            answered: Called once with the client's answer, or with `None` when the connection breaks or the client
                takes too long; without it the request is oneway.
            limit: Milliseconds that the client has.
        """
        opaque = next(self._next_opaque)
        frame = request_frame(
            request.CODE,
            request.to_fields(),
            request.encode_body(),
            opaque,
            self.profile.number,
            oneway=answered is None,
        )
        exchange = Exchange(self.name, connection, RemotingCommand.decode(frame), frame, self.clock.now())
        self._recorder.pushes.add(exchange)
        if answered is not None:

            def settle(answer: RemotingCommand | None) -> None:
                if answer is not None:
                    self._recorder.pushes.answered(exchange, answer.encode(), self.clock.now())
                answered(answer)

            connection.calls[opaque] = settle
            self.loop.timers.call_later(limit, lambda: _give_up(connection, opaque))
        connection.send(frame)


def _give_up(connection: Connection, opaque: int) -> None:
    call = connection.calls.pop(opaque, None)
    if call is not None:
        call(None)


def _declared_form(handler: Handler, command: RemotingCommand) -> Request[Any]:
    """Return the request, read as a Java server does: a field that does not parse counts as missing.

    Raises:
        ProtocolError: a required field is missing, or the body is not what the request has.
    """
    received = command.ext_fields or {}
    if not received.keys() >= handler.needed:
        raise FieldError(handler.request.__name__, min(handler.needed - received.keys()), None, "a value")
    while True:
        try:
            return handler.request.from_command(command)
        except FieldError as error:
            fields = command.ext_fields or {}
            if error.text is not None:
                command.ext_fields = {name: text for name, text in fields.items() if name != error.field}
            elif error.field in handler.absent:
                command.ext_fields = {**fields, error.field: handler.absent[error.field]}
            else:
                raise
