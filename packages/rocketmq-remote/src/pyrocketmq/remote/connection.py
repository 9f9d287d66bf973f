"""One TCP connection that many threads use: callers read their own answers.

One thread at a time reads, in the name of all: usually a caller that waits for its own answer. It puts the answers of
others into their mailboxes, see `followers`. So a lone caller gets its answer without any thread switch. While nobody
calls, the watcher reads: requests of the server and the end of the stream are noticed then, too.

A connection that is lost stays lost. Its file descriptor is closed by the watcher, after everyone has let go of it.
"""

from __future__ import annotations

import socket
import threading
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias

from pyrocketmq.logging import get_logger
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CommandFlag
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.remote.connection_base import UNANSWERED, ConnectionBase, garbled
from pyrocketmq.remote.errors import Loss, RemoteConnectionError
from pyrocketmq.remote.followers import Followers
from pyrocketmq.remote.frame_writer import FrameWriter, Outgoing, withdraw
from pyrocketmq.remote.session import Received
from pyrocketmq.remote.stream import stream_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.config import RemoteConfig
    from pyrocketmq.remote.events import Events
    from pyrocketmq.remote.metrics import Counters
    from pyrocketmq.remote.pushes import Pushes
    from pyrocketmq.remote.requests import AnyRequest

_log = get_logger("pyrocketmq.remote")

_ONEWAY: Final = int(CommandFlag.ONEWAY)
_WATCH_PERIOD: Final = 1.0
_ATTENTIVE_WATCH_PERIOD: Final = 0.1
# How long there must be no call before the watcher reads; it wakes up as often while there are calls.
_NO_OPAQUE: Final = 2**32  # of who waits for no answer, but for its turn

Mailbox: TypeAlias = list[RemotingCommand | Loss]
"""Where the answer to a call comes, or why none will come."""

InFlight: TypeAlias = tuple["AnyRequest", int, Mailbox, Outgoing]
"""A call whose request is on its way: that, its opaque, and where the answer comes. A tuple: every call makes one."""


