"""Leader and followers: the threads that wait on one connection, of which one reads for all.

Who leads notes whose answers have come, and when it has its own, names the follower that has waited longest as the next
leader. A lone caller leads always, and no other thread has to do anything for it.

Followers whose answers have come are woken one after the other, each by the one before it. Woken all at once, they
would queue up for the interpreter's lock, so that each of them falls asleep once more before it can do anything. The
chain of those who wake each other never breaks: who has been woken, or has left while it was being woken, wakes the
next one before it does anything else. While some are still asleep, more calls are about to begin, and `FrameWriter`
joins their frames.
"""

from __future__ import annotations

import threading
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sized


class _Follower:
    """One thread that waits.

    Attributes:
        awakening: Released to wake it.
        leads: Whether it was named as the leader.
        has_left: Whether it no longer waits to be woken.
    """

    __slots__ = ("awakening", "has_left", "leads")

    def __init__(self) -> None:
        self.awakening = threading.Lock()
        self.awakening.acquire()
        self.leads = False
        self.has_left = False


class Followers:
    """The threads of one connection that wait while another one reads.

    Args:
        all_woken: Called when `asleep` has become empty, by the last one that was woken, when it goes on.
    """

    def __init__(self, all_woken: Callable[[], None]) -> None:
        self.leading: Final = threading.Lock()
        """Held in the name of the leader; whoever is named takes it over as it is."""
        self.asleep: Final[deque[_Follower]] = deque()
        """Those whose answers have come, and that nobody has woken yet."""
        self._all_woken = all_woken
        # Guards what joins and leaves `_waiting`, and naming; held for a few instructions only. The leader takes out
        # who is answered without it: nobody else goes through the queue.
        self._lock = threading.Lock()
        self._awakened: set[_Follower] = set()  # who was woken and has not gone on yet: one, as a rule
        self._waiting: dict[int, _Follower] = {}  # who is taken out of it gets woken

    def follow(self, opaque: int, mailbox: Sized, deadline: float) -> bool:
        """Wait until something is in the mailbox, or it is this thread's turn to lead.

        Args:
            opaque: What the thread waits for; nobody else must wait for it.
            mailbox: Where that comes; not empty before `note_answered` or `dismiss` is called for it.
            deadline: When to stop waiting, by the monotonic clock.

        Returns:
            Whether this thread leads now; `hand_over` has to follow then.
        """
        follower = _Follower()
        with self._lock:
            self._waiting[opaque] = follower
        is_woken = False
        try:
            # In this order: a leader lets go first, and then looks whether somebody waits.
            if self.leading.acquire(False):
                return True
            if not mailbox:  # it may have come before this thread was in the queue
                is_woken = follower.awakening.acquire(timeout=max(0.0, deadline - monotonic()))
        finally:
            if not is_woken:
                self._leave(opaque, follower)
        if is_woken and not follower.leads:
            self._go_on(follower)
        return is_woken and follower.leads

    def note_answered(self, opaque: int) -> None:
        """Note that something is in the mailbox of a thread, if that follows; `wake_answered` has to follow.

        Only the leader may call this.
        """
        follower = self._waiting.pop(opaque, None)
        if follower is not None:
            self.asleep.append(follower)

    def wake_answered(self) -> None:
        """Wake one of those whose answers have come, unless one is on its way already; that one wakes the next.

        Any number of threads may do this at once.
        """
        asleep, awakened = self.asleep, self._awakened
        while asleep and not awakened:
            try:
                follower = asleep.popleft()
            except IndexError:
                return
            awakened.add(follower)
            follower.awakening.release()
            if follower.has_left:  # perhaps before it was added
                awakened.discard(follower)
                if not asleep:
                    self._all_woken()

    def hand_over(self) -> None:
        """Lead no more; name the next leader: who has waited longest of those that still wait."""
        while True:
            if self._waiting:
                with self._lock:
                    for opaque, follower in self._waiting.items():
                        del self._waiting[opaque]
                        follower.leads = True
                        follower.awakening.release()
                        return
            self.leading.release()
            if not self._waiting or not self.leading.acquire(False):
                return

    def dismiss(self, opaques: Iterable[int]) -> None:
        """Wake all that wait for these, at once; something has to be in their mailboxes."""
        with self._lock:
            dismissed = [follower for opaque in opaques if (follower := self._waiting.pop(opaque, None)) is not None]
        for follower in dismissed:
            follower.awakening.release()

    def _leave(self, opaque: int, follower: _Follower) -> None:
        """Wait no more without having been woken."""
        with self._lock:
            if self._waiting.pop(opaque, None) is not None:
                return
        if follower.leads:  # named just now, in passing
            self.hand_over()
        else:
            # In this order: who wakes it, perhaps just now, looks at this afterwards.
            follower.has_left = True
            self._go_on(follower)

    def _go_on(self, follower: _Follower) -> None:
        """Wake the next one, if there is one."""
        self._awakened.discard(follower)
        if self.asleep:
            self.wake_answered()
        else:
            self._all_woken()
