"""Managers: brokers by name, pools, several NameServers, failures on the way."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually
from pyrocketmq.broker import (
    BrokerConnectionError,
    BrokerError,
    BrokerProtocolError,
    create_async_broker_client,
    create_broker_manager,
)
from pyrocketmq.broker.callbacks import QUESTIONS
from pyrocketmq.model import MessageQueue, RequestCode
from pyrocketmq.model.bodies import SubscriptionGroupConfig
from pyrocketmq.model.requests import RegisterBroker
from pyrocketmq.remote import Remote
from pyrocketmq.testkit import FakeBroker

if TYPE_CHECKING:
    from collections.abc import Callable

    from faces import Face
    from pyrocketmq.testkit import VirtualClock
    from real_rocketmq.pytest_plugin import Server


@pytest.mark.real
@pytest.mark.parametrize("entrance", ["nameserver", "broker"])
async def test_lends_a_client_by_name(face: Face, server: Server, entrance: str, group: str, mq: MessageQueue) -> None:
    address = server.namesrv_address if entrance == "nameserver" else server.broker_address
    async with await face.manager(address) as manager:
        assert await manager.broker_names() == [server.broker_name]
        async with manager.connection(server.broker_name) as client:
            assert client.is_connected
            assert (await client.sync_send_message(group, b"x", mq)).queue_offset == 0
        async with manager.connection(server.broker_name) as client:
            assert (await client.sync_send_message(group, b"y", mq)).queue_offset == 1


@pytest.mark.real
@pytest.mark.parametrize("entrance", ["nameserver", "broker"])
async def test_an_unknown_name_is_told_with_the_known_ones(face: Face, server: Server, entrance: str) -> None:
    address = server.namesrv_address if entrance == "nameserver" else server.broker_address
    async with await face.manager(address) as manager:
        with pytest.raises(BrokerError, match=f"no broker named 'broker-z'; known: {server.broker_name}"):
            async with manager.connection("broker-z"):
                pass
        with pytest.raises(BrokerError, match="no member with id 7; known: 0"):
            async with manager.connection(server.broker_name, broker_id=7):
                pass


@pytest.mark.real
async def test_nameservers_are_tried_in_turn(face: Face, server: Server, closed_port: int) -> None:
    async with await face.manager(f"127.0.0.1:{closed_port};{server.namesrv_address}") as manager:
        async with manager.connection(server.broker_name) as client:
            assert client.is_connected


async def test_every_address_that_failed_is_named(face: Face, closed_ports: Callable[[], int]) -> None:
    ports = [closed_ports(), closed_ports()]
    async with await face.manager(";".join(f"127.0.0.1:{port}" for port in ports)) as manager:
        with pytest.raises(BrokerConnectionError) as raised:
            async with manager.connection("broker-a"):
                pass
        assert all(f"127.0.0.1:{port}" in str(raised.value) for port in ports)
        assert raised.value.operation == "connection"


async def test_a_closed_manager_says_so(face: Face) -> None:
    with FakeBroker() as broker:
        manager = await face.manager(broker.namesrv_address)
        async with manager.connection("broker-a"):
            pass
        await manager.close()
        await manager.close()
        with pytest.raises(BrokerConnectionError, match="closed"):
            async with manager.connection("broker-a"):
                pass
        broker.settle()
        assert broker.connections == []


async def test_a_lent_client_lets_go_of_its_connection(face: Face, group: str) -> None:
    with FakeBroker() as broker:
        mq = MessageQueue("orders", broker.broker_name, 0)
        async with await face.manager(broker.namesrv_address, max_connections=1) as manager:
            async with manager.connection("broker-a") as one, manager.connection("broker-a") as other:
                await one.sync_send_message(group, b"x", mq)
                await one.disconnect()
                assert not one.is_connected
                with pytest.raises(BrokerConnectionError):
                    await one.sync_send_message(group, b"x", mq)
                await other.sync_send_message(group, b"y", mq)
                await one.connect()
                await one.sync_send_message(group, b"z", mq)


async def test_routes_are_asked_once_and_again_after_a_failure(face: Face) -> None:
    with FakeBroker() as broker:
        async with await face.manager(broker.namesrv_address) as manager:
            for _ in range(3):
                async with manager.connection("broker-a"):
                    pass
            assert len(broker.requests.where(code=RequestCode.GET_BROKER_CLUSTER_INFO)) == 1
            with pytest.raises(BrokerConnectionError):
                async with manager.connection("broker-a"):
                    raise BrokerConnectionError("lost")
            async with manager.connection("broker-a"):
                pass
            assert len(broker.requests.where(code=RequestCode.GET_BROKER_CLUSTER_INFO)) == 2


async def test_work_goes_on_after_a_restart(face: Face, group: str) -> None:
    with FakeBroker() as broker:
        mq = MessageQueue("orders", broker.broker_name, 0)
        async with await face.manager(broker.namesrv_address) as manager:
            async with manager.connection("broker-a") as client:
                await client.sync_send_message(group, b"x", mq)
            broker.restart()
            async with manager.connection("broker-a") as client:
                assert (await client.sync_send_message(group, b"y", mq)).queue_offset == 1


async def test_a_master_is_found_at_its_new_address(face: Face, group: str) -> None:
    with FakeBroker() as broker:
        mq = MessageQueue("orders", broker.broker_name, 0)
        async with await face.manager(broker.namesrv_address) as manager:
            async with manager.connection("broker-a") as client:
                await client.sync_send_message(group, b"x", mq)
                before = client.broker_addr
            broker.restart(port=0)
            async with manager.connection("broker-a") as client:
                assert (await client.sync_send_message(group, b"y", mq)).queue_offset == 1
                assert client.broker_addr == broker.address != before


async def test_a_lent_client_follows_its_broker(face: Face, group: str) -> None:
    with FakeBroker() as broker:
        mq = MessageQueue("orders", broker.broker_name, 0)
        async with await face.manager(broker.namesrv_address) as manager:
            async with manager.connection("broker-a") as client:
                await client.sync_send_message(group, b"x", mq)
                for number in range(2):
                    broker.restart(port=0)
                    assert (await client.pull_message(group, "orders", 0, 0)).message_count == 1 + number
                    assert client.broker_addr == broker.address
                    assert (await client.sync_send_message(group, b"y", mq)).queue_offset == 1 + number
                broker.restart(port=0)
                await asyncio.gather(*(client.pull_message(group, "orders", 0, 0) for _ in range(8)))
            assert [m.connections for m in manager.metrics.values()] == [0, 0, 0, 1]
            async with manager.connection("broker-a") as client:
                assert client.broker_addr == broker.address


async def test_a_lent_client_follows_before_the_next_call_too(face: Face, group: str) -> None:
    with FakeBroker() as broker:
        mq = MessageQueue("orders", broker.broker_name, 0)
        async with (
            await face.manager(broker.namesrv_address) as manager,
            manager.connection("broker-a") as client,
        ):
            await client.sync_send_message(group, b"x", mq)
            broker.restart(port=0)
            with pytest.raises(BrokerConnectionError):
                await client.pull_message(group, "orders", 0, 0, retry=None)
            await client.oneway_send_message(group, b"y", mq)
            assert (await client.sync_send_message(group, b"z", mq, retry=None)).queue_offset == 2


async def test_a_lent_client_stays_where_nobody_knows_better(face: Face, group: str) -> None:
    with FakeBroker() as broker:
        mq = MessageQueue("orders", broker.broker_name, 0)
        async with await face.manager(broker.address) as manager, manager.connection("broker-a") as client:
            await client.sync_send_message(group, b"x", mq)
            broker.restart()
            assert (await client.pull_message(group, "orders", 0, 0)).message_count == 1


async def test_a_member_is_known_where_its_broker_went(face: Face, group: str) -> None:
    with FakeBroker() as broker:
        async with (
            await face.manager(broker.namesrv_address) as manager,
            manager.connection("broker-a") as client,
        ):
            changes: list[str] = []
            await client.register_consumer(group, {"orders": "*"}, on_ids_changed=changes.append)
            broker.restart(port=0)
            assert (
                await client.query_topics_by_consumer(group) is not None
            )  # follows; the next heartbeat tells the rest
            await eventually(lambda: client.get_consumer_list(group), lambda members: members == [client.client_id])
            await eventually(lambda: asyncio.sleep(0, len(changes)), lambda count: count >= 2)


@pytest.mark.real
async def test_the_version_is_known_from_answers(face: Face, server: Server) -> None:
    async with await face.client(server.broker_address) as client:
        assert client.server_version is None
        await client.get_max_offset("TBW102", 0)
        assert client.server_version == server.version
    async with await face.nameserver(server.namesrv_address) as client:
        await client.get_cluster_info()
        assert client.server_version == server.version


async def test_a_broker_that_has_left_is_not_a_wrong_name(face: Face, rocketmq_cluster: Any) -> None:
    cluster = rocketmq_cluster(brokers=2)
    (master,) = cluster.brokers["broker-b"]
    async with await face.manager(cluster.namesrv_address) as manager:
        async with manager.connection("broker-b"):
            pass
        master.stop()
        with pytest.raises(BrokerConnectionError, match="known: broker-a"):
            async with manager.connection("broker-b"):
                pass
        master.start()
        async with manager.connection("broker-b") as client:
            assert client.is_connected


READABLE = {"slaveReadEnable": "true"}  # 5.x replicas give nothing away otherwise


async def test_replicas_are_for_reading(
    face: Face, rocketmq_cluster: Any, rocketmq_clock: VirtualClock, group: str
) -> None:
    cluster = rocketmq_cluster(brokers=1, replicas=1, topics={"orders": 4}, properties=READABLE, clock=rocketmq_clock)
    rocketmq_clock.advance(seconds=11)  # replicas learn of topics every ten seconds
    mq = MessageQueue("orders", "broker-a", 0)
    async with await face.manager(cluster.namesrv_address) as manager:
        async with manager.connection("broker-a") as master:
            await master.sync_send_message(group, b"x", mq)
        async with manager.connection("broker-a", broker_id=1) as replica:
            assert [m.body for m in (await replica.pull_message(group, "orders", 0, 0)).messages] == [b"x"]
            with pytest.raises(BrokerError):
                await replica.sync_send_message(group, b"y", mq)
        cluster.brokers["broker-a"][0].stop()
        async with manager.connection("broker-a", broker_id=1) as replica:
            assert (await replica.pull_message(group, "orders", 0, 0)).message_count == 1


async def test_the_broker_that_a_pull_suggests_can_be_asked(
    face: Face, rocketmq_cluster: Any, rocketmq_clock: VirtualClock, group: str
) -> None:
    cluster = rocketmq_cluster(brokers=1, replicas=1, topics={"orders": 4}, properties=READABLE, clock=rocketmq_clock)
    async with await face.manager(cluster.namesrv_address) as manager:
        async with manager.connection("broker-a") as master:
            await master.create_subscription_group(SubscriptionGroupConfig(group_name=group, broker_id=1))
            rocketmq_clock.advance(seconds=11)
            await master.sync_send_message(group, b"x", MessageQueue("orders", "broker-a", 0))
            suggested = (await master.pull_message(group, "orders", 0, 0)).suggest_which_broker_id
        assert suggested == 1
        async with manager.connection("broker-a", broker_id=suggested) as replica:
            assert replica.broker_addr == cluster.brokers["broker-a"][1].address
            assert (await replica.pull_message(group, "orders", 0, 0)).message_count == 1


async def test_the_next_nameserver_answers_for_one_that_is_gone(face: Face, rocketmq_cluster: Any) -> None:
    cluster = rocketmq_cluster(brokers=1, namesrvs=3)
    async with await face.manager(cluster.namesrv_address) as manager:
        for gone in range(2):
            assert await manager.broker_names() == ["broker-a"]
            cluster.stop_namesrv(gone)
        assert await manager.broker_names() == ["broker-a"]


async def test_a_hundred_tasks_share_ten_connections(group: str) -> None:
    from pyrocketmq.broker import create_async_broker_manager

    with FakeBroker() as broker:
        mq = MessageQueue("orders", broker.broker_name, 0)
        async with await create_async_broker_manager(broker.namesrv_address) as manager:

            async def send(index: int) -> int:
                async with manager.connection("broker-a") as client:
                    return (await client.sync_send_message(group, str(index).encode(), mq)).queue_offset

            assert sorted(await asyncio.gather(*map(send, range(100)))) == list(range(100))
        assert len({exchange.connection for exchange in broker.requests.where(topic="orders")}) <= 10


def test_threads_share_connections(group: str) -> None:
    with FakeBroker() as broker, create_broker_manager(broker.namesrv_address, max_connections=3) as manager:
        mq = MessageQueue("orders", broker.broker_name, 0)
        offsets: list[int] = []

        def work() -> None:
            for _ in range(10):
                with manager.connection("broker-a") as client:
                    offsets.append(client.sync_send_message(group, b"x", mq).queue_offset)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(offsets) == list(range(80))
        assert len({exchange.connection for exchange in broker.requests.where(topic="orders")}) <= 3


@pytest.mark.parametrize("address", ["", ";", "nohost", "host:0", "host:port", "host:99999"])
def test_bad_addresses_say_what_is_accepted(address: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        create_broker_manager(address)


async def test_who_waits_for_the_question_of_another_has_a_deadline(face: Face) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        async with await face.manager(address, timeout=5.0) as manager:
            # On a thread of its own where it blocks.
            names = asyncio.to_thread(manager.target.broker_names) if face.name == "sync" else manager.broker_names()
            patient = asyncio.ensure_future(names)
            connection, _ = await asyncio.to_thread(silent.accept)
            started = time.monotonic()
            with pytest.raises(BrokerConnectionError, match="another call still waits for an answer") as raised:
                async with manager.connection("broker-a", timeout=0.1):
                    pass
            assert time.monotonic() - started < 2.0
            assert (raised.value.broker_addr, raised.value.operation) == (address, "connection")
            connection.close()
            with pytest.raises(BrokerConnectionError, match="closed by the peer"):
                await patient


async def test_closing_goes_on_where_one_connection_cannot_be_closed(face: Face) -> None:
    def fail() -> None:
        raise RuntimeError("in use elsewhere")

    with FakeBroker() as broker:
        manager = await face.manager(broker.namesrv_address)
        async with manager.connection("broker-a"):
            pass
        (nameserver,) = manager._servers.values()
        close, nameserver.close = nameserver.close, fail
        with pytest.raises(RuntimeError, match="in use elsewhere"):
            await manager.close()
        broker.settle()
        assert len(broker.connections) == 1, "that to the NameServer"
        closed = close()
        if closed is not None:
            await closed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_does_not_wait_for_a_thread_of_its_parent() -> None:
    script = """
