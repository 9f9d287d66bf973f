"""Sending frames of many threads over one stream.

A frame is queued, and whoever gets the lock sends all that is queued, so that frames of many threads leave in one
system call. Who does not get the lock leaves its frame to the holder, which looks again after it has let go. While
others are about to send, too, a frame waits until there are some more, or nobody is left who is about to.
"""

from __future__ import annotations

import threading
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias

from pyrocketmq.remote.errors import Loss, RemoteConnectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Sized

    from pyrocketmq.remote.metrics import Counters
    from pyrocketmq.remote.stream import Stream

Outgoing: TypeAlias = list[bytes]
"""A frame to be sent, alone in a list. Whoever pops it owns it: the thread that sends, or a caller that gives up.

So an empty list means that bytes of the frame may have been sent.
"""

_JOINED_BYTES: Final = 128 * 1024
_JOINED_FRAMES: Final = 8
# More of them would save system calls, but leave the server without anything to do meanwhile.


def withdraw(outgoing: Outgoing) -> bool:
    """Give a frame up; return whether none of it has been, or will be, sent."""
    try:
        outgoing.pop()
    except IndexError:
        return False
    return True


class FrameWriter:
    """The sending half of a connection.

    Args:
        stream: Where to send.
        counters: Where to count the bytes.
        patience: Seconds for which the peer may take no bytes before the connection is held dead.
        explain: Says what an error of the stream means for the connection.
        lose: Called when nothing can be sent any more.
        senders: Others that are about to send. A frame may wait while there are any; `flush` has to be called when
            there are none any more.
    """

    def __init__(
        self,
        stream: Stream,
        counters: Counters,
        patience: float,
        explain: Callable[[OSError], Loss],
        lose: Callable[[Loss], None],
        senders: Sized,
    ) -> None:
        self.lock = threading.Lock()
        """Held by the thread that sends."""
        self._stream = stream
        self._counters = counters
        self._patience = patience
        self._explain = explain
        self._lose = lose
        self._senders = senders
        self._queue: deque[Outgoing] = deque()
        self._rest: memoryview | None = None
        self._is_broken = False

    def write(self, outgoing: Outgoing, deadline: float, *, wait: bool = False) -> bool:
        """Send a frame, or leave it to the thread that is sending. A broken stream shows as a loss, not here.

        Args:
            outgoing: The frame.
            deadline: When to stop waiting, by the monotonic clock.
            wait: Stay until the frame is sent, even by another thread. For frames without an answer: their senders
                wait for nothing else, so that the queue could grow without limit.

        Returns:
            False if nothing of the frame could be sent by the deadline, and nothing will be.
        """
        queue = self._queue
        queue.append(outgoing)
        # In this order: who takes the last sender away looks at the queue afterwards.
        if self._senders and len(queue) < _JOINED_FRAMES and not wait:
            return True
        while queue and not self._is_broken:
            if not self.lock.acquire(False):  # a keyword costs more than all the rest of it
                if not wait or not outgoing:
                    break
                if not self.lock.acquire(timeout=max(0.0, deadline - monotonic())):
                    return not withdraw(outgoing)
            if not self._send_queued(deadline):
                is_withdrawn = withdraw(outgoing)
                self._send_elsewhere()
                return not is_withdrawn
        return True

    def flush(self) -> None:
        """Send what is queued, as far as the peer takes it at once; a thread of its own sends the rest."""
        while self._queue and not self._is_broken and self.lock.acquire(False):
            if not self._send_queued(0.0):
                self._send_elsewhere()
                return

    def _send_queued(self, deadline: float) -> bool:  # noqa: PLR0912  # runs for every frame: a call less
        """Send all that is queued, and let go of the lock.

        Returns:
            False, with the lock still held, if the peer has not taken it by the deadline.
        """
        queue = self._queue
        batch: list[tuple[Outgoing, bytes]] = []
        try:
            while not self._is_broken:
                data: memoryview | bytes | None = self._rest
                if data is None:
                    try:
                        outgoing = queue.popleft()
                        data = outgoing.pop()
                    except IndexError:
                        if queue:
                            continue  # it was withdrawn
                        break
                    batch = [(outgoing, data)]
                    if queue:
                        data = self._join_queued(batch, len(data))
                try:
                    sent = self._stream.send(data, self._stream.send_flags)
                except BlockingIOError:
                    sent = 0
                except OSError as error:
                    self._put_back(batch)
                    self._break(self._explain(error))
                    break
                self._counters.bytes_out += sent
                if sent == len(data):
                    self._rest = None
                    if not queue:
                        break
                    continue
                if sent:
                    self._rest = memoryview(data)[sent:]
                    batch = []
                else:
                    self._put_back(batch)
                if not self._stream.wait_writable(deadline - monotonic()):
                    return False
        except BaseException as error:
            self._lose(Loss(RemoteConnectionError, "interrupted while sending", error))
            self.lock.release()
            raise
        self.lock.release()
        return True

    def _join_queued(self, batch: list[tuple[Outgoing, bytes]], size: int) -> bytes:
        """Add what is queued to a batch of so many bytes, up to a limit, and return the bytes of all."""
        queue = self._queue
        while queue and size < _JOINED_BYTES:
            outgoing = queue.popleft()
            try:
                frame = outgoing.pop()
            except IndexError:
                continue  # withdrawn
            size += len(frame)
            batch.append((outgoing, frame))
        return b"".join([frame for _, frame in batch])

    def _put_back(self, batch: list[tuple[Outgoing, bytes]]) -> None:
        """Take it back that frames have been sent, in part or in whole: none has."""
        for outgoing, frame in reversed(batch):
            outgoing.append(frame)
            self._queue.appendleft(outgoing)

    def _send_elsewhere(self) -> None:
        """Let a thread of its own go on where the holder of the lock has no time left; the lock goes over to it.

        Others' frames may be waiting, and one may be sent in part.
        """
        try:
            threading.Thread(target=self._send_patiently, name="rocketmq-flush", daemon=True).start()
        except RuntimeError as error:
            self._break(Loss(RemoteConnectionError, "no thread can be started for what is still to be sent", error))
            self.lock.release()

    def _send_patiently(self) -> None:
        while True:
            before = self._counters.bytes_out
            if self._send_queued(monotonic() + self._patience):
                if not self._queue or self._is_broken or not self.lock.acquire(False):
                    return
            elif self._counters.bytes_out == before:
                reason = f"the peer has taken no bytes for {self._patience:g} s: connection held dead"
                self._break(Loss(RemoteConnectionError, reason))
                self.lock.release()
                return

    def _break(self, loss: Loss) -> None:
        """Send nothing any more. Who finds it so must find the loss told, too."""
        self._lose(loss)
        self._is_broken = True
