"""Blocks: short stretches of work that alternate between the sides of a comparison."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, repeat
from typing import NamedTuple, TypeAlias


class Block(NamedTuple):
    """One stretch of one side.

    Attributes:
        calls: How many calls it made.
        seconds: How long it took.
        cpu: Processor time of the side's process in seconds, over all threads.
        p50: Median latency of a call in seconds; 0 where calls overlap.
    """

    calls: int
    seconds: float
    cpu: float
    p50: float = 0.0


Side: TypeAlias = Callable[[int], Block]
"""Makes that many calls."""


def one_by_one(once: Callable[[], object], calls: int) -> Block:
    """Measure calls that follow one another."""
    clock = time.perf_counter
    latencies: list[float] = []
    note = latencies.append
    cpu, start = time.process_time(), clock()
    for _ in repeat(None, calls):
        before = clock()
        once()
        note(clock() - before)
    seconds = clock() - start
    return Block(calls, seconds, time.process_time() - cpu, statistics.median(latencies))


def all_at_once(work: Callable[[], object], calls: int) -> Block:
    """Measure work that makes calls by itself, as many at a time as it likes."""
    cpu, start = time.process_time(), time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return Block(calls, seconds, time.process_time() - cpu)


def in_turn(setups: Sequence[Mapping[str, Side]]) -> dict[str, Side]:
    """Return sides that make each block of calls by another one of those that were set up, in turn.

    Args:
        setups: The sides by name, as often as they were set up.
    """

    def taking_turns(name: str) -> Side:
        turns = cycle([sides[name] for sides in setups])

        def run(calls: int) -> Block:
            return next(turns)(calls)

        return run

    return {name: taking_turns(name) for name in setups[0]}


def alternate(sides: Mapping[str, Side], calls: int, rounds: int) -> dict[str, list[Block]]:
    """Let the sides take turns, in the opposite order every other time.

    Args:
        sides: The sides by name.
        calls: How many calls a block has.
        rounds: How many blocks each side has.
    """
    done: dict[str, list[Block]] = {name: [] for name in sides}
    order = list(sides)
    for _ in range(rounds):
        for name in order:
            gc.collect()  # what one side leaves behind is not to be paid for by the next
            done[name].append(sides[name](calls))
        order.reverse()
    return done


def rate(block: Block) -> float:
    """Return the calls per second."""
    return block.calls / block.seconds


def p50(block: Block) -> float:
    """Return the median latency in seconds."""
    return block.p50


def duration(block: Block) -> float:
    """Return the seconds of a call."""
    return block.seconds / block.calls


def cpu_per_call(blocks: Sequence[Block]) -> float:
    """Return the processor time of a call in seconds: the median over blocks."""
    return statistics.median(block.cpu / block.calls for block in blocks)


def ratios(figure: Callable[[Block], float], ours: Sequence[Block], base: Sequence[Block]) -> list[float]:
    """Return the ratio of a figure for each round."""
    return [figure(one) / figure(other) for one, other in zip(ours, base, strict=True)]
