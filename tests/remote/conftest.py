"""Fixtures of the transport tests, and the helpers beside them made importable: importlib mode does not do that."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.append(str(Path(__file__).parent))

from drivers import DRIVERS, Leaks
from meddler import Meddler
from scripted_server import ScriptedServer

from real_rocketmq.jars import VERSIONS
from soak.servers import FakeVictim, RealVictim

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from drivers import Driver

    from soak.servers import Victim


if os.environ.get("PYROCKETMQ_TEST_LOOP") == "uvloop":
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


@pytest.fixture
def leaks() -> Iterator[Leaks]:
    """Asserts after the test that threads and file descriptors are as they were before it."""
    check = Leaks()
    yield check
    check.assert_none()


@pytest.fixture
def serve(leaks: Leaks) -> Iterator[Callable[..., ScriptedServer]]:
    """Starts scripted servers, and ends them after the test."""
    servers: list[ScriptedServer] = []

    def start(*args: object, **kwargs: object) -> ScriptedServer:
        servers.append(ScriptedServer(*args, **kwargs))  # type: ignore[arg-type]  # checked by the class
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def server(serve: Callable[..., ScriptedServer]) -> ScriptedServer:
    """A server that answers every request with success."""
    return serve()


@pytest.fixture(params=DRIVERS, ids=lambda kind: kind.name)
async def driver(request: pytest.FixtureRequest, serve: object) -> AsyncIterator[Driver]:
    """The sync or the asyncio side; what it has made is closed after the test, before the servers."""
    driver: Driver = request.param()
    yield driver
    await driver.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of a server in a process of its own on the fake and, with `--real`, on real brokers."""
    if "victim" in metafunc.fixturenames:
        config = metafunc.config
        real = (config.getoption("real_version") or VERSIONS) if config.getoption("real") else ()
        versions = [None, *(real if metafunc.definition.get_closest_marker("real") else ())]
        ids = [f"real-{version}" if version else "fake" for version in versions]
        metafunc.parametrize("victim", versions, ids=ids, indirect=True, scope="module")


@pytest.fixture(scope="module")
def victim(request: pytest.FixtureRequest) -> Iterator[Victim]:
    """A broker that the test may kill and freeze, if it leaves it running; one serves all tests of a module."""
    version: str | None = request.param
    with RealVictim(version) if version else FakeVictim(misbehaves=False) as victim:
        yield victim


@pytest.fixture
def meddle(victim: Victim, leaks: Leaks) -> Iterator[Callable[..., Meddler]]:
    """Starts meddlers in front of the victim, and ends them after the test."""
    meddlers: list[Meddler] = []

    def start(*args: Any) -> Meddler:
        meddlers.append(Meddler(victim.address, *args))
        return meddlers[-1]

    yield start
    for meddler in meddlers:
        meddler.close()
