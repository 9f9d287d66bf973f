"""Runs the cases through both faces of the public clients on real brokers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from client_conformance.players import PLAYERS
from client_conformance.suite import run_on_target
from conformance.real import run_on_real
from pyrocketmq.testkit.conformance import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client_conformance.players import Player
    from pyrocketmq.testkit.conformance import Case, Target

_AT_ONCE: Final = 12
# Half of what the raw suite plays at once, since both faces play.


def run_faces_on_real(version: str, cases: Sequence[Case]) -> list[Report]:
    """Run cases on real brokers of a version, started for them.

    Both faces play at the same time, since most of it is waiting, but each on brokers of its own: some cases look at
    queues that all topics of a broker share, and say what is in them before and after a message.

    Returns:
        What came of the cases on each face.

    Raises:
        RealRocketMQError: a broker did not start.
    """

    def run_face(face: Callable[[], Player]) -> Report:
        with face() as player:

            def run(target: Target, cases: Sequence[Case], *, at_once: int) -> Report:
                return run_on_target(target, player, cases, at_once=min(at_once, _AT_ONCE))

            report = Report(f"{player.name} clients on real {version}")
            report.results |= run_on_real(version, cases, run).results
            return report

    with ThreadPoolExecutor(len(PLAYERS)) as threads:
        return list(threads.map(run_face, PLAYERS))
