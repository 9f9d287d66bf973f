"""Locks on queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyrocketmq.model import MessageQueue

if TYPE_CHECKING:
    from faces import Face
    from real_rocketmq.pytest_plugin import Server

pytestmark = pytest.mark.real


async def test_a_queue_has_one_holder(client: Any, face: Face, server: Server, group: str, mq: MessageQueue) -> None:
    other_mq = mq._replace(queue_id=1)
    async with await face.client(server.broker_address) as other:
        assert other.client_id != client.client_id
        assert await client.lock_queues(group, [mq]) == [mq]
        assert await client.lock_queues(group, [mq]) == [mq]  # renewed
        assert await other.lock_queues(group, [mq, other_mq]) == [other_mq]
        await other.unlock_queues(group, [mq])  # not its own: nothing happens
        assert await other.lock_queues(group, [mq]) == []
        await client.unlock_queues(group, [mq])
        assert await other.lock_queues(group, [mq]) == [mq]
        assert await client.lock_queues(group, [mq], client_id=other.client_id) == [mq]


async def test_no_queues_are_no_locks(client: Any, group: str) -> None:
    assert await client.lock_queues(group, []) == []
    await client.unlock_queues(group, [])
