"""Every conformance case, on the fake, in both versions.

Each case has a fake of its own whose time is virtual, so that waiting takes none.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from conformance_runner import CaseRun, Client, load_cases, run_for_real, variables_for

from pyrocketmq.testkit import FakeBroker, VirtualClock

_VERSIONS = {"4.9": "4.9.7", "5.x": "5.4.0"}
_OBSERVED_SETTINGS = {"transactionTimeOut": 3000, "transactionCheckInterval": 5000, "enablePropertyFilter": True}

NOT_SUPPORTED_YET: frozenset[str] = frozenset()
"""Areas whose cases the fake does not play yet."""

_DEFAULTS, _CASES = load_cases()
_RUNS = [
    pytest.param(case, line, id=f"{case['id']}-{line}")
    for case in _CASES
    for line in case["versions"]
    if case["area"] not in NOT_SUPPORTED_YET
]
_fresh = itertools.count(1)


class VirtualPace:
    """Time passes only when the case waits."""

    def __init__(self, broker: FakeBroker, clock: VirtualClock) -> None:
        self._broker = broker
        self._clock = clock

    def now(self) -> float:
        return self._clock.now() / 1000

    def pass_time(self, seconds: float) -> None:
        self._clock.advance(seconds=seconds)

    def settle(self, client: Client) -> None:
        """Return when the server has read, and handled, what it was sent."""
        self._broker.settle()

    def wait(self, client: Client, seconds: float) -> None:
        self._clock.advance(seconds=max(0.001, min(0.05, seconds)))
        self._broker.settle()
        client.receive(0)


@pytest.mark.parametrize(("case", "line"), _RUNS)
def test_case(case: dict[str, Any], line: str) -> None:
    clock = VirtualClock()
    settings = {**_OBSERVED_SETTINGS, **case.get("requires", {})}
    with FakeBroker(version=_VERSIONS[line], clock=clock, properties=settings) as broker:
        variables = variables_for(
            f"u{next(_fresh)}",
            broker_name=broker.broker_name,
            cluster=broker.cluster_name,
            broker_address=broker.address,
        )
        CaseRun(
            addresses={"broker": broker.address, "namesrv": broker.namesrv_address},
            line=line,
            pace=VirtualPace(broker, clock),
            defaults=_DEFAULTS,
            variables=variables,
        ).run(case)


@pytest.mark.parametrize("line", _VERSIONS)
@pytest.mark.parametrize("area", ["pull", "clients", "batch"])
def test_on_one_broker_in_real_time(area: str, line: str) -> None:
    """Time that passes by itself, and cases that run side by side on one broker, change nothing."""
    with FakeBroker(version=_VERSIONS[line], properties=_OBSERVED_SETTINGS) as broker:
        assert run_for_real(broker.address, broker.namesrv_address, line, areas=[area], threads=32) == []
