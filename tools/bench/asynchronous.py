"""Blocks of coroutines."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from itertools import repeat

from bench.blocks import Block, Side, all_at_once


async def concurrently(once: Callable[[], Awaitable[object]], depth: int, calls: int) -> None:
    """Make calls with so many in flight."""
    turns = iter(range(calls))

    async def work() -> None:
        for _ in turns:  # shared by all
            await once()

    async with asyncio.TaskGroup() as group:
        for _ in range(depth):
            group.create_task(work())


def in_flight(runner: asyncio.Runner, once: Callable[[], Awaitable[object]], depth: int) -> Side:
    """Return a side that makes calls with so many in flight."""

    def run(calls: int) -> Block:
        return all_at_once(lambda: runner.run(concurrently(once, depth, calls)), calls)

    return run


def one_by_one(runner: asyncio.Runner, once: Callable[[], Awaitable[object]]) -> Side:
    """Return a side whose calls follow one another."""

    async def block(calls: int) -> Block:
        clock = time.perf_counter
        latencies: list[float] = []
        cpu, start = time.process_time(), clock()
        for _ in repeat(None, calls):
            before = clock()
            await once()
            latencies.append(clock() - before)
        seconds = clock() - start
        return Block(calls, seconds, time.process_time() - cpu, statistics.median(latencies))

    return lambda calls: runner.run(block(calls))
