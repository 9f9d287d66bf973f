"""A few threads for handlers: started when there is work, gone when there has been none for a while."""

from __future__ import annotations

import threading
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final

from pyrocketmq.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

_log = get_logger("pyrocketmq.remote")

_IDLE_SECONDS: Final = 5.0
_QUEUE_LIMIT: Final = 1024


class Worker:
    """Runs tasks in the order they come, several at a time. The threads are daemons.

    Args:
        name: Of the threads.
        max_threads: How many there are at most.
    """

    def __init__(self, name: str, max_threads: int) -> None:
        self._name = name
        self._max_threads = max_threads
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._tasks: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._is_closed = False

    def submit(self, task: Callable[[], object]) -> bool:
        """Run a task soon. What it raises is logged.

        Returns:
            Whether it was accepted; not where too many tasks wait, the worker is closed, or there is no thread to be
            had for it.
        """
        with self._changed:
            if self._is_closed or len(self._tasks) >= _QUEUE_LIMIT:
                return False
            self._tasks.append(task)
            if self._idle >= len(self._tasks):
                self._changed.notify()
            elif len(self._threads) < self._max_threads:
                self._start_thread()
            if not self._threads:
                self._tasks.pop()
                return False
            return True

    def close(self, timeout: float, *, drop_waiting: bool = True) -> None:
        """Accept no more tasks and let running ones end; waits so many seconds at most for all of them.

        Args:
            timeout: The seconds.
            drop_waiting: Whether to drop the tasks that wait, instead of letting them end, too.
        """
        deadline = monotonic() + timeout
        with self._changed:
            self._is_closed = True
            if drop_waiting:
                self._tasks.clear()
            self._changed.notify_all()
            threads = self._threads - {threading.current_thread()}
        for thread in threads:
            thread.join(max(0.0, deadline - monotonic()))

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no more, or the interpreter is about to end
            _log.warning("no thread for %s: %s", self._name, error)
        else:
            self._threads.add(thread)

    def _run(self) -> None:
        while (task := self._next_task()) is not None:
            try:
                task()
            except BaseException:  # noqa: BLE001  # even `SystemExit`: the thread is there for the next task, too
                _log.exception("a task of %s failed", self._name)

    def _next_task(self) -> Callable[[], object] | None:
        with self._changed:
            self._idle += 1
            try:
                has_task = self._changed.wait_for(lambda: self._tasks or self._is_closed, _IDLE_SECONDS)
            finally:
                self._idle -= 1
            if has_task and self._tasks:
                return self._tasks.popleft()
            self._threads.discard(threading.current_thread())
            return None
