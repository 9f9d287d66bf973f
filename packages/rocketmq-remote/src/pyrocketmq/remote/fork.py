"""What a forked child does with the connections and locks of its parent."""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class Forkable(Protocol):
    """Something that must not be used by a child as its parent left it."""

    def after_fork(self) -> None:
        """Start over: no lock that another thread may hold, no socket that the parent uses."""


_living: weakref.WeakSet[Forkable] = weakref.WeakSet()


def watch(owner: Forkable) -> None:
    """Call `owner.after_fork()` in every child of this process, as long as the owner lives."""
    _living.add(owner)


class Lock:
    """A lock that a forked child finds open, whichever thread of its parent held it at that moment.

    What it guards has to bear that the holder was in the middle of a change.
    """

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self.after_fork()
        watch(self)

    def after_fork(self) -> None:
        """Open it for good: the thread that would do so is the parent's."""
        self._lock = threading.Lock()

    def acquire(self, timeout: float = -1) -> bool:
        """Take it.

        Args:
            timeout: Seconds to wait; -1 for as long as it takes.

        Returns:
            Whether it was to be had in time.
        """
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        """Give it back."""
        self._lock.release()

    def __enter__(self) -> Self:
        self._lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


def _after_fork() -> None:
    for owner in list(_living):
        owner.after_fork()


if hasattr(os, "register_at_fork"):  # there is no fork on Windows
    os.register_at_fork(after_in_child=_after_fork)
