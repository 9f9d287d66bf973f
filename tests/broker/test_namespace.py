"""Namespaces: applications do not see them, servers do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually, is_old, pull_all, send_visibly
from faces import AsyncFace
from pyrocketmq.broker.namespace import Namespace
from pyrocketmq.model import MessageExt, MessageQueue, RequestCode, TransactionState
from pyrocketmq.model.bodies import (
    ConsumerData,
    ConsumerOffsetTable,
    ConsumerRunningInfo,
    HeartbeatData,
    ProducerData,
    SubscriptionData,
    SubscriptionGroupConfig,
    TopicList,
)
from pyrocketmq.model.names import retry_topic
from pyrocketmq.model.requests import (
    GetConsumerRunningInfoReply,
    HeartBeat,
    PutKvConfig,
    SendMessageV2,
    SendReplyMessageV2,
)
from pyrocketmq.testkit import FakeBroker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from faces import Face
    from real_rocketmq.pytest_plugin import Server

NAMESPACE = Namespace("ns")


@pytest.fixture
async def client(face: Face, server: Server) -> AsyncIterator[Any]:
    async with await face.client(server.broker_address, namespace="ns") as client:
        yield client


@pytest.fixture
async def outside(server: Server) -> AsyncIterator[Any]:
    """Somebody who uses the names of the server."""
    async with await AsyncFace().client(server.broker_address) as client:
        yield client


@pytest.mark.real
async def test_messages(client: Any, outside: Any, group: str, mq: MessageQueue) -> None:
    sent = await send_visibly(client, group, b"x", mq, keys=["k"])
    assert sent.message_queue == mq
    (message,) = await pull_all(client, group, mq.topic, 1)
    assert (message.topic, message.body) == (mq.topic, b"x")
    assert message.properties["INSTANCE_ID"] == "ns"
    (stored,) = await pull_all(outside, group, f"ns%{mq.topic}", 1)
    assert (stored.topic, stored.msg_id) == (f"ns%{mq.topic}", sent.msg_id)
    assert mq.topic not in await outside.get_topic_configs()
    (found,) = await eventually(lambda: client.query_message(mq.topic, "k"))
    assert found.topic == mq.topic
    assert (await client.view_message(sent.offset_msg_id)).topic == mq.topic


@pytest.mark.real
async def test_offsets_and_statistics(client: Any, outside: Any, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    await client.pull_message(group, mq.topic, 0, 0, commit_offset=1)
    assert await client.query_consumer_offset(group, mq.topic, 0) == 1
    assert await outside.query_consumer_offset(f"ns%{group}", f"ns%{mq.topic}", 0) == 1
    assert (await client.get_consumer_offsets())[f"{mq.topic}@{group}"] == {0: 1}
    assert mq in (await client.get_topic_stats(mq.topic)).offset_table
    assert mq in (await client.get_consume_stats(group)).offset_table
    assert await client.query_topic_consume_by_who(mq.topic) == [group]
    assert mq.topic in await client.get_topic_configs()
    assert "TBW102" in await client.get_topic_configs()


@pytest.mark.real
async def test_groups(client: Any, outside: Any, group: str, topic: str) -> None:
    changed = asyncio.Event()
    loop = asyncio.get_running_loop()
    heard: list[str] = []

    def on_ids_changed(changed_group: str) -> None:
        heard.append(changed_group)
        loop.call_soon_threadsafe(changed.set)

    await client.register_consumer(group, {topic: "*"}, on_ids_changed=on_ids_changed)
    await asyncio.wait_for(changed.wait(), 10)
    assert heard[0] == group
    assert await client.get_consumer_list(group) == [client.client_id]
    assert await outside.get_consumer_list(f"ns%{group}") == [client.client_id]
    own = await client.get_consumer_connections(group)
    assert own.subscription_table.keys() == {topic, retry_topic(group)}
    others = await outside.get_consumer_connections(f"ns%{group}")
    assert others.subscription_table.keys() == {f"ns%{topic}", retry_topic(f"ns%{group}")}
    info = await outside.get_consumer_running_info(f"ns%{group}", client.client_id)
    assert {each.topic for each in info.subscription_set} == {f"ns%{topic}", retry_topic(f"ns%{group}")}
    assert "PROP_CLIENT_VERSION" in info.properties


@pytest.mark.real
async def test_settings(client: Any, outside: Any, group: str, topic: str) -> None:
    await client.create_topic(topic, 2)
    await client.create_subscription_group(SubscriptionGroupConfig(group_name=group))
    assert (await client.get_topic_configs())[topic].topic_name == topic
    assert (await outside.get_topic_configs())[f"ns%{topic}"].write_queue_nums == 2
    assert (await client.get_subscription_groups())[group].group_name == group
    assert f"ns%{group}" in await outside.get_subscription_groups()


@pytest.mark.real
async def test_retries(client: Any, group: str, mq: MessageQueue, skip_time: Callable[[float], None]) -> None:
    await client.create_subscription_group(SubscriptionGroupConfig(group_name=group))
    await send_visibly(client, group, b"x", mq)
    (message,) = await pull_all(client, group, mq.topic, 1)
    await client.send_message_back(group, message, delay_level=1)
    skip_time(1.0)
    (again,) = await pull_all(client, group, retry_topic(group), 1)
    assert (again.topic, again.body) == (retry_topic(group), b"x")


@pytest.mark.real
async def test_transactions(client: Any, group: str, mq: MessageQueue) -> None:
    half = await client.send_transaction_message(group, b"half", mq)
    await client.end_transaction(group, half, TransactionState.COMMIT)
    assert [message.body for message in await pull_all(client, group, mq.topic, 1)] == [b"half"]


@pytest.mark.real
async def test_pops(
    client: Any, server: Server, group: str, mq: MessageQueue, skip_time: Callable[[float], None]
) -> None:
    await send_visibly(client, group, b"x", mq)
    if is_old(server):
        return
    (message,) = (await client.pop_message(group, mq.topic, invisible_time=1.0)).messages
    assert message.topic == mq.topic

    async def pop() -> list[MessageExt]:
        return list((await client.pop_message(group, mq.topic, poll_time=0.5)).messages)

    skip_time(4.0)
    (again,) = await eventually(pop, seconds=30.0)
    assert (again.topic, again.reconsume_times) == (mq.topic, 1)
    await client.ack_message(group, again.topic, again.receipt_handle)


@pytest.mark.real
async def test_routes(face: Face, server: Server, client: Any, outside: Any, topic: str) -> None:
    await client.create_topic(topic)
    async with await face.nameserver(server.namesrv_address, namespace="ns") as nameserver:
        topics = await eventually(nameserver.get_all_topics, lambda topics: topic in topics)
        assert (await nameserver.get_topic_route(topic)).queue_datas[0].broker_name == server.broker_name
        assert f"ns%{topic}" not in topics


async def test_questions_about_transactions(face: Face, group: str, topic: str) -> None:
    soon = {"transactionTimeOut": "50", "transactionCheckInterval": "50"}
    mq = MessageQueue(topic, "broker-a", 0)
    asked: list[MessageExt] = []

    def check(message: MessageExt) -> TransactionState:
        asked.append(message)
        return TransactionState.COMMIT

    with FakeBroker(properties=soon) as broker:
        async with await face.client(broker.address, namespace="ns") as client:
            await client.register_transaction_checker(group, check)
            await client.send_transaction_message(group, b"half", mq)
            assert [message.body for message in await pull_all(client, group, topic, 1)] == [b"half"]
    assert asked[0].topic == topic


async def test_the_environment_names_the_namespace(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROCKETMQ_BROKER_NAMESPACE", "ns")
    monkeypatch.setenv("ROCKETMQ_BROKER_INSTANCE_NAME", "till-7")
    with FakeBroker() as broker:
        async with await face.client(broker.address) as client:
            await client.register_producer("shop")
            assert client.client_id.endswith("@till-7")
        async with await face.client(broker.address, namespace="other") as client:
            assert await client.get_topic_configs()
        (first, *_) = broker.requests.where(code=RequestCode.HEART_BEAT)
    data = HeartBeat.from_command(first.command).heartbeat_data
    assert [group.group_name for group in data.producer_data_set] == ["ns%shop"]


def test_requests_are_copied() -> None:
    data = HeartbeatData(
        client_id="me",
        producer_data_set=[ProducerData(group_name="p")],
        consumer_data_set=[ConsumerData(group_name="c", subscription_data_set=[SubscriptionData(topic="%RETRY%c")])],
    )
    wrapped = NAMESPACE.wrap_all(HeartBeat(heartbeat_data=data)).heartbeat_data
    assert wrapped.producer_data_set[0].group_name == "ns%p"
    assert wrapped.consumer_data_set[0].group_name == "ns%c"
    assert wrapped.consumer_data_set[0].subscription_data_set[0].topic == "%RETRY%ns%c"
    assert data.producer_data_set[0].group_name == "p"


def test_system_names_stay() -> None:
    group = "CID_RMQ_SYS_OWN"
    send = SendMessageV2(producer_group=group, topic="TBW102", queue_id=0, born_timestamp=0, body=b"x")
    wrapped = NAMESPACE.wrap_all(send)
    assert (wrapped.producer_group, wrapped.topic, wrapped.default_topic) == (group, "TBW102", "TBW102")
    reply = SendReplyMessageV2(
        producer_group="p", topic="DefaultCluster_REPLY_TOPIC", queue_id=0, born_timestamp=0, body=b"x"
    )
    assert NAMESPACE.wrap_all(reply).topic == "DefaultCluster_REPLY_TOPIC"
    kv = PutKvConfig(namespace="ORDER_TOPIC_CONFIG", key="orders", value="x")
    assert NAMESPACE.wrap_all(kv) == kv


def test_names_in_answers() -> None:
    topics = TopicList(topic_list=["ns%orders", "other%orders", "TBW102"])
    assert NAMESPACE.unwrap_all(topics).topic_list == ["orders", "other%orders", "TBW102"]
    offsets = ConsumerOffsetTable(offset_table={"ns%orders@ns%billing": {0: 7}, "orders@billing": {0: 8}})
    assert NAMESPACE.unwrap_all(offsets).offset_table["orders@billing"] in ({0: 7}, {0: 8})
    info = ConsumerRunningInfo(properties={"topic": "orders"}, mq_table={})
    assert NAMESPACE.wrap_all(GetConsumerRunningInfoReply(running_info=info)).running_info.properties == {
        "topic": "orders"
    }