class Connection(ConnectionBase[Mailbox]):
    """The shell around a `Session` that brings socket, locks and clock.

    Args:
        sock: The connected socket; belongs to the connection from now on.
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
        events: Events,
        dialled_at: float,
        pushes: Pushes,
    ) -> None:
        super().__init__(address, config, counters, encode, events, dialled_at)
        self._note_open(sock)
        self._pushes = pushes
        self._stream = stream_of(sock)
        self._followers = Followers(self._flush)
        self._writer = FrameWriter(
            self._stream, counters, config.read_timeout, self._broken, self.drop, self._followers.asleep
        )
        # Guards the session and `loss`; held for a few instructions only.
        self._lock = threading.Lock()
        self._attention = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name=f"rocketmq-watcher-{address}", daemon=True)
        self._watcher.start()

    def begin(self, request: AnyRequest, started: float, deadline: float) -> InFlight:
        """Send a request; `finish` or `abandon` has to follow.

        Args:
            request: The request.
            started: When the call began, by the monotonic clock.
            deadline: When it has to end.

        Raises:
            RemoteError: it was not sent.
            ProtocolError: the request cannot be written.
        """
        mailbox: Mailbox = []
        with self._lock:
            if self.loss is not None:
                raise self._lost(self.loss, request, started)
            opaque = self._session.open(mailbox)
        try:
            outgoing = [self._encode(request, opaque, 0)]
            is_left = self._writer.write(outgoing, deadline)
        except BaseException:
            self._session.abandon(opaque)
            raise
        if not is_left:
            self._note_timeout(started, opaque)
            raise self._timed_out(request, started, opaque, written=False)
        return request, opaque, mailbox, outgoing

    def finish(self, flight: InFlight, started: float, deadline: float, hold: float) -> RemotingCommand:
        """Return the answer to a request that was sent.

        Args:
            flight: What `begin` has returned.
            started: Since when the answer is waited for, by the monotonic clock.
            deadline: Until when.
            hold: Seconds for which the server may hold the answer back.

        Raises:
            RemoteError: no answer came.
        """
        request, opaque, mailbox, outgoing = flight
        try:
            if deadline - started <= self._read_timeout:
                answer = self._await(opaque, mailbox, deadline)
            else:
                answer = self._await_until_silent(opaque, mailbox, deadline, started + hold)
        except BaseException:
            self._session.abandon(opaque)
            raise
        if isinstance(answer, RemotingCommand):
            self._counters.answered(max(0.0, self.last_received - started))
            return answer
        if answer is None:
            self._note_timeout(started, opaque)
            raise self._timed_out(request, started, opaque, written=not withdraw(outgoing))
        raise self._lost(answer, request, started, opaque, written=not outgoing)

    def abandon(self, flight: InFlight) -> None:
        """Wait no more for the answer to a request that was sent; it is dropped when it comes."""
        self._session.abandon(flight[1])

    def send_oneway(self, request: AnyRequest, started: float, deadline: float) -> None:
        """Send a request that is not answered; return when the kernel has it.

        Raises:
            RemoteError: it was not sent.
            ProtocolError: the request cannot be written.
        """
        with self._lock:
            opaque = self._session.next_opaque()
        outgoing = [self._encode(request, opaque, _ONEWAY)]
        if not self._writer.write(outgoing, deadline, wait=True):
            raise self._timed_out(request, started, opaque, written=False)
        if outgoing and self.loss is not None:
            raise self._lost(self.loss, request, started, opaque)
        with self._lock:
            self._counters.oneways += 1

    def answer(self, frame: bytes, timeout: float) -> bool:
        """Send the answer to a request of the server; return false if it could not be sent in time."""
        return self._writer.write([frame], monotonic() + timeout, wait=True)

    def is_alive(self) -> bool:
        """Whether the connection can be used, as far as can be told without waiting."""
        if self.loss is None and self._followers.leading.acquire(False):
            try:
                self._receive(0)
            finally:
                self._followers.hand_over()
        return self.loss is None

    def attend(self) -> None:
        """Let the watcher read at once, if nobody does."""
        self._attention.set()

    def drop(self, loss: Loss) -> None:
        """End the connection; all calls in flight fail now. Nothing happens if it has ended already."""
        with self._lock:
            if self.loss is not None:
                return
            self._end_with(loss)
            failed = self._session.fail_all()
        for mailbox in failed.values():
            mailbox.append(loss)
        self._followers.dismiss(failed)
        self.hang_up()
        self._attention.set()
        self._note_end(loss, len(failed))

    def hang_up(self) -> None:
        """Let everyone who uses the socket notice its end; takes no lock."""
        try:
            # Not the method of an `SSLSocket`: that would take TLS away from under the thread that reads.
            socket.socket.shutdown(self._stream.socket, socket.SHUT_RDWR)
        except OSError:
            _log.debug("connection to %s had ended already", self._address)

    def join(self, timeout: float) -> None:
        """Wait until a connection that was dropped has let go of its thread and its file descriptor."""
        if self._watcher is not threading.current_thread():
            self._watcher.join(timeout)

    def forget_in_child(self, loss: Loss) -> None:
        """Let go of the socket in a forked process, where there is no watcher; the parent's connection goes on."""
        self.loss = loss
        self._stream.socket.close()

    # Reading

    def _await(self, opaque: int, mailbox: Mailbox, deadline: float) -> RemotingCommand | Loss | None:
        """Return what comes into the mailbox, reading if nobody else does; `None` at the deadline."""
        followers = self._followers
        if not followers.leading.acquire(False) and not followers.follow(opaque, mailbox, deadline):
            return mailbox.pop() if mailbox else None
        try:
            while not mailbox:
                remaining = deadline - monotonic()
                if remaining <= 0:
                    return None
                answer = self._receive(remaining, mailbox)
                if answer is not None:
                    return answer
        finally:
            followers.hand_over()
        return mailbox.pop()

    def _await_until_silent(
        self, opaque: int, mailbox: Mailbox, deadline: float, due: float
    ) -> RemotingCommand | Loss | None:
        """Do the same, but hold the connection dead if it is silent for too long after the answer is due."""
        while True:
            limit = max(self.last_received, due) + self._read_timeout
            answer = self._await(opaque, mailbox, min(deadline, limit))
            if answer is not None or deadline <= limit:
                return answer
            if monotonic() >= max(self.last_received, due) + self._read_timeout:
                self.drop(self._silent())

    def _receive(  # noqa: PLR0912  # runs for every answer: a call less
        self, seconds: float | None, mailbox: Mailbox | None = None
    ) -> RemotingCommand | None:
        """Wait for bytes, read once, and deliver what is whole now. Only the leader may call this.

        Args:
            seconds: How long to wait for bytes; `None`: for ever.
            mailbox: The mailbox of the leader, if it waits for an answer of its own.

        Returns:
            The answer for this mailbox, which is not put into it.
        """
        answer = None
        received: list[int | bytes] = []
        session, followers = self._session, self._followers
        try:
            self._stream.receive(session.rest_buffer(), seconds, received)
            if not received:
                return None
            came = received[0]
            if not came:
                self.drop(self._ended())
                return None
            self.last_received = monotonic()
            self._counters.bytes_in += came if isinstance(came, int) else len(came)
            for frame in session.take(came):
                command = RemotingCommand.decode(frame)
                receiver = session.receive(command)
                if receiver is mailbox:
                    answer = command
                elif not isinstance(receiver, Received):
                    receiver.append(command)
                    followers.note_answered(command.opaque)
                elif receiver is Received.PUSHED:
                    self._pushes.take(command, self)
                else:
                    self._note_late(command)
        except OSError as error:
            self.drop(self._broken(error))
        except ProtocolError as error:
            self.drop(garbled(error))
        except BaseException as error:
            if received:  # and nobody can know how far these bytes have got on their way to the calls
                self.drop(Loss(RemoteConnectionError, "interrupted while receiving", error))
            raise
        finally:
            if followers.asleep:
                followers.wake_answered()
        return answer

    def _flush(self) -> None:
        self._writer.flush()

    # Watching

    def _watch(self) -> None:
        try:
            while self.loss is None:
                calls = self._counters.requests
                attends = self._attention.wait(_ATTENTIVE_WATCH_PERIOD if self._pushes.is_expecting else _WATCH_PERIOD)
                self._attention.clear()
                if (attends or calls == self._counters.requests) and self._followers.leading.acquire(False):
                    self._read_until_called()
        finally:
            self._close_socket()

    def _read_until_called(self) -> None:
        calls = self._counters.requests
        try:
            while self.loss is None and calls == self._counters.requests:
                self._receive(None)
        finally:
            self._followers.hand_over()

    def _close_socket(self) -> None:
        """Close the file descriptor when no thread is left inside a system call with it.

        Until then its number must not be given to another file.
        """
        followers = self._followers
        while not followers.leading.acquire(False):
            if followers.follow(_NO_OPAQUE, (), monotonic() + _WATCH_PERIOD):
                break
        with self._writer.lock:
            self._stream.socket.close()

    def _note_timeout(self, started: float, opaque: int) -> None:
        with self._lock:
            is_suspicious = self._session.time_out(opaque, started, monotonic())
        if is_suspicious:
            self.drop(UNANSWERED)
