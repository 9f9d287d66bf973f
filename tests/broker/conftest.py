"""Fixtures of the client tests."""

from __future__ import annotations

import socket
import uuid
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from faces import FACES
from pyrocketmq.model import MessageQueue
from pyrocketmq.testkit import FakeBroker
from real_rocketmq.pytest_plugin import fake_server
from real_rocketmq.server import BEHAVIOUR
from skipping_clock import SkippingClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from faces import Face
    from real_rocketmq.pytest_plugin import Server, ServerKind, ServerPool


@pytest.fixture(params=FACES, ids=lambda face: face.name)
def face(request: pytest.FixtureRequest) -> Face:
    """The sync or the asyncio face."""
    return request.param


@pytest.fixture
def skipping_clock() -> SkippingClock:
    """The clock of the test's own fake."""
    return SkippingClock()


@pytest.fixture
def server(
    request: pytest.FixtureRequest, server_kind: ServerKind, server_pool: ServerPool, skipping_clock: SkippingClock
) -> Iterator[Server]:
    """A running server of the current kind, shared by the session; a fake whose time a test skips is its own."""
    if server_kind.is_real or "skip_time" not in request.fixturenames:
        yield server_pool.get(server_kind)
        return
    with FakeBroker(version=server_kind.version, properties=BEHAVIOUR, clock=skipping_clock) as fake:
        yield fake_server(fake, server_kind.version)


@pytest.fixture
def skip_time(server: Server, skipping_clock: SkippingClock) -> Callable[[float], None]:
    """Moves the time of a fake ahead by some seconds, so that what it waits for comes at once.

    The time of a real broker passes by itself alone. Tests therefore wait for the condition afterwards, as if nothing
    had been skipped, and measure time by the timestamps of the server.
    """

    def skip(seconds: float) -> None:
        if not server.is_real:
            skipping_clock.skip(seconds)

    return skip


@pytest.fixture
async def client(face: Face, server: Server) -> AsyncIterator[Any]:
    """A client of the server."""
    async with await face.client(server.broker_address) as client:
        yield client


@pytest.fixture
def topic() -> str:
    """A topic that no other test uses."""
    return f"topic_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def group() -> str:
    """A group that no other test uses."""
    return f"group_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def mq(topic: str, server: Server) -> MessageQueue:
    """Queue 0 of the test's topic."""
    return MessageQueue(topic=topic, broker_name=server.broker_name, queue_id=0)


@pytest.fixture
def closed_ports() -> Iterator[Callable[[], int]]:
    """Gives ports of loopback at which nobody listens, and nobody can: they are taken until the test has ended."""
    with ExitStack() as taken:

        def port() -> int:
            sock = taken.enter_context(socket.socket())
            sock.bind(("127.0.0.1", 0))
            return int(sock.getsockname()[1])

        yield port


@pytest.fixture
def closed_port(closed_ports: Callable[[], int]) -> int:
    """One of them."""
    return closed_ports()
