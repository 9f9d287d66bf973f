"""Runs the cases through both faces of the public clients on real brokers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from client_conformance.players import PLAYERS
from client_conformance.suite import run_on_target
from conformance.real import run_on_real
from pyrocketmq.testkit.conformance import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client_conformance.players import Player
    from pyrocketmq.testkit.conformance import Case, Target


def run_faces_on_real(version: str, cases: Sequence[Case]) -> list[Report]:
    """Run cases on real brokers of a version, started for them; both faces at once, since most of it is waiting.

    Returns:
        What came of the cases on each face.

    Raises:
        RealRocketMQError: a broker did not start.
    """
    reports = [Report(f"{face.name} clients on real {version}") for face in PLAYERS]

    def run(target: Target, cases: Sequence[Case], *, at_once: int) -> Report:
        def run_face(face: Callable[[], Player]) -> Report:
            with face() as player:
                return run_on_target(target, player, cases, at_once=at_once // len(PLAYERS))

        with ThreadPoolExecutor(len(PLAYERS)) as threads:
            parts = list(threads.map(run_face, PLAYERS))
        for report, part in zip(reports, parts, strict=True):
            report.results |= part.results
        return parts[0]

    run_on_real(version, cases, run)
    return reports
