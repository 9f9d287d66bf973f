"""Runs the cases through the public clients on a fake, or on any server."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from client_conformance.arguments import Site
from client_conformance.case_plan import plan_of
from client_conformance.hub import Hub
from client_conformance.network import CaseNetwork
from client_conformance.quiet import QuietTiming
from client_conformance.whole import differences_seen
from pyrocketmq.testkit import FakeBroker, VirtualClock
from pyrocketmq.testkit.conformance import SETTINGS, Report, Target
from pyrocketmq.testkit.conformance.data import load_recordings
from pyrocketmq.testkit.conformance.schedule import play
from pyrocketmq.testkit.conformance.suite import AT_ONCE, FIRST, cases_for, result_of, run_of, sets_of_properties
from pyrocketmq.testkit.conformance.variables import unique_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client_conformance.players import Player
    from pyrocketmq.testkit.conformance import Case
    from pyrocketmq.testkit.conformance.run import CaseRun
    from pyrocketmq.testkit.conformance.timing import Timing

_KEEP_ALL: Final = 1 << 30
# Bytes of a fake's journal: whether it is quiet is told from all of it.


class ClientSuite:
    """One run of cases on one server.

    Args:
        target: The server.
        player: The face that makes the calls.
        cases: The cases; those for other versions, and those that no public calls make, are ignored.
    """

    def __init__(self, target: Target, player: Player, cases: Sequence[Case]) -> None:
        self._target = target
        self._site = Site(target.broker_name, target.broker, target.cluster_name)
        self.hub = Hub(player)
        self.networks: dict[str, CaseNetwork] = {}
        plans = [plan_of(case) for case in cases_for(target.version, cases)]
        self._plans = [plan for plan in plans if plan.is_played]

    def run(self, timing: Timing, at_once: int = AT_ONCE) -> Report:
        """Play the cases.

        Args:
            timing: How time passes.
            at_once: How many to play at once.

        Returns:
            What came of each.
        """
        report = Report(f"{self.hub.player.name} clients on {self._target}")
        report.left_out = [plan.case for plan in self._plans if not self._target.fits(plan.case)]
        run_id = time.time_ns() // 1_000_000
        first = plan_of(FIRST)
        chosen = [first, *[plan for plan in self._plans if self._target.fits(plan.case)]]
        runs: list[CaseRun] = []
        for number, plan in enumerate(chosen):
            unique = unique_name(run_id, number)
            network = self.networks[unique] = CaseNetwork(plan, self.hub, self._site, self._target.namesrv)
            # Clients live by the machine's clock, whatever that of the server is.
            runs.append(run_of(plan.case, unique, self._target, network, timing, time.time))
        try:
            play(runs[:1], timing, self.hub, at_once=1)
            outcomes = play(runs[1:], timing, self.hub, at_once=at_once)
        finally:
            for network in self.networks.values():
                network.close()
        recordings = load_recordings(self._target.version)
        for number, run in enumerate(runs[1:], start=1):
            case_id = run.case.case_id
            report.results[case_id] = result_of(
                run,
                unique_name(run_id, number),
                self._target,
                outcomes[case_id],
                recordings.get(case_id),
                partial(differences_seen, chosen[number]),
            )
        return report


def run_on_target(target: Target, player: Player, cases: Sequence[Case], *, at_once: int = AT_ONCE) -> Report:
    """Run cases on a server; see `ClientSuite`."""
    return ClientSuite(target, player, cases).run(target.timing, at_once)


def run_on_fakes(version: str, player: Player, cases: Sequence[Case]) -> Report:
    """Run cases on fakes of a version whose time is virtual: one for each set of properties that cases require."""
    report = Report(f"{player.name} clients on fake {version}")
    for properties in sets_of_properties(cases_for(version, cases)):
        clock = VirtualClock()
        with FakeBroker(version, clock=clock, properties={**SETTINGS, **properties}, journal_limit=_KEEP_ALL) as fake:
            target = Target.of_fake(fake, version, properties)
            suite = ClientSuite(target, player, [case for case in cases if dict(case.requires) == properties])
            part = suite.run(QuietTiming(fake, clock, suite.hub, suite.networks))
        report.results |= part.results
    return report
