"""A pytest plugin: the same tests against the fake broker and, with ``--real``, against real ones of several versions.

- A test that uses the fixture ``server`` runs once per version on the fake broker. Marked ``real`` it also runs on the
  real broker of each version, but only with ``--real``: without, those cases are not generated.
- A test marked ``real(only=True)`` runs on real brokers alone, and is deselected without ``--real``.
- A test marked ``foreign`` needs programs of other languages. It runs on fake and real brokers with ``--real``, and is
  deselected without.
- ``server_kind`` tells, or gives to a test that starts servers of its own, what the current case runs on.

One server per kind serves the whole session, from its first use on, so tests choose names nobody else uses. With
``pytest-xdist`` one worker runs all cases of a real version, so that none is started twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from real_rocketmq.errors import PrerequisiteError, StartError
from real_rocketmq.installation import Installation
from real_rocketmq.jars import VERSIONS
from real_rocketmq.server import BEHAVIOUR, CLUSTER_NAME, RealRocketMQ

if TYPE_CHECKING:
    from pyrocketmq.testkit import FakeBroker


@dataclass(frozen=True)
class ServerKind:
    """What a case runs on: the fake or the real broker, and in which version."""

    version: str
    is_real: bool

    def __str__(self) -> str:
        return f"{'real' if self.is_real else 'fake'}-{self.version}"


@dataclass(frozen=True)
class Server:
    """A running server, as a client needs to know it."""

    namesrv_address: str
    broker_address: str
    broker_name: str
    cluster_name: str
    version: str
    is_real: bool


def fake_server(fake: FakeBroker, version: str) -> Server:
    """Return a fake broker as a client needs to know it."""
    return Server(
        namesrv_address=fake.namesrv_address,
        broker_address=fake.address,
        broker_name=fake.broker_name,
        cluster_name=CLUSTER_NAME,
        version=version,
        is_real=False,
    )


class ServerPool:
    """The servers of a session, each started when it is first asked for."""

    def __init__(self) -> None:
        self._resources = ExitStack()
        self._servers: dict[ServerKind, Server] = {}
        self._failures: dict[ServerKind, StartError] = {}

    def get(self, kind: ServerKind) -> Server:
        """Return the server of a kind.

        Raises:
            StartError: it did not start; it is tried once, not again for every test.
        """
        if kind in self._failures:
            raise self._failures[kind]
        if kind not in self._servers:
            self._servers[kind] = self._start(kind)
        return self._servers[kind]

    def close(self) -> None:
        """Stop them all."""
        self._resources.close()

    def _start(self, kind: ServerKind) -> Server:
        if not kind.is_real:
            return self._start_fake(kind.version)
        try:
            return self._start_real(kind.version)
        except StartError as error:
            self._failures[kind] = error
            raise

    def _start_fake(self, version: str) -> Server:
        # Late, so that the plugin loads without the testkit, whose own tests it serves.
        from pyrocketmq.testkit import FakeBroker

        return fake_server(self._resources.enter_context(FakeBroker(version=version, properties=BEHAVIOUR)), version)

    def _start_real(self, version: str) -> Server:
        real = self._resources.enter_context(RealRocketMQ(version))
        return Server(
            namesrv_address=real.namesrv_address,
            broker_address=real.broker_address,
            broker_name=real.broker_name,
            cluster_name=real.cluster_name,
            version=version,
            is_real=True,
        )


@pytest.fixture(scope="session")
def server_pool() -> Iterator[ServerPool]:
    """The servers of this session."""
    pool = ServerPool()
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def server_kind(request: pytest.FixtureRequest) -> ServerKind:
    """What the current case runs on."""
    kind = request.param
    assert isinstance(kind, ServerKind)
    return kind


@pytest.fixture(scope="session")
def server(server_kind: ServerKind, server_pool: ServerPool) -> Server:
    """A running server of the current kind, shared by the whole session."""
    return server_pool.get(server_kind)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--real`` and ``--real-version``."""
    group = parser.getgroup("real", "a real Apache RocketMQ")
    group.addoption("--real", action="store_true", help="run the tests marked `real` on real brokers too (needs Java)")
    group.addoption(
        "--real-version",
        action="append",
        choices=VERSIONS,
        help="with --real: only on this version; may be given several times",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to begin when real brokers are wanted and cannot run."""
    versions: list[str] | None = config.getoption("real_version")
    if not config.getoption("real"):
        if versions:
            raise pytest.UsageError("--real-version needs --real")
        return
    if hasattr(config, "workerinput"):
        return  # the controller has done all that follows
    try:
        for version in _real_versions(config):
            Installation.prepare(version)
    except PrerequisiteError as error:
        raise pytest.UsageError(f"--real: {error}") from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once per kind of server."""
    if "server_kind" not in metafunc.fixturenames:
        return
    metafunc.parametrize("server_kind", _kinds(metafunc), ids=str, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs a real broker, or another language, when none is wanted."""
    if config.getoption("real"):
        return
    selected: list[pytest.Item] = []
    deselected: list[pytest.Item] = []
    for item in items:
        needs_option = item.get_closest_marker("foreign") or _is_only_real(item.get_closest_marker("real"))
        (deselected if needs_option else selected).append(item)
    if deselected:
        items[:] = selected
        config.hook.pytest_deselected(items=deselected)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config,
    log: Any,  # pytest-xdist's, which ships no types
) -> object | None:
    """Keep all cases of a real version on one worker."""
    if not config.getoption("real"):
        return None
    # Late, because the plugin works without pytest-xdist, too.
    from real_rocketmq.xdist_scheduler import RealVersionScheduling

    return RealVersionScheduling(config, log)


def _kinds(metafunc: pytest.Metafunc) -> list[ServerKind]:
    marker = metafunc.definition.get_closest_marker("real")
    fake = [ServerKind(version, is_real=False) for version in VERSIONS]
    real = [ServerKind(version, is_real=True) for version in _real_versions(metafunc.config)]
    if _is_only_real(marker):
        return real
    is_foreign = metafunc.definition.get_closest_marker("foreign") is not None
    if (marker is not None or is_foreign) and metafunc.config.getoption("real"):
        return fake + real
    return fake


def _is_only_real(marker: pytest.Mark | None) -> bool:
    return marker is not None and bool(marker.kwargs.get("only", False))


def _real_versions(config: pytest.Config) -> list[str]:
    chosen: list[str] | None = config.getoption("real_version")
    return [version for version in VERSIONS if not chosen or version in chosen]
