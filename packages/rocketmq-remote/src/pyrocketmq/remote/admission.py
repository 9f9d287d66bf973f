"""`Admission`: how many calls an asyncio connection lets in, and who waits outside."""

from __future__ import annotations

import asyncio
from collections import deque


class Admission:
    """Lets calls in while their number and their bytes stay within limits, those first who have waited longest.

    Whoever has entered must leave again. A single call is let in however large it is.

    Args:
        max_calls: Limit for the calls inside.
        max_bytes: Limit for the bytes of their requests; the last one to enter may exceed it.
    """

    def __init__(self, max_calls: int, max_bytes: int) -> None:
        self.is_open = True
        """Whether a call may enter without waiting."""
        self._max_calls = max_calls
        self._max_bytes = max_bytes
        self._calls = 0
        self._bytes = 0
        self._is_paused = False
        self._queue: deque[asyncio.Future[None]] = deque()

    def enter(self, size: int) -> None:
        """Note a call that comes in, and how many bytes it has; only while it is open, or at once after `wait`."""
        self._calls += 1
        self._bytes += size
        if self._calls >= self._max_calls or self._bytes >= self._max_bytes:
            self.is_open = False

    async def wait(self, timeout: float) -> None:
        """Wait until there is room, and it is the caller's turn to `enter`, or to `pass_on` its turn, without a wait.

        Raises:
            TimeoutError: there was none for so many seconds.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with asyncio.timeout(timeout):
                await turn
        except BaseException:
            if turn in self._queue:
                self._queue.remove(turn)
            elif not turn.cancelled():  # let in just now
                self._calls -= 1
                self.pass_on()
            raise
        self._calls -= 1  # its place, which was kept for it until now

    def pass_on(self) -> None:
        """Let others in instead."""
        if not self.is_open:
            self._let_in()

    def leave(self, size: int) -> None:
        """Note that a call is over, and how many bytes it had."""
        self._calls -= 1
        self._bytes -= size
        if not self.is_open:
            self._let_in()

    def pause(self) -> None:
        """Let nobody in until `resume`."""
        self._is_paused = True
        self.is_open = False

    def resume(self) -> None:
        """Let calls in again."""
        self._is_paused = False
        self._let_in()

    def release_all(self) -> None:
        """Let everybody in, for good: the connection is lost, and each call shall notice."""
        self._max_calls = self._max_bytes = 2**63
        self.resume()

    def _let_in(self) -> None:
        while self._queue and self._has_room():
            turn = self._queue.popleft()
            if not turn.done():
                self._calls += 1
                turn.set_result(None)
        self.is_open = not self._queue and self._has_room()

    def _has_room(self) -> bool:
        return not self._is_paused and self._calls < self._max_calls and self._bytes < self._max_bytes
