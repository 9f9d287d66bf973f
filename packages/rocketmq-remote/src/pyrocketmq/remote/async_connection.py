"""One TCP connection that many tasks use.

Bytes are received straight into the decoder's buffer. Frames written in one turn of the event loop leave together; a
frame leaves at once where no other call is in flight. One timer serves the deadlines of all calls: it is set for the
earliest, left alone when calls finish, and looks through all calls when it fires.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from enum import Enum
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CommandFlag
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.remote.admission import Admission
from pyrocketmq.remote.connection_base import UNANSWERED, ConnectionBase, garbled
from pyrocketmq.remote.prompt_answer import PromptAnswer
from pyrocketmq.remote.session import Received

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.async_pushes import AsyncPushes
    from pyrocketmq.remote.config import RemoteConfig
    from pyrocketmq.remote.errors import Loss, RemoteTimeoutError
    from pyrocketmq.remote.events import AsyncEvents
    from pyrocketmq.remote.metrics import Counters
    from pyrocketmq.remote.requests import AnyRequest

_ONEWAY: Final = int(CommandFlag.ONEWAY)
_JOINED_BYTES: Final = 128 * 1024
_LEAST_SCAN_INTERVAL: Final = 0.01
_NEVER: Final = float("inf")


class Signal(Enum):
    """What a call gets where it gets no answer."""

    TIMEOUT = "the deadline has passed"
    LOST = "the connection is lost"


Coming: TypeAlias = "asyncio.Future[RemotingCommand | Signal] | PromptAnswer[RemotingCommand | Signal]"
"""What gets an answer."""

Waiter: TypeAlias = tuple[Coming, float, float]
"""A call that waits, its deadline, and when its answer is due: a tuple, because one is made for every call."""

InFlight: TypeAlias = tuple["AnyRequest", int, Coming, int, int]
"""A call whose request is on its way: that, its opaque, what gets the answer, the frame's size and its position."""

Answering: TypeAlias = "Coroutine[Any, Any, RemotingCommand]"
"""What waits for an answer; a coroutine, of which only the result matters."""


