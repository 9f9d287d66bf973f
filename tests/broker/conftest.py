"""Fixtures of the client tests."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from faces import FACES
from pyrocketmq.model import MessageQueue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
