"""Clocks and timers."""

from __future__ import annotations

import time

import pytest

from pyrocketmq.testkit import RealClock, VirtualClock
from pyrocketmq.testkit.clock import Timers
from pyrocketmq.testkit.loop import ServerLoop


def test_a_virtual_clock_moves_only_when_told() -> None:
    clock = VirtualClock(start=1_000)
    clock.advance(seconds=0.25)
    assert clock.now() == 1_250


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        VirtualClock().advance(seconds=-1)


def test_a_client_timestamp_keeps_its_distance_from_now() -> None:
    clock = VirtualClock(start=50_000)
    wall = RealClock().now()
    assert clock.from_wall(wall + 3_000) == pytest.approx(53_000, abs=500)


def test_the_real_clock_follows_the_machine() -> None:
    clock = RealClock()
    assert clock.now() == pytest.approx(time.time() * 1000, abs=500)
    assert clock.from_wall(5) == 5
    assert clock.seconds_until(clock.now() - 1) == 0.0
    assert 0 < (clock.seconds_until(clock.now() + 5_000) or 0) <= 5


def test_timers_run_in_the_order_of_their_time_at_that_time() -> None:
    clock = VirtualClock(start=0)
    loop = ServerLoop(clock, "test")
    ran: list[tuple[str, int]] = []
    try:
        loop.call(lambda: loop.timers.call_later(2_000, lambda: ran.append(("late", clock.now()))))
        loop.call(lambda: loop.timers.call_later(500, lambda: ran.append(("early", clock.now()))))
        loop.call(lambda: loop.timers.call_every(800, lambda: ran.append(("often", clock.now()))))
        clock.advance(seconds=2)
    finally:
        loop.stop()
    assert ran == [("early", 500), ("often", 800), ("often", 1_600), ("late", 2_000)]


def test_two_servers_share_one_clock() -> None:
    clock = VirtualClock(start=0)
    loops = [ServerLoop(clock, f"test {name}") for name in "ab"]
    ran: list[str] = []
    try:
        loops[0].call(lambda: loops[0].timers.call_later(200, lambda: ran.append("a")))
        loops[1].call(lambda: loops[1].timers.call_later(100, lambda: ran.append("b")))
        clock.advance(seconds=1)
    finally:
        for loop in loops:
            loop.stop()
    assert ran == ["b", "a"]
    clock.advance(seconds=1)  # no server lives by it any more


def test_a_cancelled_timer_does_not_run() -> None:
    clock = VirtualClock(start=0)
    errors: list[BaseException] = []
    timers = Timers(clock, errors)
    ran: list[int] = []
    timers.call_later(10, lambda: ran.append(1)).cancel()
    assert timers.next_due() is None
    clock.advance(seconds=1)
    timers.run_due()
    assert ran == []


def test_a_failing_timer_does_not_stop_the_others() -> None:
    clock = VirtualClock(start=0)
    errors: list[BaseException] = []
    timers = Timers(clock, errors)
    ran: list[int] = []
    timers.call_at(0, lambda: 1 / 0)
    timers.call_at(0, lambda: ran.append(1))
    timers.run_due()
    assert ran == [1]
    assert isinstance(errors[0], ZeroDivisionError)
