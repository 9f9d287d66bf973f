"""Plays many runs at once on one thread: each goes on until it has to wait, and time passes when all wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.testkit.conformance.functions import ConformanceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.testkit.conformance.run import CaseRun, Pause
    from pyrocketmq.testkit.conformance.timing import Timing
    from pyrocketmq.testkit.conformance.wire import Receiver

Failure = ConformanceError | OSError | ProtocolError


def play(runs: Iterable[CaseRun], timing: Timing, network: Receiver, *, at_once: int) -> dict[str, Failure | None]:
    """Play runs, so many at once.

    Args:
        runs: The runs; their case ids must differ.
        timing: How time passes.
        network: Where their connections live.
        at_once: How many to play at once; each has two or three connections.

    Returns:
        What went wrong in each, by case id.
    """
    waiting = iter(runs)
    outcomes: dict[str, Failure | None] = {}
    active = {run.case.case_id: run.steps() for run in _take(waiting, at_once)}
    pauses: dict[str, Pause] = {}
    while active:
        moved = False
        now = timing.now()
        for case_id, steps in list(active.items()):
            pause = pauses.get(case_id)
            if pause is not None and not pause.happened() and now < pause.until:
                continue
            moved = True
            try:
                pauses[case_id] = next(steps)
            except StopIteration:
                outcomes[case_id] = None
            except (ConformanceError, OSError, ProtocolError) as error:
                outcomes[case_id] = error
            if case_id in outcomes:
                del active[case_id]
                active.update((run.case.case_id, run.steps()) for run in _take(waiting, 1))
        if not moved:
            timing.pass_until(network, min(pauses[case_id].until for case_id in active))
    return outcomes


def _take(runs: Iterable[CaseRun], count: int) -> Iterable[CaseRun]:
    for _, run in zip(range(count), runs, strict=False):
        yield run
