"""`ServerLoop`: one thread with one selector, on which any number of fake servers live.

Everything that those servers know is touched by this thread alone, so that nothing in them needs a lock. Other threads
hand over functions with `call` and wait for what they return.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pyrocketmq.testkit.clock import Timers

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.clock import Clock

T = TypeVar("T")

_CALL_TIMEOUT = 30.0
# Far beyond what any call takes; it only turns a hang of the fake into an error that says so.


class ServerLoop:
    """A thread that waits for sockets, timers and calls.

    Args:
        clock: The clock by which its timers run.
        name: The thread's name.
    """

    def __init__(self, clock: Clock, name: str) -> None:
        self.clock = clock
        self.errors: list[BaseException] = []
        """What went wrong on the thread and should fail the test that uses the fake."""
        self.timers = Timers(clock, self.errors)
        self._selector = selectors.DefaultSelector()
        self._calls: deque[Callable[[], Callable[[], None]]] = deque()
        self._flushes: dict[Callable[[], None], None] = {}
        self._running = True
        self._is_busy = False
        self._awake, self._waker = socket.socketpair()
        self._awake.setblocking(False)
        self._waker.setblocking(False)
        self.watch(self._awake, selectors.EVENT_READ, self._woken)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        clock.attach(self)
        self._thread.start()

    def call(self, function: Callable[[], T]) -> T:
        """Run a function on the loop's thread and return what it returns.

        When this returns, whatever the function sent to clients has been handed to the system.

        Raises:
            RuntimeError: the loop has stopped, or does not get to it.
        """
        if threading.current_thread() is self._thread:
            return function()
        outcome: Future[T] = Future()

        def run() -> Callable[[], None]:
            try:
                result = function()
            except BaseException as error:  # noqa: BLE001  # it belongs to the caller, who raises it again
                return partial(outcome.set_exception, error)
            return partial(outcome.set_result, result)

        if not self._running:
            raise RuntimeError("this fake has been stopped")
        self._calls.append(run)
        self.wake()
        try:
            return outcome.result(_CALL_TIMEOUT)
        except TimeoutError as error:
            if outcome.done():
                raise
            raise RuntimeError(f"the fake's thread did not answer within {_CALL_TIMEOUT:g} s") from error

    def settle(self) -> None:
        """Return when everything that had arrived before this call was handled."""
        self.call(lambda: None)  # a turn may be under way that looked for bytes before they came
        while self.call(lambda: self._is_busy):
            pass

    def wake(self) -> None:
        """Make the thread look at its calls."""
        try:
            self._waker.send(b"\0")
        except BlockingIOError:
            pass  # the pipe is full of wake-ups that it has not read yet
        except OSError:
            if self._running:
                raise

    def stop(self) -> None:
        """End the thread; sockets that are still watched are their owners' business."""
        if not self._running:
            return
        self.call(self._end)
        self._thread.join(_CALL_TIMEOUT)
        self.clock.detach(self)
        self._selector.close()
        self._awake.close()
        self._waker.close()

    def _end(self) -> None:
        self._running = False

    def watch(self, sock: socket.socket, events: int, ready: Callable[[int], None]) -> None:
        """Call `ready` with the events of a socket whenever it has some of these."""
        self._selector.register(sock, events, ready)

    def watch_for(self, sock: socket.socket, events: int, ready: Callable[[int], None]) -> None:
        """Wait for other events of a watched socket."""
        self._selector.modify(sock, events, ready)

    def unwatch(self, sock: socket.socket) -> None:
        """Stop watching a socket; before it is closed."""
        self._selector.unregister(sock)

    def at_end_of_turn(self, flush: Callable[[], None]) -> None:
        """Call a function once, after everything that is ready now was handled."""
        self._flushes[flush] = None

    def next_due(self) -> int | None:
        """Return when the first timer is due; for a virtual clock."""
        return self.call(self.timers.next_due)

    def run_due(self) -> None:
        """Run what is due; for a virtual clock."""
        self.call(self.timers.run_due)

    def _run(self) -> None:
        while self._running:
            due = self.timers.next_due()
            ready = self._selector.select(None if due is None else self.clock.seconds_until(due))
            self._is_busy = any(key.fileobj is not self._awake for key, _ in ready)
            for key, events in ready:
                try:
                    key.data(events)
                except Exception as error:  # noqa: BLE001  # the thread must go on; `errors` fails the test
                    self.errors.append(error)
            self.timers.run_due()
            finished = [self._calls.popleft()() for _ in range(len(self._calls))]
            while self._flushes:
                flushes, self._flushes = self._flushes, {}
                for flush in flushes:
                    flush()
            for finish in finished:
                finish()

    def _woken(self, events: int) -> None:
        with suppress(BlockingIOError):
            self._awake.recv(4096)
