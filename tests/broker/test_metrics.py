"""What clients and managers count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrocketmq.remote import Address
from pyrocketmq.testkit import FakeBroker, Fault

if TYPE_CHECKING:
    from faces import Face


async def test_client(face: Face) -> None:
    with FakeBroker(topics={"t": 1}) as broker:
        broker.faults.add(Fault.reply(2, "[busy]").times(2))
        client: Any = await face.client(broker.address)
        async with client:
            assert (await client.pull_message("g", "t", 0, 0)).message_count == 0
            metrics = client.metrics
            assert metrics.retries == 2
            assert (metrics.calls.responses, metrics.calls.connects, metrics.calls.in_flight) == (3, 1, 0)


async def test_manager(face: Face) -> None:
    with FakeBroker(topics={"t": 1}) as broker:
        manager: Any = await face.manager(broker.address)
        async with manager:
            assert manager.metrics == {}
            async with manager.connection(broker.broker_name) as client:
                await client.get_max_offset("t", 0)
                metrics = manager.metrics[Address.parse(broker.address)]
                assert (metrics.leases, metrics.opened, metrics.calls.responses) == (1, 1, 1)
