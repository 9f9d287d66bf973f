"""Runs cases on a server, or on a fake of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pyrocketmq.testkit.broker import FakeBroker
from pyrocketmq.testkit.conformance.case import Case, line_of
from pyrocketmq.testkit.conformance.compare import differences
from pyrocketmq.testkit.conformance.data import load_defaults, load_recordings
from pyrocketmq.testkit.conformance.normalise import normalised
from pyrocketmq.testkit.conformance.report import CaseResult, Report
from pyrocketmq.testkit.conformance.run import CaseRun
from pyrocketmq.testkit.conformance.schedule import play
from pyrocketmq.testkit.conformance.timing import RealTiming, SuiteClock, Timing, VirtualTiming
from pyrocketmq.testkit.conformance.variables import Variables, unique_name
from pyrocketmq.testkit.conformance.wire import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import Self

    from pyrocketmq.testkit.conformance.compare import Difference
    from pyrocketmq.testkit.conformance.json_value import Json, JsonObject
    from pyrocketmq.testkit.conformance.schedule import Failure
    from pyrocketmq.testkit.conformance.wire import Connections

SETTINGS: Final[Mapping[str, str]] = {
    "transactionTimeOut": "3000",
    "transactionCheckInterval": "5000",
    "enablePropertyFilter": "true",
}
"""Properties that every broker has on which cases run; others are the defaults, with `defaultTopicQueueNums` 8."""

AT_ONCE: Final = 40
FIRST: Final = Case.read(
    {
        "id": "first",
        "title": "A first message, so that no other lies at position 0, which would look like none",
        "steps": [{"request": {"code": 10, "name": "SEND_MESSAGE", "body": "first"}}],
    },
    "suite",
)
"""What is played before the cases are."""


@dataclass(frozen=True)
class Target:
    """A server to run cases on.

    Attributes:
        version: Its version, which decides about what has to come of a case.
        broker: Address of the broker.
        namesrv: Address of its NameServer.
        broker_name: The broker's name.
        cluster_name: Its cluster's name.
        properties: Properties of the broker beyond `SETTINGS`; cases that require others are left out.
        timing: How time passes.
    """

    version: str
    broker: str
    namesrv: str
    broker_name: str = "broker-a"
    cluster_name: str = "DefaultCluster"
    properties: Mapping[str, str] = field(default_factory=dict[str, str])
    timing: Timing = field(default_factory=RealTiming)

    def __str__(self) -> str:
        return f"{self.version} at {self.broker}"

    @classmethod
    def of_fake(
        cls, fake: FakeBroker, version: str, properties: Mapping[str, str], timing: Timing | None = None
    ) -> Self:
        """Return a fake as a server to run cases on.

        Args:
            fake: The fake.
            version: The version that it plays.
            properties: Its properties beyond `SETTINGS`.
            timing: How time passes for it; by default by itself.
        """
        return cls(
            version=version,
            broker=fake.address,
            namesrv=fake.namesrv_address,
            broker_name=fake.broker_name,
            cluster_name=fake.cluster_name,
            properties=properties,
            timing=RealTiming() if timing is None else timing,
        )

    @property
    def addresses(self) -> dict[str, str]:
        """Addresses by the names that steps use."""
        return {"broker": self.broker, "namesrv": self.namesrv}

    def fits(self, case: Case) -> bool:
        """Whether the broker has the properties that a case requires."""
        return all(self.properties.get(name) == value for name, value in case.requires.items())

    def variables(self, unique: str, now: Callable[[], float]) -> Variables:
        """Return the variables with which a case begins.

        Args:
            unique: The mark of the run; see `unique_name`.
            now: Tells the time of clients, in seconds.
        """
        return Variables(
            unique,
            now,
            broker_name=self.broker_name,
            cluster_name=self.cluster_name,
            broker_address=self.broker,
        )


def cases_for(version: str, cases: Sequence[Case]) -> list[Case]:
    """Return the cases that are for a version."""
    return [case for case in cases if line_of(version) in case.lines]


def run_suite(target: Target, cases: Sequence[Case], *, at_once: int = AT_ONCE) -> Report:
    """Run cases on a server, many at once.

    Args:
        target: The server.
        cases: The cases; those for other versions are ignored.
        at_once: How many to play at once.

    Returns:
        What came of each. Whole answers are compared for versions of which there are recordings.

    Raises:
        OSError: nobody listens at the addresses.
    """
    report = Report(str(target))
    wanted: list[Case] = []
    for case in cases_for(target.version, cases):
        (wanted if target.fits(case) else report.left_out).append(case)
    recordings = load_recordings(target.version)
    run_id = time.time_ns() // 1_000_000
    with Network() as network:
        runs = {
            case.case_id: (unique, run_of(case, unique, target, network, target.timing, target.timing.now))
            for number, case in enumerate(wanted)
            for unique in [unique_name(run_id, number)]
        }
        first = run_of(FIRST, unique_name(run_id, len(wanted)), target, network, target.timing, target.timing.now)
        play([first], target.timing, network, at_once=1)
        outcomes = play([run for _, run in runs.values()], target.timing, network, at_once=at_once)
    for case_id, (unique, run) in runs.items():
        report.results[case_id] = result_of(run, unique, target, outcomes[case_id], recordings.get(case_id))
    return report


def run_on_fakes(version: str, cases: Sequence[Case]) -> Report:
    """Run cases on fake brokers of a version whose time is virtual: one for each set of properties that cases require.

    Raises:
        ValueError: the fake does not play this version.
    """
    report = Report(f"fake {version}")
    for properties in sets_of_properties(cases_for(version, cases)):
        clock = SuiteClock()
        with FakeBroker(version, clock=clock, properties={**SETTINGS, **properties}) as fake:
            target = Target.of_fake(fake, version, properties, VirtualTiming(fake, clock))
            part = run_suite(target, [case for case in cases if dict(case.requires) == properties])
        report.results |= part.results
    return report


def sets_of_properties(cases: Collection[Case]) -> list[dict[str, str]]:
    """Return the sets of properties that cases require, each once."""
    found: list[dict[str, str]] = []
    for case in cases:
        if dict(case.requires) not in found:
            found.append(dict(case.requires))
    return found


def run_of(
    case: Case, unique: str, target: Target, network: Connections, timing: Timing, now: Callable[[], float]
) -> CaseRun:
    """Return a run of a case, to be played.

    Args:
        case: The case.
        unique: The mark of the run; see `unique_name`.
        target: The server.
        network: Where its connections live.
        timing: How time passes.
        now: Tells the time of clients, in seconds.
    """
    return CaseRun(
        case,
        line=line_of(target.version),
        addresses=target.addresses,
        defaults=load_defaults(),
        variables=target.variables(unique, now),
        timing=timing,
        network=network,
    )


def answers_of(run: CaseRun, unique: str, target: Target) -> dict[str, Json]:
    """Return what came in a run, normalised.

    Args:
        run: The run, which is over.
        unique: Its mark.
        target: The server.
    """
    host, _, port = target.broker.rpartition(":")
    addresses = {target.broker: "broker", f"{host}:{int(port) + 1}": "replication", target.namesrv: "namesrv"}
    return normalised(run.transcript, unique, addresses)


def result_of(
    run: CaseRun,
    unique: str,
    target: Target,
    outcome: Failure | None,
    recorded: JsonObject | None,
    compare: Callable[[JsonObject, JsonObject], Iterable[Difference]] = differences,
) -> CaseResult:
    """Return what came of a run.

    Args:
        run: The run, which is over.
        unique: Its mark.
        target: The server.
        outcome: What did not go as the case states.
        recorded: What real servers answered, if that was recorded.
        compare: Tells in what answers differ from recorded ones.
    """
    answers = answers_of(run, unique, target)
    return CaseResult(
        case=run.case,
        error="" if outcome is None else str(outcome) or repr(outcome),
        differences=[] if recorded is None else list(compare(recorded, answers)),
        is_recorded=recorded is not None,
        answers=answers,
    )
