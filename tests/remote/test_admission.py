"""`Admission`: limits for calls in flight, without a connection."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.remote.admission import Admission


async def test_those_who_wait_longest_enter_first() -> None:
    admission = Admission(1, 100)
    admission.enter(0)
    entered: list[int] = []

    async def call(number: int) -> None:
        await admission.wait(10)
        admission.enter(0)
        entered.append(number)
        admission.leave(0)

    calls = [asyncio.create_task(call(number)) for number in range(5)]
    await asyncio.sleep(0)
    admission.leave(0)
    await asyncio.gather(*calls)
    assert entered == [0, 1, 2, 3, 4]
    assert admission.is_open


async def test_bytes() -> None:
    admission = Admission(10, 100)
    admission.enter(1000)
    assert not admission.is_open, "one call may exceed the limit, the next may not enter"
    with pytest.raises(TimeoutError):
        await admission.wait(0.001)
    admission.leave(1000)
    assert admission.is_open


async def test_pause() -> None:
    admission = Admission(10, 100)
    admission.pause()
    waiting = asyncio.create_task(admission.wait(10))
    await asyncio.sleep(0)
    assert not waiting.done()
    admission.resume()
    await waiting
    admission.pass_on()
    assert admission.is_open


async def test_place_of_one_who_was_let_in_and_cancelled_at_once() -> None:
    admission = Admission(1, 100)
    admission.enter(0)
    first, second = (asyncio.create_task(admission.wait(10)) for _ in range(2))
    await asyncio.sleep(0)
    admission.leave(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await second
    admission.enter(0)
    assert not admission.is_open


async def test_release_all() -> None:
    admission = Admission(1, 100)
    admission.enter(0)
    admission.pause()
    calls = [asyncio.create_task(admission.wait(10)) for _ in range(5)]
    await asyncio.sleep(0)
    admission.release_all()
    await asyncio.gather(*calls)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 60), st.booleans(), st.booleans()), max_size=30),
    st.integers(1, 4),
)
def test_random_calls(calls: list[tuple[int, int, bool, bool]], max_calls: int) -> None:
    """Whatever is cancelled or passes on when: the limit holds, and in the end everything has been given back."""

    async def scenario() -> None:
        admission = Admission(max_calls, 100)
        inside = 0

        async def call(turns: int, size: int, passes_on: bool) -> None:
            nonlocal inside
            if not admission.is_open:
                await admission.wait(10)
            if passes_on:
                return admission.pass_on()
            admission.enter(size)
            inside += 1
            assert inside <= max_calls
            try:
                for _ in range(turns):
                    await asyncio.sleep(0)
            finally:
                inside -= 1
                admission.leave(size)

        tasks = []
        for turns, size, is_cancelled, passes_on in calls:
            tasks.append(asyncio.create_task(call(turns, size, passes_on)))
            await asyncio.sleep(0)
            if is_cancelled:
                tasks[turns % len(tasks)].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(result is None or isinstance(result, asyncio.CancelledError) for result in results)
        assert admission.is_open
        assert (admission._calls, admission._bytes, len(admission._queue)) == (0, 0, 0)

    asyncio.run(scenario())


async def test_who_is_given_up_outside_lets_nobody_in() -> None:
    admission = Admission(1, 100)
    admission.enter(0)
    first = asyncio.create_task(admission.wait(10))
    await asyncio.sleep(0)
    second = admission.wait(10)
    second.send(None)
    second.close()  # as when its event loop ends
    await asyncio.sleep(0)
    assert not first.done()
    admission.leave(0)
    await first
    admission.pass_on()
    assert admission.is_open
