"""`Remote`: one server, for threads."""

from __future__ import annotations

import threading
import time
import warnings
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from pyrocketmq.remote import fork
from pyrocketmq.remote.begun_call import BegunCall
from pyrocketmq.remote.calls import Call, watched
from pyrocketmq.remote.connection import Connection
from pyrocketmq.remote.dialing import Dialing
from pyrocketmq.remote.errors import (
    Loss,
    RemoteConnectionError,
    RemoteError,
    RemoteTimeoutError,
    of_call,
)
from pyrocketmq.remote.events import Events
from pyrocketmq.remote.handlers import Handler
from pyrocketmq.remote.pushes import Pushes
from pyrocketmq.remote.remote_base import CLOSE_TIMEOUT, CLOSED, DRAIN_PERIOD, FORKED, GO_AWAY, GONE, RemoteBase
from pyrocketmq.remote.requests import code_of

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.config import RemoteConfig
    from pyrocketmq.remote.connection import InFlight
    from pyrocketmq.remote.events import ConnectionEvent
    from pyrocketmq.remote.requests import AnyRequest

_TRUSTED_SILENCE: Final = 0.1
# Seconds after the last received byte for which a connection that nobody reads is taken to be alive unchecked.


class Remote(RemoteBase[Connection, Handler]):
    """A connection to one broker or NameServer; any number of threads may call at once, their requests overlap.

    The connection is opened by `connect` or by the first call, and again by the first call after it was lost. After
    `close` calls fail until `connect` is called again. A forked process opens a connection of its own.

    Args:
        address: `"host:port"`, or an `Address`.
        config: Settings; by default those of the environment.

    Raises:
        ValueError: the address, or a variable of the environment, is not accepted.

    Example:
        ```python
        with Remote("localhost:10911") as remote:
            answer = remote.invoke(GetMaxOffset(topic="orders", queue_id=0))
        ```
    """

    def __init__(self, address: str | Address, config: RemoteConfig | None = None) -> None:
        super().__init__(address, config)
        self._pushes = Pushes(self._handlers, self._address, self._config)
        self._events = Events(self._config.event_listeners, self._address)
        self._set_up()
        fork.watch(self)

    def _set_up(self) -> None:
        self._failures = 0  # attempts to open a connection that failed
        self._failure: Loss | None = None  # of the latest one
        self._state = threading.Lock()  # guards `_connection` and `_is_closed`
        self._dialing = threading.Lock()  # held by the one thread that opens a connection
        self._retired = set()

    @property
    def is_connected(self) -> bool:
        """Whether the connection is open now, as far as can be told without waiting."""
        connection = self._connection
        return connection is not None and connection.is_alive()

    def connect(self, timeout: float | None = None) -> None:
        """Open the connection; does nothing where it is open.

        Args:
            timeout: Deadline in seconds; by default `connect_timeout` of the config.

        Raises:
            RemoteConnectionError: the connection cannot be opened in time.
        """
        with self._state:
            self._is_closed = False
        if not self.is_connected:
            self._open(monotonic() + (self._config.connect_timeout if timeout is None else timeout))

    def close(self) -> None:
        """Close the connection; calls in flight fail. Does nothing where it is closed; any thread may call it."""
        with self._state:
            self._is_closed = True
            connection, self._connection = self._connection, None
            retired, self._retired = self._retired, set()
        for each in (*retired, connection):
            if each is not None:
                each.drop(CLOSED)
                each.join(CLOSE_TIMEOUT)
        self._pushes.close(CLOSE_TIMEOUT)
        self._events.close(CLOSE_TIMEOUT)

    def invoke(self, request: AnyRequest, timeout: float | None = None, *, hold: float = 0.0) -> RemotingCommand:
        """Send a request and return its answer, whatever its code.

        Args:
            request: A declared request or a command.
            timeout: Deadline in seconds, opening a connection included; by default `timeout` of the config.
            hold: Seconds for which the server may hold the answer back (long polling). Silence of the connection
                counts only after that.

        Raises:
            RemoteTimeoutError: no answer in time.
            RemoteConnectionError: no connection could be opened, or it broke; `written` tells whether bytes of the
                request may have been sent.
            RemoteProtocolError: the peer speaks something else.
            ProtocolError: the request cannot be written.
        """
        started = monotonic()
        deadline = started + (self._timeout if timeout is None else timeout)
        if not self._call_hooks:
            return self._exchange(request, started, deadline, hold)
        with watched(self._call_hooks, Call(self._address, request, is_oneway=False)) as call:
            call.answer = self._exchange(request, started, deadline, hold)
            return call.answer

    def begin(self, request: AnyRequest, timeout: float | None = None) -> BegunCall[RemotingCommand] | None:
        """Send a request at once, and leave it to the caller when to wait for its answer.

        No thread is needed for that: the server works while the caller does something else, and the answer is taken
        when it is asked for. Call hooks see a call as a whole; where there are any, nothing is begun.

        Args:
            request: A declared request or a command.
            timeout: Seconds for sending, and later for waiting for the answer; by default `timeout` of the config.

        Returns:
            The call, which has to be finished or abandoned; `None`, where no connection is open or there are hooks:
            then nothing is sent, and `invoke` has to be used.

        Raises:
            RemoteTimeoutError: the peer takes no bytes.
            RemoteConnectionError: the connection broke.
            ProtocolError: the request cannot be written.

        Example:
            ```python
            request = GetMaxOffset(topic="orders", queue_id=0)
            with Remote("localhost:10911") as remote:
                begun = remote.begin(request)
                ...
                answer = remote.invoke(request) if begun is None else begun.result()
            ```
        """
        started = monotonic()
        connection = None if self._call_hooks else self._usable(started)
        if connection is None:
            return None
        seconds = self._timeout if timeout is None else timeout
        flight = connection.begin(request, started, started + seconds)
        return BegunCall(partial(self._finish, connection, flight, seconds), partial(connection.abandon, flight))

    def invoke_oneway(self, request: AnyRequest, timeout: float | None = None) -> None:
        """Send a request that the server does not answer; return when the system has taken it.

        Args:
            request: A declared request or a command.
            timeout: Deadline in seconds, opening a connection included; by default `timeout` of the config.

        Raises:
            RemoteTimeoutError: the peer takes no bytes.
            RemoteConnectionError: no connection could be opened, or it broke before the request was sent.
            ProtocolError: the request cannot be written.
        """
        started = monotonic()
        deadline = started + (self._timeout if timeout is None else timeout)
        if not self._call_hooks:
            return self._send(request, started, deadline)
        with watched(self._call_hooks, Call(self._address, request, is_oneway=True)):
            return self._send(request, started, deadline)

    def register_request_handler(self, code: int, handler: Handler) -> None:  # noqa: D102  # as the base says
        super().register_request_handler(code, handler)
        self.attend()

    def attend(self) -> None:
        """Look for requests of the server at once.

        While there are calls, these are noticed with every answer that is read; after the last call it takes a
        moment (0.1 s, 1 s without handlers) until a thread of the remote reads on. Call this before waiting for a
        request of the server.
        """
        connection = self._connection
        if connection is not None:
            connection.attend()

    def after_fork(self) -> None:
        """Start over in a forked process: the connection is the parent's."""
        if self._connection is not None:
            self._connection.forget_in_child(FORKED)
        self._connection = None
        for retired in self._retired:
            retired.forget_in_child(FORKED)
        self._pushes.start_over()
        self._events.start_over()
        self._set_up()

    def _exchange(self, request: AnyRequest, started: float, deadline: float, hold: float) -> RemotingCommand:
        connection = self._connection_for(request, started, deadline)
        answer = connection.finish(connection.begin(request, started, deadline), started, deadline, hold)
        return answer if answer.code != GO_AWAY else self._resend(connection, request, started, deadline, hold)

    def _finish(self, connection: Connection, flight: InFlight, seconds: float) -> RemotingCommand:
        started = monotonic()
        deadline = started + seconds
        answer = connection.finish(flight, started, deadline, 0.0)
        return answer if answer.code != GO_AWAY else self._resend(connection, flight[0], started, deadline, 0.0)

    def _resend(
        self, connection: Connection, request: AnyRequest, started: float, deadline: float, hold: float
    ) -> RemotingCommand:
        """Send again what a server has not carried out because it is going away; more than once is in vain."""
        self._retire(connection)
        self._counters.resends += 1
        connection = self._open_for(request, monotonic(), deadline)
        return connection.finish(connection.begin(request, started, deadline), started, deadline, hold)

    def _send(self, request: AnyRequest, started: float, deadline: float) -> None:
        self._connection_for(request, started, deadline).send_oneway(request, started, deadline)

    def _connection_for(self, request: AnyRequest, started: float, deadline: float) -> Connection:
        """Return the connection, opened if need be."""
        connection = self._usable(started)
        if connection is None or deadline <= started:
            connection = self._open_for(request, started, deadline)
        return connection

    def _usable(self, now: float) -> Connection | None:
        """Return the connection if it can be used; has a closer look at one that has been silent for a while."""
        connection = self._connection
        if connection is None or connection.loss is not None:
            return None
        if now - connection.last_received > _TRUSTED_SILENCE and not connection.is_alive():
            return None
        return connection

    def _emit(self, event: ConnectionEvent) -> None:
        self._events.emit(event)

    def _retire(self, connection: Connection) -> None:
        """Use a connection for no more calls, and close it when those in flight are over."""
        with self._state:
            if self._connection is not connection:
                return  # another call has been told before
            self._connection = None
            self._retired.add(connection)
        self._note_go_away(connection)
        name = f"rocketmq-retired-{self._address}"
        threading.Thread(target=self._outlast, args=(connection,), name=name, daemon=True).start()

    def _outlast(self, connection: Connection) -> None:
        limit = monotonic() + self._config.read_timeout
        # At least one turn: a call may have chosen this connection just before it was retired.
        while connection.loss is None and monotonic() < limit:
            time.sleep(DRAIN_PERIOD)
            if not connection.in_flight:
                break
        connection.drop(GONE)
        connection.join(CLOSE_TIMEOUT)
        with self._state:
            self._retired.discard(connection)

    def _open_for(self, request: AnyRequest, started: float, deadline: float) -> Connection:
        """Open a connection for a call, or say why the call fails."""
        if self._is_closed:
            raise CLOSED.error(self._address, code=code_of(request))
        try:
            if deadline <= started:
                raise RemoteTimeoutError("no time is left for the call", address=self._address)
            return self._open(min(deadline, started + self._config.connect_timeout))
        except RemoteError as error:
            raise of_call(error, code_of(request), started, deadline) from error.__cause__

    def _open(self, deadline: float) -> Connection:
        """Return the open connection; one thread opens it, others wait for the outcome."""
        # A number, not the failure itself: that would keep each failure alive for as long as the one after it, whose
        # traceback leads to this frame.
        seen = self._failures
        if not self._dialing.acquire(timeout=max(0.0, deadline - monotonic())):
            raise RemoteConnectionError("timed out: another thread is still connecting", address=self._address)
        try:
            connection = self._connection
            if connection is not None and connection.loss is None:
                return connection
            if self._failures != seen:
                self._raise_failure()
            return self._dial(deadline)
        finally:
            self._dialing.release()

    def _raise_failure(self) -> None:
        assert self._failure is not None
        raise self._failure.error(self._address)

    def _dial(self, deadline: float) -> Connection:
        dialled_at = monotonic()
        try:
            sock = Dialing(self._address, self._config, deadline - dialled_at).dial()
        except RemoteConnectionError as error:
            self._note_failure(error)
            # Others share a failure, but not that of a thread which only had too little time.
            if monotonic() < deadline:
                self._failure = Loss(type(error), error.reason, error.__cause__)
                self._failures += 1
            raise
        try:
            connection = Connection(
                sock,
                self._address,
                self._config,
                self._counters,
                self._encode,
                self._events,
                dialled_at,
                self._pushes,
            )
        except BaseException:
            sock.close()
            raise
        with self._state:
            if not self._is_closed:
                self._connection = connection
                return connection
        connection.drop(CLOSED)
        raise CLOSED.error(self._address)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None and connection.loss is None:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
            connection.hang_up()  # no more than that: the garbage collector may be holding any lock