class AsyncConnection(ConnectionBase[Waiter], asyncio.BufferedProtocol):
    """The shell around a `Session` that brings transport, futures and clock.

    Args:
        sock: The connected socket, which the transport will use.
        address: The server, for errors.
        config: The remote's settings.
        counters: The remote's counters.
        encode: Makes frames of requests.
        events: Is told of the beginning and the end.
        dialled_at: When the remote began to open it, by the monotonic clock.
        pushes: Takes the requests of the server.
    """

    def __init__(
        self,
        sock: socket.socket,
        address: Address,
        config: RemoteConfig,
        counters: Counters,
        encode: Callable[[AnyRequest, int, int], bytes],
        events: AsyncEvents,
        dialled_at: float,
        pushes: AsyncPushes,
    ) -> None:
        super().__init__(address, config, counters, encode, events, dialled_at)
        self.loop = asyncio.get_running_loop()
        self._sock = sock
        self._pushes = pushes
        self._admission = Admission(config.max_in_flight, config.max_in_flight_bytes)
        self._transport: asyncio.Transport
        self._has_ended: asyncio.Future[None] = self.loop.create_future()
        self._outgoing: list[bytes] = []
        self._outgoing_size = 0
        self._queued = 0
        self._flushed = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = _NEVER

    def call(self, request: AnyRequest, started: float, deadline: float, hold: float) -> Answering:
        """Send a request, at once if that is possible, and return what waits for its answer; to be awaited.

        Args:
            request: The request.
            started: When the call began, by the monotonic clock.
            deadline: When it has to end.
            hold: Seconds for which the server may hold the answer back.

        Raises:
            RemoteError: no answer came.
            ProtocolError: the request cannot be written.
        """
        if not self._admission.is_open:
            return self._call_when_admitted(request, started, deadline, hold)
        return self.finish(self.begin(request, started, deadline, hold), started)

    @property
    def admits(self) -> bool:
        """Whether `begin` may be called now."""
        return self._admission.is_open

    def begin(
        self, request: AnyRequest, started: float, deadline: float, hold: float, *, at_once: bool = False
    ) -> InFlight:
        """Send a request; `finish` or `abandon` has to follow. Only while calls are admitted.

        Args:
            request: The request.
            started: When the call began, by the monotonic clock.
            deadline: When it has to end.
            hold: Seconds for which the server may hold the answer back.
            at_once: Write it even where other calls are in flight, instead of with all that this turn of the event
                loop sends: the caller will not let the event loop go on for a while.

        Raises:
            RemoteError: the connection has ended.
            ProtocolError: the request cannot be written.
        """
        if self.loss is not None:
            raise self._lost(self.loss, request, started)
        is_alone = not self._session.waiters
        future: Coming = PromptAnswer(self.loop) if is_alone else self.loop.create_future()
        due = started + hold
        opaque = self._session.open((future, deadline, due))
        size = 0
        try:
            frame = self._encode(request, opaque, 0)
            size = len(frame)
            self._admission.enter(size)
            position = self._send(frame, at_once=at_once or is_alone)
            wake_up = deadline if deadline - started <= self._read_timeout else min(deadline, due + self._read_timeout)
            if wake_up < self._timer_at:
                self._set_timer(wake_up)
        except BaseException:
            self._session.abandon(opaque)
            if size:
                self._admission.leave(size)
            else:
                self._admission.pass_on()
            raise
        return request, opaque, future, size, position

    async def finish(self, flight: InFlight, started: float) -> RemotingCommand:
        """Return the answer to a request that was sent.

        Args:
            flight: What `begin` has returned.
            started: Since when the answer is waited for, by the monotonic clock.

        Raises:
            RemoteError: no answer came.
        """
        request, opaque, future, size, position = flight
        try:
            answer = await future
        except BaseException:
            self._session.abandon(opaque)
            raise
        finally:
            self._admission.leave(size)
        if isinstance(answer, RemotingCommand):
            self._counters.answered(monotonic() - started)
            return answer
        is_written = position <= self._flushed
        if answer is Signal.TIMEOUT:
            if self._session.time_out(opaque, started, monotonic()):
                self.drop(UNANSWERED)
            raise self._timed_out(request, started, opaque, written=is_written)
        assert self.loss is not None
        raise self._lost(self.loss, request, started, opaque, written=is_written)

    def abandon(self, flight: InFlight) -> None:
        """Wait no more for the answer to a request that was sent; it is dropped when it comes."""
        _, opaque, _, size, _ = flight
        self._session.abandon(opaque)
        self._admission.leave(size)

    async def _call_when_admitted(
        self, request: AnyRequest, started: float, deadline: float, hold: float
    ) -> RemotingCommand:
        if self.loss is not None:
            raise self._lost(self.loss, request, started)
        await self._wait_for_admission(request, started, deadline)
        return await self.finish(self.begin(request, started, deadline, hold), started)

    async def send_oneway(self, request: AnyRequest, started: float, deadline: float) -> None:
        """Send a request that is not answered; waits only where the peer takes no bytes.

        Raises:
            RemoteError: it was not sent.
            ProtocolError: the request cannot be written.
        """
        if self.loss is not None:
            raise self._lost(self.loss, request, started)
        if not self._admission.is_open:
            await self._wait_for_admission(request, started, deadline)
        try:
            self._send(self._encode(request, self._session.next_opaque(), _ONEWAY), at_once=False)
        finally:
            self._admission.pass_on()
        self._counters.oneways += 1

    def is_alive(self) -> bool:
        """Whether the connection can be used, even where the event loop has not looked at it for a while."""
        if self.loss is None and not self.loop.is_closed():
            try:
                if not self._sock.recv(1, socket.MSG_PEEK):
                    self.drop(self._ended())
            except BlockingIOError:
                return True  # silence: nothing has come, not even the end
            except OSError as error:
                self.drop(self._broken(error))
        return self.loss is None and not self.loop.is_closed()

    def answer(self, frame: bytes) -> None:
        """Send the answer to a request of the server."""
        if self.loss is None:
            self._send(frame, at_once=False)

    def drop(self, loss: Loss) -> None:
        """End the connection at once; all calls in flight fail. Nothing happens if it has ended already."""
        if self._end(loss):
            self._transport.abort()

    async def close(self, loss: Loss, timeout: float) -> None:
        """End the connection when what is queued has been sent, or after so many seconds."""
        deadline = monotonic() + timeout
        self._flush()
        if self._end(loss):
            self._transport.close()
        try:
            if self._transport.get_extra_info("sslcontext") is not None:
                await self._end_tls(deadline)
            await asyncio.wait([self._has_ended], timeout=max(0.0, deadline - monotonic()))
        finally:
            if not self._has_ended.done():
                self._transport.abort()

    async def _end_tls(self, deadline: float) -> None:
        """Let a closing transport not wait for the peer's `close_notify`.

        Ours ends what we send, and since TLS 1.3 the peer owes none in return; RocketMQ's servers send none, and event
        loops wait half a minute. The end of what can be received is their leave to send what they have and close.
        """
        transport, ended = self._transport, self._has_ended
        # Polled: nobody announces it, and it is hardly ever needed.
        while transport.get_write_buffer_size() and not ended.done() and monotonic() < deadline:  # noqa: ASYNC110  # above
            await asyncio.sleep(_LEAST_SCAN_INTERVAL)
        with suppress(OSError):  # it has ended by itself
            self._sock.shutdown(socket.SHUT_RD)

    def forget_in_child(self, loss: Loss) -> None:
        """Let go of the socket in a forked process; the parent's event loop goes on with it."""
        self.loss = loss
        self._sock.close()

    def _end(self, loss: Loss) -> bool:
        if self.loss is not None:
            return False
        self._end_with(loss)
        if self._timer is not None:
            self._timer.cancel()
        waiters = self._session.fail_all()
        for future, _, _ in waiters.values():
            if not future.done():
                future.set_result(Signal.LOST)
        self._admission.release_all()
        self._note_end(loss, len(waiters))
        return True

    async def _wait_for_admission(self, request: AnyRequest, started: float, deadline: float) -> None:
        try:
            await self._admission.wait(max(0.0, deadline - monotonic()))
        except TimeoutError:
            raise self._not_admitted(request, started) from None
        if self.loss is not None:
            self._admission.pass_on()
            raise self._lost(self.loss, request, started)
        if deadline <= monotonic():
            self._admission.pass_on()
            raise self._not_admitted(request, started)

    def _not_admitted(self, request: AnyRequest, started: float) -> RemoteTimeoutError:
        reason = "not sent in time: too many calls are in flight, or the peer takes no bytes"
        return self._timed_out(request, started, None, written=False, reason=reason)

    # Writing

    def _send(self, frame: bytes, *, at_once: bool) -> int:
        """Write a frame; return its position in the stream of frames."""
        self._queued += 1
        if at_once and not self._outgoing:
            self._flushed += 1
            self._counters.bytes_out += len(frame)
            self._transport.write(frame)
            return self._queued
        if not self._outgoing:
            self.loop.call_soon(self._flush)
        self._outgoing.append(frame)
        self._outgoing_size += len(frame)
        if self._outgoing_size >= _JOINED_BYTES:
            self._flush()
        return self._queued

    def _flush(self) -> None:
        if not self._outgoing or self.loss is not None:
            return
        frames, self._outgoing = self._outgoing, []
        self._flushed += len(frames)
        self._counters.bytes_out += self._outgoing_size
        self._outgoing_size = 0
        # Not `writelines`: on Python 3.12 and 3.13 that never says that the transport's buffer is full.
        self._transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    # Deadlines

    def _set_timer(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = self.loop.call_later(max(_LEAST_SCAN_INTERVAL, at - monotonic()), self._scan)

    def _scan(self) -> None:
        """Fail the calls whose deadline has passed, and set the timer for the next one."""
        now = monotonic()
        self._timer, self._timer_at = None, _NEVER
        next_at = _NEVER
        for future, deadline, due in self._session.waiters.values():
            dead_at = max(self.last_received, due) + self._read_timeout
            if deadline <= now:
                if not future.done():
                    future.set_result(Signal.TIMEOUT)
            elif dead_at <= now:
                self.drop(self._silent())
                return
            else:
                next_at = min(next_at, deadline, dead_at)
        if next_at < _NEVER:
            self._set_timer(next_at)

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._note_open(self._sock)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the decoder's buffer."""
        return self._session.get_buffer()

    def buffer_updated(self, nbytes: int) -> None:
        """Deliver what is whole now."""
        self.last_received = monotonic()
        self._counters.bytes_in += nbytes
        session = self._session
        try:
            frames = session.frames(nbytes)
            for frame in frames:
                command = RemotingCommand.decode(frame)
                receiver = session.receive(command)
                if not isinstance(receiver, Received):
                    future = receiver[0]
                    if future.done():
                        continue  # it has been given up, and its task has not noticed yet
                    if len(frames) == 1 and isinstance(future, PromptAnswer):
                        future.deliver(command)
                    else:
                        future.set_result(command)
                elif receiver is Received.PUSHED:
                    self._pushes.take(command, self)
                else:
                    self._note_late(command)
        except ProtocolError as error:
            self.drop(garbled(error))

    def eof_received(self) -> None:
        """Note that the peer has closed."""
        self.drop(self._ended())

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the transport is gone."""
        self._end(self._broken(exc))
        if not self._has_ended.done():
            self._has_ended.set_result(None)

    def pause_writing(self) -> None:
        """Let further calls wait: the transport's buffer is full."""
        self._admission.pause()

    def resume_writing(self) -> None:
        """Let them go on."""
        self._admission.resume()
