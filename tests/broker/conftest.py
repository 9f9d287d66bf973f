"""Fixtures of the client tests."""

from __future__ import annotations

import socket
import uuid
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from faces import FACES
from pyrocketmq.model import MessageQueue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from faces import Face
    from real_rocketmq.pytest_plugin import Server


@pytest.fixture(params=FACES, ids=lambda face: face.name)
def face(request: pytest.FixtureRequest) -> Face:
    """The sync or the asyncio face."""
    return request.param


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
