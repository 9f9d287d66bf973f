"""The pytest plugin: fixtures that give a test its own fake broker.

Loading it costs nothing: everything but pytest is imported when a fixture is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.testkit.broker import FakeBroker
    from pyrocketmq.testkit.clock import VirtualClock

_MARKER = "rocketmq"
_OWN_OPTIONS = ("brokers", "clock")
# Options of the marker that are not simply arguments of the fake.


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that points tests at real servers."""
    parser.getgroup("rocketmq").addoption(
        "--rocketmq",
        metavar="HOST:PORT",
        help="address of a real NameServer: tests use its broker instead of a fake one, "
        "and those that need the fake are skipped",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Announce the marker."""
    config.addinivalue_line(
        "markers",
        "rocketmq(version, clock, brokers, properties, topics, ...): how the fixture rocketmq_broker makes its fake; "
        'clock="virtual" gives it a clock that only the test moves, everything else is an argument of FakeBroker',
    )


@pytest.fixture
def rocketmq_clock() -> VirtualClock:
    """A clock for `FakeBroker(clock=...)` that only the test moves; `rocketmq_broker` takes it if marked so."""
    from pyrocketmq.testkit.clock import VirtualClock

    return VirtualClock()


@pytest.fixture
def rocketmq_broker(request: pytest.FixtureRequest) -> Iterator[FakeBroker]:
    """A fake broker with its NameServer, of this test alone."""
    from pyrocketmq.testkit.broker import FakeBroker

    address = request.config.getoption("--rocketmq")
    if address is not None:
        from pyrocketmq.testkit.real import RealBroker

        # It has the same addresses and names; whatever else a test asks of it skips the test.
        yield cast("FakeBroker", RealBroker(address))
        return
    with FakeBroker(**_arguments(request)) as broker:
        yield broker


def _arguments(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the arguments of the fake: those of the markers, the nearest one first."""
    options: dict[str, Any] = {}  # arguments of any type
    for marker in request.node.iter_markers(_MARKER):
        options = {**marker.kwargs, **options}
    arguments = {name: value for name, value in options.items() if name not in _OWN_OPTIONS}
    if options.get("clock") == "virtual":
        arguments["clock"] = request.getfixturevalue("rocketmq_clock")
    return arguments
