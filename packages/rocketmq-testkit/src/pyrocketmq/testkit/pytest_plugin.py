"""The pytest plugin: fixtures that give a test its own fake servers.

Loading it costs nothing: everything but pytest is imported when a fixture is used.

    @pytest.mark.rocketmq(version="4.9.7", clock="virtual", topics={"orders": 4})
    def test_orders(rocketmq_broker): ...
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.testkit.broker import FakeBroker
    from pyrocketmq.testkit.cassette import CassettePlayer, CassetteRecorder
    from pyrocketmq.testkit.clock import VirtualClock
    from pyrocketmq.testkit.cluster import FakeCluster

_MARKER = "rocketmq"
_OPTION = "--rocketmq"
_RECORD = "--rocketmq-record"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that points tests at real servers."""
    parser.getgroup("rocketmq").addoption(
        _OPTION,
        metavar="HOST:PORT",
        help="address of a real NameServer: tests use its broker instead of a fake one, "
        "and those that need the fake are skipped",
    )
    parser.getgroup("rocketmq").addoption(
        _RECORD,
        action="store_true",
        help=f"with {_OPTION}: cassettes are recorded anew from those servers instead of played",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Announce the marker.

    Raises:
        pytest.UsageError: cassettes are to be recorded, and nothing says from where.
    """
    if config.getoption(_RECORD) and config.getoption(_OPTION) is None:
        raise pytest.UsageError(f"{_RECORD} needs {_OPTION}")
    config.addinivalue_line(
        "markers",
        "rocketmq(**options): arguments of the FakeBroker or FakeCluster that the fixtures make, such as version, "
        'topics, properties or brokers; clock="virtual" gives it the clock of the fixture rocketmq_clock',
    )


@pytest.fixture
def rocketmq_clock() -> VirtualClock:
    """A clock that only the test moves; the fakes of the other fixtures take it if the test is marked so."""
    from pyrocketmq.testkit.clock import VirtualClock

    return VirtualClock()


@pytest.fixture
def rocketmq_broker(request: pytest.FixtureRequest) -> Iterator[FakeBroker]:
    """A fake broker with its NameServer, of this test alone; or a real one, if pytest was told to use it."""
    from pyrocketmq.testkit.broker import FakeBroker

    address = request.config.getoption(_OPTION)
    if address is None:
        with FakeBroker(**_options_of(request)) as broker:
            yield broker
        return
    from pyrocketmq.testkit.real import RealBroker

    # It has the same addresses and names; whatever else a test asks of it skips the test.
    yield cast("FakeBroker", RealBroker(address))


class ClusterFactory(Protocol):
    """Makes fake clusters for one test."""

    def __call__(self, **options: Any) -> FakeCluster:  # arguments of several types
        """Start a cluster.

        Args:
            options: Arguments of `FakeCluster`; the test's marker gives those that are left out.
        """
        ...


@pytest.fixture
def rocketmq_cluster(request: pytest.FixtureRequest) -> Iterator[ClusterFactory]:
    """A function that starts fake clusters; they stop with the test."""
    from pyrocketmq.testkit.cluster import FakeCluster

    if request.config.getoption(_OPTION) is not None:
        pytest.skip(f"needs fake brokers, and {_OPTION} is given")
    with ExitStack() as clusters:

        def make(**options: Any) -> FakeCluster:  # arguments of several types
            return clusters.enter_context(FakeCluster(**{**_options_of(request), **options}))

        yield make


class CassetteFactory(Protocol):
    """Plays cassettes for one test, or records them."""

    def __call__(self, name: str, **options: Any) -> CassettePlayer | CassetteRecorder:  # arguments of several types
        """Start to play, or to record.

        Args:
            name: The file, relative to the folder of the test.
            options: Arguments of `CassettePlayer`; they mean nothing to a recorder.
        """
        ...


@pytest.fixture
def rocketmq_cassette(request: pytest.FixtureRequest) -> Iterator[CassetteFactory]:
    """A function that serves a cassette at its `address`; with `--rocketmq-record` it records it from real servers."""
    from pyrocketmq.testkit.cassette import CassettePlayer, CassetteRecorder

    with ExitStack() as running:

        def start(name: str, **options: Any) -> CassettePlayer | CassetteRecorder:  # arguments of several types
            path = request.path.parent / name
            upstream = request.config.getoption(_OPTION)
            if upstream is None or not request.config.getoption(_RECORD):
                return running.enter_context(CassettePlayer(path, **options))
            path.parent.mkdir(parents=True, exist_ok=True)
            return running.enter_context(CassetteRecorder(upstream, path))

        yield start


def _options_of(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the arguments that the markers of a test give; the nearest marker counts most."""
    options: dict[str, Any] = {}  # arguments of several types
    for marker in request.node.iter_markers(_MARKER):
        options = {**marker.kwargs, **options}
    if options.get("clock") == "virtual":
        options["clock"] = request.getfixturevalue("rocketmq_clock")
    return options
