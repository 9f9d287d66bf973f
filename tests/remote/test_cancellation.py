"""Cancellation at any await, of any of several calls: it never mixes answers up and never leaves anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import AsyncConnectionPool, AsyncRemote, RemoteConfig

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scripted_server import ScriptedServer

TURNS = st.none() | st.integers(0, 60)
"""After how many turns of the event loop a call is cancelled; `None` for never."""

examples = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # one server serves all examples: it keeps nothing that another one could see


async def cancelled_at_random(call: Callable[[int], Awaitable[RemotingCommand]], plan: list[int | None]) -> None:
    """Start one call for each entry and cancel it in its turn; what is not cancelled must get its own answer."""

    async def checked(code: int) -> None:
        answer = await call(code)
        assert answer.ext_fields == {"code_received": str(code)}

    tasks = [asyncio.create_task(checked(code)) for code in range(1, len(plan) + 1)]
    for turn in range(max((turns for turns in plan if turns is not None), default=0) + 1):
        for task, turns in zip(tasks, plan, strict=True):
            if turns == turn:
                task.cancel()
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result, turns in zip(results, plan, strict=True):
        assert result is None or (turns is not None and isinstance(result, asyncio.CancelledError)), result


async def assert_no_task_is_left() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=5)
    assert not asyncio.all_tasks() - {asyncio.current_task()}


@examples
@given(plan=st.lists(TURNS, min_size=1, max_size=8), connects_first=st.booleans(), limit=st.integers(1, 4))
def test_calls(server: ScriptedServer, plan: list[int | None], connects_first: bool, limit: int) -> None:
    async def scenario() -> None:
        async with asyncio.timeout(20):
            remote = AsyncRemote(server.address, RemoteConfig(max_in_flight=limit))
            if connects_first:
                await remote.connect()
            await cancelled_at_random(lambda code: remote.invoke(RemotingCommand(code)), plan)
            assert remote.metrics.in_flight == 0
            # As many at once as are let in: none of the cancelled calls has kept its place.
            await asyncio.gather(*(remote.invoke(RemotingCommand(code)) for code in range(limit)))
            await remote.close()
            await assert_no_task_is_left()

    asyncio.run(scenario())


@examples
@given(plan=st.lists(TURNS, min_size=1, max_size=8), size=st.integers(1, 3))
def test_leases(server: ScriptedServer, plan: list[int | None], size: int) -> None:
    async def scenario() -> None:
        async with asyncio.timeout(20):
            pool = AsyncConnectionPool(server.address, RemoteConfig(max_connections=size))

            async def call(code: int) -> RemotingCommand:
                async with pool.connection() as remote:
                    return await remote.invoke(RemotingCommand(code))

            await cancelled_at_random(call, plan)
            assert (pool.metrics.leases, pool.metrics.waiting) == (0, 0)
            await asyncio.gather(*(call(code) for code in range(size * 2)))
            assert pool.metrics.connections <= size
            await pool.close()
            await assert_no_task_is_left()

    asyncio.run(scenario())
