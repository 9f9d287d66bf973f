"""What a NameServer serves, sync and asyncio, on fake and real ones of both versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually, is_old
from pyrocketmq.broker import BrokerResponseError, BrokerTimeoutError
from pyrocketmq.model.bodies import QueueData, TopicRouteData

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from faces import Face
    from real_rocketmq.pytest_plugin import Server

pytestmark = pytest.mark.real


@pytest.fixture
async def nameserver(face: Face, server: Server) -> AsyncIterator[Any]:
    async with await face.nameserver(server.namesrv_address) as nameserver:
        yield nameserver


async def test_routes_and_topics(nameserver: Any, client: Any, server: Server, topic: str) -> None:
    with pytest.raises(BrokerResponseError) as raised:
        await nameserver.get_topic_route(topic)
    assert raised.value.response_code == 17
    await client.create_topic(topic, 3)
    await eventually(nameserver.get_all_topics, lambda topics: topic in topics)
    route = await nameserver.get_topic_route(topic)
    (queues,) = route.queue_datas
    assert (queues.broker_name, queues.write_queue_nums, queues.perm) == (server.broker_name, 3, 6)
    assert topic in await nameserver.get_topics_by_cluster(server.cluster_name)
    assert await nameserver.get_topics_by_cluster("no_such_cluster") == []
    await client.delete_topic(topic)
    await nameserver.delete_topic(topic, cluster=server.cluster_name)
    assert topic not in await nameserver.get_all_topics()


async def test_system_and_unit_topics(nameserver: Any, server: Server) -> None:
    topics = await nameserver.get_system_topics()
    assert {server.broker_name, server.cluster_name} <= set(topics.topic_list)
    assert await nameserver.get_unit_topics() == []
    assert isinstance(await nameserver.get_unit_sub_topics(), list)
    assert isinstance(await nameserver.get_unit_sub_ununit_topics(), list)


async def test_the_cluster(nameserver: Any, server: Server) -> None:
    info = await nameserver.get_cluster_info()
    assert info.broker_addr_table[server.broker_name].broker_addrs[0] == server.broker_address
    assert info.cluster_addr_table[server.cluster_name] == [server.broker_name]


async def test_the_members_of_a_broker(nameserver: Any, server: Server) -> None:
    if is_old(server):  # which answers nothing at all
        with pytest.raises(BrokerTimeoutError):
            await nameserver.get_broker_member_group(server.cluster_name, server.broker_name, 0.2)
    else:
        group = await nameserver.get_broker_member_group(server.cluster_name, server.broker_name)
        assert (group.broker_name, group.broker_addrs) == (server.broker_name, {0: server.broker_address})


async def test_a_topic_can_be_made_known(nameserver: Any, server: Server, topic: str) -> None:
    queues = QueueData(broker_name=server.broker_name, read_queue_nums=1, write_queue_nums=1, perm=6)
    route = TopicRouteData(queue_datas=[queues])
    if is_old(server):
        with pytest.raises(BrokerTimeoutError):
            await nameserver.register_topic(topic, route, 0.2)
    else:
        await nameserver.register_topic(topic, route)
        assert (await nameserver.get_topic_route(topic)).queue_datas == [queues]


async def test_values(nameserver: Any, topic: str) -> None:
    namespace = f"NS_{topic}"
    assert await nameserver.get_kv_config(namespace, "k") is None
    assert await nameserver.get_kv_list(namespace) == {}
    await nameserver.put_kv_config(namespace, "k", "v = größe")
    await nameserver.put_kv_config(namespace, "l", "w")
    assert await nameserver.get_kv_config(namespace, "k") == "v = größe"
    assert await nameserver.get_kv_list(namespace) == {"k": "v = größe", "l": "w"}
    await nameserver.delete_kv_config(namespace, "k")
    assert await nameserver.get_kv_list(namespace) == {"l": "w"}


async def test_producers_are_kept_off_a_broker(nameserver: Any, client: Any, server: Server, topic: str) -> None:
    await client.create_topic(topic)
    await eventually(nameserver.get_all_topics, lambda topics: topic in topics)
    assert await nameserver.wipe_write_perm_of_broker("no_such_broker") == 0
    try:
        assert await nameserver.wipe_write_perm_of_broker(server.broker_name) > 0
        assert (await nameserver.get_topic_route(topic)).queue_datas[0].perm == 4
    finally:
        assert await nameserver.add_write_perm_of_broker(server.broker_name) > 0
    assert (await nameserver.get_topic_route(topic)).queue_datas[0].perm == 6


async def test_settings(nameserver: Any, server: Server) -> None:
    before = await nameserver.get_nameserver_config()
    assert before["listenPort"] == server.namesrv_address.rpartition(":")[2]
    await nameserver.update_nameserver_config({"productEnvName": "test"})
    assert (await nameserver.get_nameserver_config())["productEnvName"] == "test"
    await nameserver.update_nameserver_config({"productEnvName": "center"})
