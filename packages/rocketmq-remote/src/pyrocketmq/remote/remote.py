"""`Remote`: one server, for threads."""

from __future__ import annotations

import threading
import warnings
from time import monotonic
from typing import TYPE_CHECKING

from pyrocketmq.remote import fork
from pyrocketmq.remote.connection import Connection
from pyrocketmq.remote.dialing import Dialing
from pyrocketmq.remote.errors import (
    Loss,
    RemoteConnectionError,
    RemoteError,
    RemoteTimeoutError,
    of_call,
)
from pyrocketmq.remote.handlers import Handler
from pyrocketmq.remote.pushes import Pushes
from pyrocketmq.remote.remote_base import CLOSE_TIMEOUT, CLOSED, FORKED, RemoteBase
from pyrocketmq.remote.requests import code_of

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.config import RemoteConfig
    from pyrocketmq.remote.requests import AnyRequest


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
        self._set_up()
        fork.watch(self)

    def _set_up(self) -> None:
        self._failure: Loss | None = None  # of the latest attempt to open a connection
        self._state = threading.Lock()  # guards `_connection` and `_is_closed`
        self._dialing = threading.Lock()  # held by the one thread that opens a connection

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
        if connection is not None:
            connection.drop(CLOSED)
            connection.join(CLOSE_TIMEOUT)
        self._pushes.close(CLOSE_TIMEOUT)

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
        connection = self._connection
        if connection is None or deadline <= started or not connection.is_trusted(started):
            connection = self._open_for(request, started, deadline)
        return connection.call(request, started, deadline, hold)

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
        connection = self._connection
        if connection is None or deadline <= started or not connection.is_trusted(started):
            connection = self._open_for(request, started, deadline)
        connection.send_oneway(request, started, deadline)

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
        self._pushes.start_over()
        self._set_up()

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
        seen_failure = self._failure
        if not self._dialing.acquire(timeout=max(0.0, deadline - monotonic())):
            raise RemoteConnectionError("timed out: another thread is still connecting", address=self._address)
        try:
            connection, failure = self._connection, self._failure
            if connection is not None and connection.loss is None:
                return connection
            if failure is not None and failure is not seen_failure:
                raise failure.error(self._address)
            return self._dial(deadline)
        except RemoteConnectionError as error:
            # Others share a failure, but not that of a thread which only had too little time.
            if monotonic() < deadline:
                self._failure = Loss(type(error), error.reason, error.__cause__)
            raise
        finally:
            self._dialing.release()

    def _dial(self, deadline: float) -> Connection:
        sock = Dialing(self._address, self._config, deadline - monotonic()).dial()
        try:
            connection = Connection(sock, self._address, self._config, self._counters, self._encode, self._pushes)
        except BaseException:
            sock.close()
            raise
        with self._state:
            if not self._is_closed:
                self._connection = connection
                self._counters.connects += 1
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
