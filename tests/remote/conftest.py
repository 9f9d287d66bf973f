"""Fixtures of the transport tests, and the helpers beside them made importable: importlib mode does not do that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.append(str(Path(__file__).parent))

from drivers import DRIVERS, Leaks
from scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from drivers import Driver


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
