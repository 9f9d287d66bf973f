"""What somebody reads whose first try goes wrong: each error says what to do next, in one line."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pyrocketmq.broker import (
    BrokerConnectionError,
    BrokerError,
    BrokerResponseError,
    BrokerTimeoutError,
    MessagePullError,
)
from pyrocketmq.model import MessageQueue
from pyrocketmq.testkit import FakeBroker, Fault

if TYPE_CHECKING:
    from faces import Face

MQ = MessageQueue("orders", "broker-a", 0)
PORTS = "brokers have port 10911 by default, NameServers 9876"


async def test_nothing_listens(face: Face) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    said = "Connection refused: nothing listens there; NameServers have port 9876 by default, brokers 10911"
    with pytest.raises(BrokerConnectionError) as raised:
        async with await face.client(address) as client:
            await client.sync_send_message("shop", b"order 17", MQ)
    assert str(raised.value) == f"connect at {address}: cannot connect: {said}"
    with pytest.raises(BrokerConnectionError, match=said):
        async with await face.manager(address) as manager, manager.connection("broker-a"):
            pass


async def test_a_nameserver_is_taken_for_a_broker(face: Face) -> None:
    with FakeBroker() as broker:
        async with await face.client(broker.namesrv_address) as client:
            with pytest.raises(BrokerResponseError, match=PORTS) as sent:
                await client.sync_send_message("shop", b"order 17", MQ)
            with pytest.raises(MessagePullError, match=PORTS):
                await client.pull_message("billing", "orders", 0, 0)
    assert "\n" not in str(sent.value)


async def test_a_broker_is_taken_for_a_nameserver(face: Face) -> None:
    with FakeBroker() as broker:
        async with await face.nameserver(broker.address) as client:
            with pytest.raises(BrokerError, match=PORTS):
                await client.get_topic_route("orders")


async def test_a_server_that_waits_for_another_protocol(face: Face) -> None:
    # As HTTP servers do that wait for the end of a line.
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        async with await face.client(f"127.0.0.1:{server.getsockname()[1]}") as client:
            with pytest.raises(BrokerTimeoutError, match=r"is it a broker or NameServer, and does it take .* TLS"):
                await client.get_max_offset("orders", 0, timeout=0.1)


async def test_a_broker_that_is_only_slow(face: Face) -> None:
    with FakeBroker() as broker:
        async with await face.client(broker.address) as client:
            await client.sync_send_message("shop", b"order 17", MQ)
            broker.faults.add(Fault.silence())
            with pytest.raises(BrokerTimeoutError) as raised:
                await client.get_max_offset("orders", 0, timeout=0.1)
    assert raised.value.reason == "no answer in time"


async def test_an_unknown_topic(face: Face) -> None:
    advice = "`rmq topic list` shows the topics, `create_topic` or `rmq topic create` makes one"
    with FakeBroker(properties={"autoCreateTopicEnable": "false"}) as broker:
        async with await face.client(broker.address) as client:
            with pytest.raises(BrokerResponseError, match=advice):
                await client.sync_send_message("shop", b"order 17", MQ)
            with pytest.raises(MessagePullError, match=advice):
                await client.pull_message("billing", "orders", 0, 0)


async def test_an_unknown_broker(face: Face) -> None:
    with FakeBroker() as broker:
        async with await face.manager(broker.namesrv_address) as manager:
            with pytest.raises(BrokerError, match="there is no broker named 'broker-b'; known: broker-a"):
                async with manager.connection("broker-b"):
                    pass
