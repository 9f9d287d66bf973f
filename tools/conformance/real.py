"""Runs conformance cases on real brokers: one for each set of properties that cases require."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from pyrocketmq.testkit.conformance import SETTINGS, Report, Target, run_suite
from pyrocketmq.testkit.conformance.suite import cases_for
from real_rocketmq import RealRocketMQ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrocketmq.testkit.conformance import Case

_PATIENCE: Final = {
    f"waitTimeMillsIn{queue}Queue": "60000" for queue in ("Send", "Pull", "LitePull", "Ack", "Transaction")
}
# A busy machine keeps requests waiting; a broker refuses those that waited long, and that is not what is looked at.
_AT_ONCE: Final = 24
_WARM_UP: Final = "send"
# The area whose cases are played once before it counts: a cold virtual machine is slow.


class Run(Protocol):
    """Runs cases on a server; `run_suite`, or another with its parameters."""

    def __call__(self, target: Target, cases: Sequence[Case], *, at_once: int) -> Report:
        """Return what came of the cases."""
        ...


def run_on_real(version: str, cases: Sequence[Case], run: Run = run_suite) -> Report:
    """Run cases on real brokers of a version, started for them.

    Args:
        version: The version.
        cases: The cases.
        run: Runs them on one broker.

    Raises:
        RealRocketMQError: a broker did not start.
    """
    report = Report(f"real {version}")
    wanted = cases_for(version, cases)
    for properties in {tuple(sorted(case.requires.items())) for case in wanted}:
        with RealRocketMQ(version, properties={**_PATIENCE, **SETTINGS, **dict(properties)}) as real:
            target = Target(
                version=version,
                broker=real.broker_address,
                namesrv=real.namesrv_address,
                broker_name=real.broker_name,
                cluster_name=real.cluster_name,
                properties=dict(properties),
            )
            run(target, [case for case in cases if case.area == _WARM_UP and not case.requires], at_once=_AT_ONCE)
            chosen = [case for case in wanted if tuple(sorted(case.requires.items())) == properties]
            part = run(target, chosen, at_once=_AT_ONCE)
        report.results |= part.results
    return report