import os, sys, warnings
from pyrocketmq.broker import create_broker_manager

warnings.simplefilter("ignore")  # newer Pythons advise against forking with threads
with create_broker_manager(sys.argv[1]) as manager:
    with manager._looking_up, manager._lock:  # as threads may hold them
        child = os.fork()
        if child == 0:
            print(*manager.broker_names(), flush=True)
            os._exit(0)
    os.waitpid(child, 0)
"""
    with FakeBroker() as broker:
        done = subprocess.run(
            [sys.executable, "-c", script, broker.namesrv_address],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (done.stdout.split(), done.stderr) == (["broker-a"], "")


async def test_a_broker_with_a_bad_address_does_not_stand_in_the_way(face: Face) -> None:
    with FakeBroker() as broker, Remote(broker.namesrv_address) as nameserver:
        register = RegisterBroker(
            broker_name="broker-b",
            broker_addr="10.0.0.1 :10911",
            cluster_name="DefaultCluster",
            ha_server_addr="10.0.0.1:10912",
            broker_id=0,
            body=json.dumps({"topicConfigSerializeWrapper": {}, "filterServerList": []}).encode(),
        )
        assert nameserver.invoke(register).code == 0
        async with await face.manager(broker.namesrv_address) as manager:
            assert await manager.broker_names() == ["broker-a", "broker-b"]
            async with manager.connection("broker-a") as client:
                assert client.is_connected
            with pytest.raises(
                BrokerProtocolError,
                match=r"'broker-b' is registered with a bad address '10\.0\.0\.1 :10911'.* set brokerIP1",
            ):
                async with manager.connection("broker-b"):
                    pass


@pytest.mark.real
async def test_holders_of_one_connection_get_their_own_replies(
    face: Face, server: Server, group: str, mq: MessageQueue
) -> None:
    """In groups of their own: of one group a broker knows one client on each connection."""

    async def reply(client: Any, count: int) -> None:
        async with aclosing(client.iter_messages(group, mq.topic, 0, stop_at=count)) as messages:
            async for message in messages:
                await client.send_reply_message(group, b"answer to " + message.body, message)

    async def ask(number: int) -> bytes:
        own, body = f"{group}_{number}", b"question %d" % number
        async with manager.connection(server.broker_name) as client:
            if face.name == "sync":
                return (await asyncio.to_thread(client.target.request, own, body, mq, timeout=20)).body
            return (await client.request(own, body, mq, timeout=20)).body

    async with (
        await create_async_broker_client(server.broker_address) as replier,
        await face.manager(server.namesrv_address, max_connections=1, timeout=10) as manager,
    ):
        await replier.create_topic(mq.topic, 1)
        replying = asyncio.ensure_future(reply(replier, 3))
        assert await asyncio.gather(*map(ask, range(3))) == [b"answer to question %d" % number for number in range(3)]
        await replying
        async with manager.connection(server.broker_name) as client:
            assert all(client._remote.find_request_handler(code) is None for code in QUESTIONS)
