"""`Worker`: the threads of handlers."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from scripted_server import WAIT, eventually

from pyrocketmq.remote import worker as worker_module
from pyrocketmq.remote.worker import Worker

if TYPE_CHECKING:
    from drivers import Leaks


def named(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


async def test_threads_start_when_needed_and_are_reused(leaks: Leaks) -> None:
    worker = Worker("few", 3)
    assert named("few") == []
    done = threading.Semaphore(0)
    for _ in range(5):
        assert worker.submit(done.release)
        assert done.acquire(timeout=WAIT)
        await eventually(lambda: worker._idle == 1)
    assert len(named("few")) == 1
    worker.close(WAIT)


async def test_no_more_threads_than_allowed(leaks: Leaks) -> None:
    worker = Worker("two", 2)
    release, started = threading.Event(), threading.Semaphore(0)

    def task() -> None:
        started.release()
        release.wait(WAIT)

    for _ in range(6):
        assert worker.submit(task)
    assert started.acquire(timeout=WAIT)
    assert started.acquire(timeout=WAIT)
    assert len(named("two")) == 2
    release.set()
    for _ in range(4):
        assert started.acquire(timeout=WAIT)
    worker.close(WAIT)


async def test_idle_threads_end(leaks: Leaks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_IDLE_SECONDS", 0.01)
    worker = Worker("idle", 2)
    done = threading.Event()
    worker.submit(done.set)
    assert done.wait(WAIT)
    await eventually(lambda: not named("idle"))
    again = threading.Event()
    worker.submit(again.set)
    assert again.wait(WAIT)
    worker.close(WAIT)


def test_queue_is_bounded(leaks: Leaks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_QUEUE_LIMIT", 2)
    worker = Worker("full", 1)
    release, started = threading.Event(), threading.Event()
    worker.submit(lambda: (started.set(), release.wait(WAIT)))
    assert started.wait(WAIT)
    assert [worker.submit(lambda: None) for _ in range(3)] == [True, True, False]
    release.set()
    worker.close(WAIT)
    assert not worker.submit(lambda: None)


def test_closing_drops_what_waits(leaks: Leaks) -> None:
    worker = Worker("closing", 1)
    release, started, ran = threading.Event(), threading.Event(), threading.Event()
    worker.submit(lambda: (started.set(), release.wait(WAIT)))
    worker.submit(ran.set)
    assert started.wait(WAIT)
    closing = threading.Thread(target=worker.close, args=(WAIT,))
    closing.start()
    release.set()
    closing.join(WAIT)
    assert not ran.is_set()


def test_closing_waits_for_all_threads_together(leaks: Leaks) -> None:
    worker = Worker("slow", 4)
    release, started = threading.Event(), threading.Semaphore(0)
    for _ in range(4):
        worker.submit(lambda: (started.release(), release.wait(WAIT)))
    for _ in range(4):
        assert started.acquire(timeout=WAIT)
    begun = time.monotonic()
    worker.close(0.2)
    assert time.monotonic() - begun < 0.6
    release.set()


def test_a_task_that_raises_costs_no_thread(leaks: Leaks, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise SystemExit("of the application")

    worker = Worker("tough", 1)
    ran = threading.Event()
    assert worker.submit(fail)
    assert worker.submit(ran.set)
    assert ran.wait(WAIT)
    assert "a task of tough failed" in caplog.text
    worker.close(WAIT)


def test_where_no_thread_can_be_had(
    leaks: Leaks, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    worker = Worker("none", 1)
    ran = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert not worker.submit(ran.set)
    assert "no thread for none: can't start new thread" in caplog.text
    again = threading.Event()
    assert worker.submit(again.set)
    assert again.wait(WAIT)
    assert not ran.is_set()
    worker.close(WAIT)
