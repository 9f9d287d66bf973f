"""The VIP channel: which requests go to it, from clients and from managers, on fake and real brokers."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from pyrocketmq.broker import BrokerConnectionError
from pyrocketmq.model import MessageQueue
from pyrocketmq.remote import Address, ConnectionEvent, ConnectionOpened

if TYPE_CHECKING:
    from faces import Face
    from real_rocketmq.pytest_plugin import Server


class Ports:
    """Notes which ports connections are opened to, and leads the fake's VIP port, which there is none of, to it."""

    def __init__(self, server: Server) -> None:
        self.opened: list[int] = []
        self.main = Address.parse(server.broker_address)
        self.settings: dict[str, Any] = {"vip_channel": True, "event_listeners": (self.note,)}
        if not server.is_real:
            self.settings["address_resolver"] = self.resolve

    def note(self, event: ConnectionEvent) -> None:
        if isinstance(event, ConnectionOpened):
            self.opened.append(event.address.port)

    def resolve(self, address: Address) -> Address:
        return self.main if address == self.main.vip else address


@pytest.mark.real
async def test_client(face: Face, server: Server, topic: str) -> None:
    ports = Ports(server)
    mq = MessageQueue(topic, server.broker_name, 0)
    client = await face.client(server.broker_address, **ports.settings)
    async with client:
        sent = await client.sync_send_message("group", b"body", mq)
        pulled = await client.pull_message("group", topic, 0, sent.queue_offset, suspend_timeout=5)
        assert [message.body for message in pulled.messages] == [b"body"]
        assert (await client.get_max_offset(topic, 0)) == sent.queue_offset + 1
    assert sorted(ports.opened) == [ports.main.vip.port, ports.main.port]
    with pytest.raises(BrokerConnectionError):
        await client.get_max_offset(topic, 0)
    async with client:
        assert (await client.get_max_offset(topic, 0)) == sent.queue_offset + 1
    assert sorted(ports.opened) == [ports.main.vip.port] * 2 + [ports.main.port] * 2


@pytest.mark.real
async def test_manager(face: Face, server: Server, topic: str) -> None:
    ports = Ports(server)
    mq = MessageQueue(topic, server.broker_name, 0)
    async with AsyncExitStack() as stack:
        manager = await stack.enter_async_context(await face.manager(server.broker_address, **ports.settings))
        for _ in range(2):
            async with manager.connection(server.broker_name) as client:
                sent = await client.sync_send_message("group", b"body", mq)
                pulled = await client.pull_message("group", topic, 0, sent.queue_offset, suspend_timeout=5)
                assert len(pulled.messages) == 1
    assert ports.opened.count(ports.main.vip.port) == 1


async def test_off_by_default(face: Face, server: Server, topic: str) -> None:
    ports = Ports(server)
    ports.settings["vip_channel"] = False
    async with await face.client(server.broker_address, **ports.settings) as client:
        await client.sync_send_message("group", b"body", MessageQueue(topic, server.broker_name, 0))
    assert ports.opened == [ports.main.port]


async def test_nameserver_has_none(face: Face, server: Server) -> None:
    client = await face.nameserver(server.namesrv_address, vip_channel=True)
    async with client:
        assert server.broker_name in str(await client.get_cluster_info())
