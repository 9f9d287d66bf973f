"""The future of a call that is alone on its connection."""

from __future__ import annotations

import asyncio
from asyncio import tasks
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from pyrocketmq.remote.prompt_answer import PromptAnswer

if TYPE_CHECKING:
    from collections.abc import Coroutine


@pytest.fixture(params=["C", "Python"])
async def loop(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoop:
    """The running loop, with tasks of the one or the other implementation of asyncio."""
    running = asyncio.get_running_loop()
    if request.param == "Python":
        running.set_task_factory(lambda on, coro, **options: tasks._PyTask(coro, loop=on, **options))  # type: ignore[attr-defined]
    return running


class Waiting:
    """A task that waits for an answer, and what it has done."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.answer: PromptAnswer[str] = PromptAnswer(loop)
        self.done: list[Any] = []
        self.task = loop.create_task(self._wait())

    async def _wait(self) -> None:
        try:
            self.done.append(await self.answer)
        except asyncio.CancelledError as error:
            self.done.append(error.args)
            raise


async def begun(loop: asyncio.AbstractEventLoop) -> Waiting:
    waiting = Waiting(loop)
    await asyncio.sleep(0)
    return waiting


async def outside_of_tasks(loop: asyncio.AbstractEventLoop, call: Any, *arguments: Any) -> None:
    """Call something as the event loop does when bytes have come."""
    called = loop.create_future()
    loop.call_soon(lambda: called.set_result(call(*arguments)))
    await called


async def test_the_task_goes_on_before_anything_else_happens(loop: asyncio.AbstractEventLoop) -> None:
    waiting = await begun(loop)
    seen: list[list[Any]] = []
    await outside_of_tasks(loop, lambda: (waiting.answer.deliver("answer"), seen.append(list(waiting.done))))
    assert seen == [["answer"]]
    assert waiting.task.done()


async def test_where_a_task_runs_the_other_one_has_to_wait_for_its_turn() -> None:
    waiting = await begun(asyncio.get_running_loop())
    waiting.answer.deliver("answer")
    assert waiting.done == []
    await waiting.task
    assert waiting.done == ["answer"]


async def test_a_result_may_be_there_before_anybody_waits(loop: asyncio.AbstractEventLoop) -> None:
    answer: PromptAnswer[str] = PromptAnswer(loop)
    with pytest.raises(asyncio.InvalidStateError):
        answer.result()
    await outside_of_tasks(loop, answer.deliver, "answer")
    assert await answer == "answer"


async def test_a_result_that_is_set_wakes_the_task_in_its_turn(loop: asyncio.AbstractEventLoop) -> None:
    waiting = await begun(loop)
    seen: list[list[Any]] = []
    await outside_of_tasks(loop, lambda: (waiting.answer.set_result("answer"), seen.append(list(waiting.done))))
    await waiting.task
    assert (seen, waiting.done) == ([[]], ["answer"])


@pytest.mark.parametrize("message", [(), ("enough",)])
async def test_a_task_that_waits_can_be_cancelled(loop: asyncio.AbstractEventLoop, message: tuple[str, ...]) -> None:
    waiting = await begun(loop)
    waiting.task.cancel(*message)
    with pytest.raises(asyncio.CancelledError):
        await waiting.task
    assert waiting.done == [message]
    assert waiting.answer.done()
    assert not waiting.answer.cancel()


async def test_the_task_keeps_its_context(loop: asyncio.AbstractEventLoop) -> None:
    variable: ContextVar[str] = ContextVar("variable")
    seen: list[str] = []

    async def wait() -> None:
        variable.set("the task's")
        await answer
        seen.append(variable.get())

    answer: PromptAnswer[str] = PromptAnswer(loop)
    task = loop.create_task(wait())
    await asyncio.sleep(0)
    variable.set("somebody else's")
    await outside_of_tasks(loop, answer.deliver, "answer")
    await task
    assert seen == ["the task's"]


def test_a_task_of_another_event_loop_cannot_wait_for_it() -> None:
    async def wait(answer: PromptAnswer[str]) -> None:
        await answer

    def refused(coroutine: Coroutine[Any, Any, None]) -> None:
        with pytest.raises(RuntimeError, match="attached to a different loop"):
            asyncio.run(coroutine)

    other = asyncio.new_event_loop()
    try:
        refused(wait(PromptAnswer(other)))
    finally:
        other.close()
