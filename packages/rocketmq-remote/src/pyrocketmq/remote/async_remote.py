"""`AsyncRemote`: one server, for asyncio."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from pyrocketmq.remote import fork
from pyrocketmq.remote.async_connection import AsyncConnection
from pyrocketmq.remote.async_pushes import AsyncPushes
from pyrocketmq.remote.begun_call import BegunCall
from pyrocketmq.remote.calls import Call, watched
from pyrocketmq.remote.dialing import Dialing
from pyrocketmq.remote.errors import RemoteConnectionError, RemoteError, RemoteTimeoutError, of_call
from pyrocketmq.remote.events import AsyncEvents
from pyrocketmq.remote.handlers import AsyncHandler
from pyrocketmq.remote.remote_base import CLOSE_TIMEOUT, CLOSED, DRAIN_PERIOD, FORKED, GO_AWAY, GONE, RemoteBase
from pyrocketmq.remote.requests import code_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from types import TracebackType
    from typing import Self

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.async_connection import InFlight
    from pyrocketmq.remote.config import RemoteConfig
    from pyrocketmq.remote.events import ConnectionEvent
    from pyrocketmq.remote.requests import AnyRequest


class _Attempt:
    """A task that opens a connection, for everyone who needs it meanwhile."""

    __slots__ = ("dialing", "task", "waiting")

    def __init__(self, dialing: Dialing, dial: Callable[[Dialing], Coroutine[None, None, AsyncConnection]]) -> None:
        self.dialing = dialing
        self.task = asyncio.create_task(dial(dialing))
        self.waiting = 0


class AsyncRemote(RemoteBase[AsyncConnection, AsyncHandler]):
    """A connection to one broker or NameServer; any number of tasks may call at once, their requests overlap.

    The connection is opened by `connect` or by the first call, and again by the first call after it was lost. After
    `close` calls fail until `connect` is called again. It belongs to the event loop on which it was opened: calls from
    another one raise `RuntimeError` as long as it is open.

    Args:
        address: `"host:port"`, or an `Address`.
        config: Settings; by default those of the environment.

    Raises:
        ValueError: the address, or a variable of the environment, is not accepted.

    Example:
        ```python
        async with AsyncRemote("localhost:10911") as remote:
            answer = await remote.invoke(GetMaxOffset(topic="orders", queue_id=0))
        ```
    """

    def __init__(self, address: str | Address, config: RemoteConfig | None = None) -> None:
        super().__init__(address, config)
        self._pushes = AsyncPushes(self._handlers, self._address)
        self._events = AsyncEvents(self._config.event_listeners)
        self._attempt: _Attempt | None = None
        self._retiring: set[asyncio.Task[None]] = set()  # each outlasts the calls in flight on a connection
        fork.watch(self)

    @property
    def is_connected(self) -> bool:
        """Whether the connection is open now, as far as can be told without waiting."""
        connection = self._connection
        return connection is not None and connection.is_alive()

    async def connect(self, timeout: float | None = None) -> None:
        """Open the connection; does nothing where it is open.

        Args:
            timeout: Deadline in seconds; by default `connect_timeout` of the config.

        Raises:
            RemoteConnectionError: the connection cannot be opened in time.
            RuntimeError: it is open on another event loop.
        """
        self._is_closed = False
        await self._open(monotonic() + (self._config.connect_timeout if timeout is None else timeout))

    async def close(self) -> None:
        """Close the connection; calls in flight fail. Does nothing where it is closed.

        Raises:
            RuntimeError: it is open on another event loop.
        """
        connection = self._usable()
        self._is_closed = True
        attempt, self._attempt, self._connection = self._attempt, None, None
        for task in self._retiring:
            task.cancel()
        async with AsyncExitStack() as stack:  # which goes through all of this, even where it is cancelled
            stack.push_async_callback(self._pushes.close, CLOSE_TIMEOUT)
            if self._retiring:
                stack.push_async_callback(asyncio.wait, list(self._retiring), timeout=CLOSE_TIMEOUT)
            if connection is not None:
                stack.push_async_callback(connection.close, CLOSED, CLOSE_TIMEOUT)
            if attempt is not None and attempt.task.get_loop() is asyncio.get_running_loop():
                attempt.task.cancel()
                await asyncio.wait([attempt.task], timeout=CLOSE_TIMEOUT)

    async def invoke(self, request: AnyRequest, timeout: float | None = None, *, hold: float = 0.0) -> RemotingCommand:
        """Send a request and return its answer, whatever its code.

        Where too many calls are in flight, or the peer takes no bytes, this waits before it sends.

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
            RuntimeError: the connection is open on another event loop.
        """
        started = monotonic()
        deadline = started + (self._timeout if timeout is None else timeout)
        if not self._call_hooks:
            # Nothing but this is awaited where all is well: every coroutine on the way costs the call time.
            connection = self._usable()
            if connection is not None and deadline > started:
                answer = await connection.call(request, started, deadline, hold)
                return (
                    answer
                    if answer.code != GO_AWAY
                    else await self._resend(connection, request, started, deadline, hold)
                )
            return await self._exchange(request, started, deadline, hold)
        with watched(self._call_hooks, Call(self._address, request, is_oneway=False)) as call:
            call.answer = await self._exchange(request, started, deadline, hold)
            return call.answer

    def begin(self, request: AnyRequest, timeout: float | None = None) -> BegunCall[Awaitable[RemotingCommand]] | None:
        """Send a request at once, and leave it to the caller when to wait for its answer.

        No task is needed for that: the server works while the caller does something else. Call hooks see a call as a
        whole; where there are any, nothing is begun.

        Args:
            request: A declared request or a command.
            timeout: Seconds until the answer has to be there; by default `timeout` of the config.

        Returns:
            The call, which has to be finished or abandoned; `None`, where no connection is open, too much is in
            flight, or there are hooks: then nothing is sent, and `invoke` has to be used.

        Raises:
            RemoteConnectionError: the connection broke.
            ProtocolError: the request cannot be written.
            RuntimeError: the connection is open on another event loop.

        Example:
            ```python
            request = GetMaxOffset(topic="orders", queue_id=0)
            async with AsyncRemote("localhost:10911") as remote:
                begun = remote.begin(request)
                ...
                answer = await (remote.invoke(request) if begun is None else begun.result())
            ```
        """
        connection = None if self._call_hooks else self._usable()
        if connection is None or not connection.admits:
            return None
        started = monotonic()
        deadline = started + (self._timeout if timeout is None else timeout)
        flight = connection.begin(request, started, deadline, 0.0, at_once=True)
        return BegunCall(partial(self._finish, connection, flight, deadline), partial(connection.abandon, flight))

    async def invoke_oneway(self, request: AnyRequest, timeout: float | None = None) -> None:
        """Send a request that the server does not answer; waits only where the peer takes no bytes.

        Args:
            request: A declared request or a command.
            timeout: Deadline in seconds, opening a connection included; by default `timeout` of the config.

        Raises:
            RemoteTimeoutError: the peer takes no bytes.
            RemoteConnectionError: no connection could be opened.
            ProtocolError: the request cannot be written.
            RuntimeError: the connection is open on another event loop.
        """
        started = monotonic()
        deadline = started + (self._timeout if timeout is None else timeout)
        if not self._call_hooks:
            return await self._send(request, started, deadline)
        with watched(self._call_hooks, Call(self._address, request, is_oneway=True)):
            return await self._send(request, started, deadline)

    def after_fork(self) -> None:
        """Start over in a forked process: connection and event loop are the parent's."""
        if self._connection is not None:
            self._connection.forget_in_child(FORKED)
        self._connection = self._attempt = None
        self._retiring = set()
        self._retired = set()

    async def _exchange(self, request: AnyRequest, started: float, deadline: float, hold: float) -> RemotingCommand:
        connection = self._usable()
        if connection is None or deadline <= started:
            connection = await self._open_for(request, started, deadline)
        answer = await connection.call(request, started, deadline, hold)
        return answer if answer.code != GO_AWAY else await self._resend(connection, request, started, deadline, hold)

    async def _finish(self, connection: AsyncConnection, flight: InFlight, deadline: float) -> RemotingCommand:
        started = monotonic()
        answer = await connection.finish(flight, started)
        if answer.code != GO_AWAY:
            return answer
        return await self._resend(connection, flight[0], started, max(deadline, started), 0.0)

    async def _resend(
        self, connection: AsyncConnection, request: AnyRequest, started: float, deadline: float, hold: float
    ) -> RemotingCommand:
        """Send again what a server has not carried out because it is going away; more than once is in vain."""
        self._retire(connection)
        self._counters.resends += 1
        return await (await self._open_for(request, started, deadline)).call(request, started, deadline, hold)

    async def _send(self, request: AnyRequest, started: float, deadline: float) -> None:
        connection = self._usable()
        if connection is None or deadline <= started:
            connection = await self._open_for(request, started, deadline)
        await connection.send_oneway(request, started, deadline)

    def _emit(self, event: ConnectionEvent) -> None:
        self._events.emit(event)

    def _retire(self, connection: AsyncConnection) -> None:
        """Use a connection for no more calls, and close it when those in flight are over."""
        if self._connection is not connection:
            return  # another call has been told before
        self._connection = None
        self._retired.add(connection)
        self._note_go_away(connection)
        task = asyncio.create_task(self._outlast(connection))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _outlast(self, connection: AsyncConnection) -> None:
        try:
            limit = monotonic() + self._config.read_timeout
            # Polled, so that no call pays for an event that hardly ever comes.
            while connection.in_flight and connection.loss is None and monotonic() < limit:  # noqa: ASYNC110  # above
                await asyncio.sleep(DRAIN_PERIOD)
            await connection.close(GONE, CLOSE_TIMEOUT)  # what is queued and has no answer is sent first
        finally:
            connection.drop(CLOSED)  # if this is cancelled, it is by `close`
            self._retired.discard(connection)

    def _usable(self) -> AsyncConnection | None:
        """Return the connection if it can be used on the running event loop."""
        connection = self._connection
        if connection is None or connection.loss is not None:
            return None
        if connection.loop is not asyncio.get_running_loop():
            if not connection.loop.is_closed():
                raise RuntimeError(f"{self!r} is open on another event loop: close it there first")
            return None
        return connection

    async def _open_for(self, request: AnyRequest, started: float, deadline: float) -> AsyncConnection:
        """Open a connection for a call, or say why the call fails."""
        if self._is_closed:
            raise CLOSED.error(self._address, code=code_of(request))
        try:
            if deadline <= monotonic():
                raise RemoteTimeoutError("no time is left for the call", address=self._address)
            return await self._open(min(deadline, monotonic() + self._config.connect_timeout))
        except RemoteError as error:
            raise of_call(error, code_of(request), started, deadline) from error.__cause__

    async def _open(self, deadline: float) -> AsyncConnection:
        """Return the open connection; one task opens it, and all who need it wait for the outcome."""
        connection = self._usable()
        if connection is not None:
            return connection
        attempt = self._attempt
        if attempt is None or attempt.task.get_loop() is not asyncio.get_running_loop():
            timeout = max(deadline - monotonic(), self._config.connect_timeout)
            attempt = self._attempt = _Attempt(Dialing(self._address, self._config, timeout), self._dial)
            attempt.task.add_done_callback(self._note_attempted)
        attempt.waiting += 1
        try:
            async with asyncio.timeout(deadline - monotonic()):
                return await asyncio.shield(attempt.task)
        except TimeoutError as error:
            failure = attempt.dialing.failure(error)
            # Where nobody else waits, this ends the attempt, unless that has just ended by itself and told so.
            if attempt.waiting == 1 and not attempt.task.done():
                self._note_failure(failure)
            raise failure from error
        finally:
            attempt.waiting -= 1
            if not attempt.waiting:
                if self._attempt is attempt:
                    self._attempt = None  # who comes before the task has ended must not share its end
                attempt.task.cancel()

    def _note_attempted(self, task: asyncio.Task[AsyncConnection]) -> None:
        if self._attempt is not None and self._attempt.task is task:
            self._attempt = None
        if not task.cancelled():
            task.exception()  # otherwise asyncio complains where all who waited for it have gone

    async def _dial(self, dialing: Dialing) -> AsyncConnection:
        try:
            dialled_at = monotonic()
            sock = await dialing.dial_async()
            connection = AsyncConnection(
                sock,
                self._address,
                self._config,
                self._counters,
                self._encode,
                self._events,
                dialled_at,
                self._pushes,
            )
            await dialing.hand_to_loop(sock, lambda: connection)
        except asyncio.CancelledError:
            # By `close`: those who wait for this task are not cancelled themselves.
            raise CLOSED.error(self._address) from None
        except RemoteConnectionError as error:
            self._note_failure(error)
            raise
        self._connection = connection
        return connection

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
