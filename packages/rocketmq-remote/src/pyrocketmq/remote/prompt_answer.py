"""`PromptAnswer`: the answer to a call that is alone on its connection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextvars import Context

T = TypeVar("T")


class PromptAnswer(Generic[T]):
    """A future whose task can go on in the very moment in which the result is there.

    The task that waits for an `asyncio.Future` goes on in the next turn of the event loop. Where one call waits for one
    answer, as `await` after `await` does, that turn has nothing else to do, and costs a tenth of the call. Whoever has
    many calls in flight is better off with turns, each of which serves many of them.

    One task may wait for it. Event loops take it by asyncio's rules for futures of others.

    Args:
        loop: The event loop.
    """

    __slots__ = ("_asyncio_future_blocking", "_callback", "_context", "_error", "_loop", "_result")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asyncio_future_blocking = False  # so asyncio marks a future that a task waits for
        self._loop = loop
        self._callback: Callable[[PromptAnswer[T]], object] | None = None
        self._context: Context | None = None
        self._result: T | None = None
        self._error: asyncio.CancelledError | None = None

    def deliver(self, result: T) -> None:
        """Set the result, and let the task go on before this returns; where another task runs, as soon as it can.

        To be called last by whoever has nothing else to do: what the task does next is done in here.
        """
        callback, context = self._callback, self._context
        if callback is None or context is None or asyncio.current_task(self._loop) is not None:
            self.set_result(result)
        else:
            self._result = result
            context.run(callback, self)

    def set_result(self, result: T) -> None:
        """Set the result; the task goes on in the next turn of the event loop."""
        self._result = result
        self._wake()

    def done(self) -> bool:
        """Whether it has a result, or is cancelled."""
        return self._result is not None or self._error is not None

    def result(self) -> T:
        """Return the result.

        Raises:
            asyncio.CancelledError: it was cancelled.
            asyncio.InvalidStateError: there is no result yet.
        """
        if self._error is not None:
            raise self._error
        if self._result is None:
            raise asyncio.InvalidStateError("the answer has not come yet")
        return self._result

    def cancel(self, msg: Any = None) -> bool:  # any object, as tasks pass it on
        """Cancel it, as the task's own `cancel` does; returns whether it was not done before."""
        if self.done():
            return False
        self._error = asyncio.CancelledError() if msg is None else asyncio.CancelledError(msg)
        self._wake()
        return True

    def add_done_callback(
        self, callback: Callable[[PromptAnswer[T]], object], *, context: Context | None = None
    ) -> None:
        """Have the task that waits called when it is done."""
        self._callback, self._context = callback, context
        if self.done():
            self._wake()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the event loop."""
        return self._loop

    def _wake(self) -> None:
        if self._callback is not None:
            self._loop.call_soon(self._callback, self, context=self._context)

    def __await__(self) -> Generator[PromptAnswer[T], None, T]:
        if not self.done():
            self._asyncio_future_blocking = True
            yield self
        return self.result()
