"""`Followers`: nobody who waits on a connection is forgotten, whatever happens to the others."""

from __future__ import annotations

import random
import sys
import threading
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, cast

import pytest

from pyrocketmq.remote import followers as module
from pyrocketmq.remote.followers import Followers

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 30.0


class Mailbox(list[str]):
    """Tells when it was found empty: who has done that falls asleep."""

    def __init__(self) -> None:
        super().__init__()
        self.found_empty = threading.Event()

    def __len__(self) -> int:
        size = super().__len__()
        if not size:
            self.found_empty.set()
        return size


class Waiting:
    """A thread that follows, and what has become of it."""

    def __init__(self, followers: Followers, opaque: int) -> None:
        self.mailbox = Mailbox()
        self.has_led: bool | None = None
        self.error: KeyboardInterrupt | None = None
        self._call = followers.follow, opaque, self.mailbox, monotonic() + PATIENCE
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()
        assert self.mailbox.found_empty.wait(PATIENCE)

    def _follow(self) -> None:
        follow, *arguments = self._call
        try:
            self.has_led = follow(*arguments)
        except KeyboardInterrupt as error:
            self.error = error

    def join(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


@pytest.fixture
def all_woken() -> list[int]:
    return []


@pytest.fixture
def followers(all_woken: list[int]) -> Followers:
    followers = Followers(lambda: all_woken.append(len(followers.asleep)))
    assert followers.leading.acquire(blocking=False)
    return followers


def answer(followers: Followers, *waiting: tuple[int, Waiting]) -> None:
    for opaque, each in waiting:
        each.mailbox.append("answer")
        followers.note_answered(opaque)


def test_each_wakes_the_next(followers: Followers, all_woken: list[int]) -> None:
    waiting = [(opaque, Waiting(followers, opaque)) for opaque in range(8)]
    answer(followers, *waiting[:6])
    assert len(followers.asleep) == 6
    followers.wake_answered()
    for _, each in waiting[:6]:
        each.join()
        assert each.has_led is False
    assert all_woken == [0]
    assert not followers.asleep
    assert not followers._awakened
    followers.hand_over()
    waiting[6][1].join()
    assert waiting[6][1].has_led is True, "who has waited longest"
    assert not followers.leading.acquire(blocking=False)
    followers.hand_over()
    waiting[7][1].join()
    assert waiting[7][1].has_led is True
    followers.hand_over()
    assert followers.leading.acquire(blocking=False)


def test_only_one_is_woken_at_a_time(followers: Followers, all_woken: list[int]) -> None:
    waiting = [(opaque, Waiting(followers, opaque)) for opaque in range(2)]
    other = module._Follower()
    followers._awakened.add(other)
    answer(followers, *waiting)
    followers.wake_answered()
    assert len(followers.asleep) == 2
    followers._awakened.discard(other)
    followers.wake_answered()
    for _, each in waiting:
        each.join()
    assert all_woken == [0]


def test_who_has_left_does_not_break_the_chain(followers: Followers) -> None:
    gone = module._Follower()
    gone.has_left = True  # and has found nobody to be woken yet
    followers.asleep.append(gone)
    waiting = Waiting(followers, 1)
    answer(followers, (1, waiting))
    followers.wake_answered()
    waiting.join()
    assert waiting.has_led is False
    assert not followers._awakened


def test_who_is_woken_last_tells_it(followers: Followers, all_woken: list[int]) -> None:
    """Even where it has left: what was to be joined must not wait for anybody else."""
    gone = module._Follower()
    gone.has_left = True
    followers.asleep.append(gone)
    followers.wake_answered()
    assert all_woken == [0]
    waiting = Waiting(followers, 1)
    answer(followers, (1, waiting))
    followers.wake_answered()
    waiting.join()
    assert all_woken == [0, 0]


def test_who_finds_its_answer_does_not_wait(followers: Followers) -> None:
    assert followers.follow(1, ["answer"], monotonic() + PATIENCE) is False
    assert not followers._waiting


def test_who_finds_no_leader_leads(followers: Followers) -> None:
    followers.hand_over()
    assert followers.follow(1, [], monotonic() + PATIENCE) is True
    assert not followers.leading.acquire(blocking=False)
    assert not followers._waiting


def test_deadline(followers: Followers) -> None:
    assert followers.follow(1, [], monotonic() - 1) is False
    assert not followers._waiting
    followers.hand_over()
    assert followers.leading.acquire(blocking=False)


def test_dismissed(followers: Followers) -> None:
    lost, other = Waiting(followers, 1), Waiting(followers, 2)
    lost.mailbox.append("loss")
    followers.dismiss([1, 7])
    lost.join()
    assert lost.has_led is False
    followers.hand_over()
    other.join()
    assert other.has_led is True


class InterruptedLock:
    """A lock whose waiting ends with an interruption, just when it has got it or just before."""

    def __init__(self, *, takes_it: bool) -> None:
        self._lock = threading.Lock()
        self._takes_it = takes_it

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if timeout < 0:
            return self._lock.acquire(blocking)
        assert self._lock.acquire(blocking, timeout)
        if not self._takes_it:
            self._lock.release()
        raise KeyboardInterrupt

    def release(self) -> None:
        self._lock.release()


class InterruptedFollower(module._Follower):
    """A follower that is interrupted when it is woken."""

    takes_it = True

    def __init__(self) -> None:
        super().__init__()
        self.awakening = cast("threading.Lock", InterruptedLock(takes_it=self.takes_it))
        self.awakening.acquire()


@pytest.mark.parametrize("takes_it", [False, True])
@pytest.mark.parametrize("is_named", [False, True])
def test_interrupted_when_it_is_woken(
    followers: Followers, monkeypatch: pytest.MonkeyPatch, takes_it: bool, is_named: bool
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(InterruptedFollower, "takes_it", takes_it)
        patch.setattr(module, "_Follower", InterruptedFollower)
        interrupted = Waiting(followers, 1)
    other = Waiting(followers, 2)
    if is_named:
        followers.hand_over()
    else:
        answer(followers, (1, interrupted), (2, other))
        followers.wake_answered()
    interrupted.join()
    assert isinstance(interrupted.error, KeyboardInterrupt)
    other.join()
    assert other.has_led is is_named
    assert not followers._awakened


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("frequent_switches")
@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_forgotten(seed: int) -> None:
    """Threads that call, as `Connection` does, some of them with hardly any time; answers come in batches."""
    followers = Followers(lambda: None)
    requests: SimpleQueue[int | None] = SimpleQueue()
    answers: SimpleQueue[list[int]] = SimpleQueue()
    mailboxes: dict[int, list[int]] = {}
    forgotten: list[int] = []
    followed: list[bool] = []

    def serve() -> None:
        numbers = random.Random(seed)
        while True:
            batch = [requests.get()]
            while batch[-1] is not None and (len(batch) < numbers.randint(1, 8) and not requests.empty()):
                batch.append(requests.get())
            answers.put([opaque for opaque in batch if opaque is not None])
            if batch[-1] is None:
                return

    def receive() -> None:
        try:
            opaques = answers.get(timeout=0.002)
        except Empty:
            return
        for opaque in opaques:
            mailboxes[opaque].append(opaque)
            followers.note_answered(opaque)
        followers.wake_answered()

    def call(opaque: int, seconds: float) -> bool:
        mailbox = mailboxes[opaque] = []
        requests.put(opaque)
        deadline = monotonic() + seconds
        if not followers.leading.acquire(blocking=False):
            leads = followers.follow(opaque, mailbox, deadline)
            followed.append(leads)
            if not leads:
                return bool(mailbox)
        try:
            while not mailbox and monotonic() < deadline:
                receive()
        finally:
            followers.hand_over()
        return bool(mailbox)

    def run(number: int) -> None:
        numbers = random.Random(f"{seed} {number}")
        for turn in range(500):
            opaque = number * 1000 + turn
            is_hasty = numbers.random() < 0.3
            if not call(opaque, numbers.random() * 0.001 if is_hasty else PATIENCE) and not is_hasty:
                forgotten.append(opaque)

    server = threading.Thread(target=serve)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in (server, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    requests.put(None)
    server.join()
    assert forgotten == []
    assert {*followed} == {False, True}
    assert not followers.asleep
    assert not followers._awakened
    assert not followers._waiting
    assert followers.leading.acquire(blocking=False)
