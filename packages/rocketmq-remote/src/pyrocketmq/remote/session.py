"""`Session`: what one connection means, without its socket.

It turns received bytes into answers for the calls that wait, and knows no locks, futures or clock.
"""

from __future__ import annotations

import random
from enum import Enum
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeAlias, TypeVar

from pyrocketmq.model.enums import CommandFlag
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import MAX_FRAME_SIZE, FrameDecoder
from pyrocketmq.remote.peer import foreign_protocol

if TYPE_CHECKING:
    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.remote.metrics import Counters

WaiterT = TypeVar("WaiterT")

_RESPONSE: Final = int(CommandFlag.RESPONSE)
_FIRST: Final = -(2**31)
_LAST: Final = 2**31 - 1
_SUSPICIOUS_TIMEOUTS: Final = 3


class Received(Enum):
    """What a received command is, where it is no answer to a waiting call."""

    PUSHED = "a request of the server"
    LATE = "an answer that no call waits for"


NotAnswered: TypeAlias = Literal[Received.PUSHED, Received.LATE]


class Session(Generic[WaiterT]):
    """The calls in flight on one connection, and the bytes that come in on it.

    The opaques of the two directions are independent: a pushed request may carry the opaque of a call in flight.
    Whoever owns the session serialises `open`, `next_opaque`, `time_out` and `fail_all`, and lets one thread at a time
    bring in bytes; `abandon` is a single step on a dict.

    Args:
        counters: Where to count.
        max_frame_size: Limit in bytes for a frame that is received.
        first_opaque: The first request id; random by default, so that answers to an earlier connection's requests,
            or to another process's, are never taken for ours.
    """

    __slots__ = (
        "_counters",
        "_decoder",
        "_last_timeout",
        "_next",
        "_timeouts",
        "frames",
        "get_buffer",
        "has_received",
        "rest_buffer",
        "take",
        "waiters",
    )

    def __init__(
        self, counters: Counters, max_frame_size: int = MAX_FRAME_SIZE, first_opaque: int | None = None
    ) -> None:
        self.waiters: dict[int, WaiterT] = {}
        self.has_received = False
        """Whether the peer has sent anything."""
        self._counters = counters
        self._decoder = FrameDecoder(max_frame_size)
        # Nothing is to be done here for every read: after the first one these are the decoder's own methods.
        self.get_buffer = self._decoder.get_buffer
        self.frames = self._first_frames
        """Takes note of so many bytes that were received into the last `get_buffer()`, and returns the frames that are
        whole now: `receive` wants each of them, decoded. Raises `ProtocolError` where the bytes are not the RocketMQ
        remoting protocol; the stream is lost then: close the connection.
        """
        self.rest_buffer = self._decoder.rest_buffer
        self.take = self._take_first
        """Does the same with bytes that were received without a buffer, because there was no `rest_buffer()`, or with
        their number if there was one.
        """
        self._next = random.randint(0, _LAST) if first_opaque is None else first_opaque
        self._timeouts = 0
        self._last_timeout = 0.0

    def _first_frames(self, size: int) -> list[bytes | bytearray]:
        self._look_at(self.get_buffer()[:size])
        return self.frames(size)

    def _take_first(self, received: bytes | int) -> list[bytes | bytearray]:
        if not isinstance(received, int):  # nothing is under way yet, so that it cannot be the rest of anything
            self._look_at(received)
        return self.take(received)

    def _look_at(self, first: bytes | memoryview) -> None:
        """Have a look at the first bytes that are received at all, before they are taken for frames."""
        self.has_received = True
        self.frames, self.take = self._decoder.buffer_updated, self._decoder.take
        foreign = foreign_protocol(first)
        if foreign is not None:
            raise ProtocolError(foreign)

    def next_opaque(self) -> int:
        """Return a request id that no call waits for; signed 32 bits, it wraps around."""
        opaque = self._next
        while opaque in self.waiters:
            opaque = opaque + 1 if opaque < _LAST else _FIRST
        self._next = opaque + 1 if opaque < _LAST else _FIRST
        return opaque

    def open(self, waiter: WaiterT) -> int:
        """Note that a call waits, and return its request id."""
        waiters = self.waiters
        opaque = self._next
        if opaque in waiters or opaque == _LAST:
            opaque = self.next_opaque()
        else:
            self._next = opaque + 1
        waiters[opaque] = waiter
        self._counters.requests += 1
        return opaque

    def receive(self, command: RemotingCommand) -> WaiterT | NotAnswered:
        """Return who waits for this command, and let it wait no more; or what the command is otherwise."""
        self._timeouts = 0
        if not command.flag & _RESPONSE:
            self._counters.pushes += 1
            return Received.PUSHED
        waiter = self.waiters.pop(command.opaque, None)
        if waiter is None:
            self._counters.late_answers += 1
            return Received.LATE
        self._counters.responses += 1
        return waiter

    def abandon(self, opaque: int) -> WaiterT | None:
        """Forget a call; its answer will be dropped. Return its waiter if it still waited."""
        return self.waiters.pop(opaque, None)

    def time_out(self, opaque: int, started: float, now: float) -> bool:
        """Forget a call whose deadline has passed.

        Args:
            opaque: Its request id.
            started: When it was started, on any clock.
            now: The time on that clock.

        Returns:
            Whether the connection should be held dead: several calls in a row, each started after the one before it
            had failed, have timed out without a single command received.
        """
        self.waiters.pop(opaque, None)
        self._counters.timeouts += 1
        if self._timeouts == 0 or started >= self._last_timeout:
            self._timeouts += 1
            self._last_timeout = now
        return self._timeouts >= _SUSPICIOUS_TIMEOUTS

    def fail_all(self) -> dict[int, WaiterT]:
        """Forget all calls and return their waiters, by request id."""
        waiters = dict(self.waiters)
        self.waiters.clear()
        # Nothing will be received any more; a session that has received nothing holds itself by these until now.
        self.frames, self.take = self._decoder.buffer_updated, self._decoder.take
        return waiters
