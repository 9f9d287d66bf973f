"""The servers' thread."""

from __future__ import annotations

import threading

import pytest

from pyrocketmq.testkit import RealClock
from pyrocketmq.testkit.loop import ServerLoop


@pytest.fixture
def loop():
    made = ServerLoop(RealClock(), "test loop")
    yield made
    made.stop()


def test_a_call_runs_on_the_thread_and_returns_its_result(loop: ServerLoop) -> None:
    assert loop.call(lambda: threading.current_thread().name) == "test loop"
    assert loop.call(lambda: loop.call(lambda: 7)) == 7


def test_a_call_raises_what_the_function_raises(loop: ServerLoop) -> None:
    def fail() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        loop.call(fail)
    assert loop.errors == []


def test_flushes_run_once_before_a_call_returns(loop: ServerLoop) -> None:
    ran: list[int] = []

    def flush() -> None:
        ran.append(1)

    def ask_twice() -> None:
        loop.at_end_of_turn(flush)
        loop.at_end_of_turn(flush)

    loop.call(ask_twice)
    assert ran == [1]


def test_real_timers_wake_the_thread(loop: ServerLoop) -> None:
    ran = threading.Event()
    loop.call(lambda: loop.timers.call_later(5, ran.set))
    assert ran.wait(5)


def test_calls_from_many_threads(loop: ServerLoop) -> None:
    counted: list[int] = []
    threads = [
        threading.Thread(target=lambda: [loop.call(lambda: counted.append(1)) for _ in range(50)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted) == 200


def test_a_stopped_loop_says_so() -> None:
    loop = ServerLoop(RealClock(), "test loop")
    loop.stop()
    loop.stop()
    with pytest.raises(RuntimeError, match="stopped"):
        loop.call(lambda: None)
