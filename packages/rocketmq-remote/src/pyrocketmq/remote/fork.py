"""What a forked child does with the connections of its parent."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """Something that must not be used by a child as its parent left it."""

    def after_fork(self) -> None:
        """Start over: no lock that another thread may hold, no socket that the parent uses."""


_living: weakref.WeakSet[Forkable] = weakref.WeakSet()


def watch(owner: Forkable) -> None:
    """Call `owner.after_fork()` in every child of this process, as long as the owner lives."""
    _living.add(owner)


def _after_fork() -> None:
    for owner in list(_living):
        owner.after_fork()


if hasattr(os, "register_at_fork"):  # there is no fork on Windows
    os.register_at_fork(after_in_child=_after_fork)
