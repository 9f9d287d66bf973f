"""Membership of groups: heartbeats, callbacks, and what the broker tells and asks its members."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually, is_old, needs_5x, pull_all, send_visibly
from faces import AsyncFace
from pyrocketmq.broker import (
    AuthorizationError,
    BrokerResponseError,
    BrokerSystemError,
    OffsetError,
    subscription_data,
)
from pyrocketmq.model import MessageQueue, PullSysFlag
from pyrocketmq.model.bodies import ConsumerRunningInfo
from pyrocketmq.model.enums import CMResult, ConsumeType, MessageModel
from pyrocketmq.model.names import retry_topic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from faces import Face
    from real_rocketmq.pytest_plugin import Server

pytestmark = pytest.mark.real


@pytest.fixture
async def admin(server: Server) -> AsyncIterator[Any]:
    """Somebody else; works while a sync client answers on threads of its own."""
    async with await AsyncFace().client(server.broker_address) as client:
        yield client


class Called:
    """A callback that keeps what it was called with."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.calls: list[Any] = []

    def __call__(self, *arguments: Any) -> Any:
        self.calls.append(arguments)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def count(self) -> int:
        return len(self.calls)


async def test_members_hear_of_each_other(client: Any, admin: Any, group: str, topic: str) -> None:
    changed = Called()
    await client.register_consumer(group, {topic: "*"}, on_ids_changed=changed)
    await eventually(changed.count, lambda count: count >= 1)
    assert await client.get_consumer_list(group) == [client.client_id]
    before = await changed.count()
    await admin.register_consumer(group, {topic: "*"})
    await eventually(changed.count, lambda count: count > before)
    assert sorted(await client.get_consumer_list(group)) == sorted([client.client_id, admin.client_id])
    before = await changed.count()
    await admin.unregister_consumer(group)
    await eventually(changed.count, lambda count: count > before)
    assert await client.get_consumer_list(group) == [client.client_id]
    assert set(changed.calls) == {(group,)}


async def test_leaving_a_group(client: Any, face: Face, server: Server, group: str, topic: str) -> None:
    async with await face.client(server.broker_address) as member:
        await member.register_consumer(group, {topic: "*"})
        await member.register_producer(group)
        assert await client.get_consumer_list(group) == [member.client_id]
        await member.unregister_consumer(group)
        await member.unregister_consumer(group)
        assert await client.get_consumer_list(group) == []
        (connection,) = await client.get_producer_connections(group)
        assert connection.client_id == member.client_id
        await member.unregister_producer(group)
        with pytest.raises(BrokerSystemError):
            await client.get_producer_connections(group)
        await member.register_consumer(group, {topic: "*"})
    assert await client.get_consumer_list(group) == []  # `disconnect` leaves


async def test_a_client_may_be_in_many_groups(client: Any, admin: Any, group: str, topic: str) -> None:
    await client.register_producer(f"{group}_p")
    for name in ("a", "b"):
        await client.register_consumer(f"{group}_{name}", {f"{topic}_{name}": "TagA || TagB"})
    for name in ("a", "b"):
        connections = await admin.get_consumer_connections(f"{group}_{name}")
        (connection,) = connections.connection_set
        assert (connection.client_id, connection.language) == (client.client_id, "PYTHON")
        subscription = connections.subscription_table[f"{topic}_{name}"]
        assert (subscription.sub_string, sorted(subscription.tags_set)) == ("TagA || TagB", ["TagA", "TagB"])
        assert retry_topic(f"{group}_{name}") in connections.subscription_table
    assert client.client_id in {each.client_id for each in (await admin.get_producers())[f"{group}_p"]}


async def test_what_a_member_is_can_be_changed(client: Any, group: str, topic: str) -> None:
    await client.register_consumer(group, {topic: "a", f"{topic}_2": "*"})
    await asyncio.sleep(0.002)  # subscriptions are told apart by their milliseconds
    await client.register_consumer(
        group,
        [subscription_data(topic, "b")],
        message_model=MessageModel.BROADCASTING,
        consume_type=ConsumeType.CONSUME_ACTIVELY,
    )
    connections = await client.get_consumer_connections(group)
    assert (connections.message_model, connections.consume_type) == ("BROADCASTING", "CONSUME_ACTIVELY")
    assert {name: each.sub_string for name, each in connections.subscription_table.items()} == {topic: "b"}


async def test_the_subscription_of_a_group(client: Any, server: Server, group: str, topic: str) -> None:
    await client.register_consumer(group, {topic: "a || b"})
    with needs_5x(server):
        subscription = await client.query_subscription_by_consumer(group, topic)
        assert (subscription.topic, subscription.sub_string) == (topic, "a || b")
        assert await client.query_subscription_by_consumer(group, f"{topic}_2") is None


async def test_pulls_may_use_the_subscription_of_the_heartbeat(client: Any, group: str, mq: MessageQueue) -> None:
    for tag in ("a", "b"):
        await send_visibly(client, group, tag.encode(), mq, tags=tag)
    await client.register_consumer(group, {mq.topic: "b"})
    result = await client.pull_message(
        group, mq.topic, 0, 0, sys_flag=int(PullSysFlag.SUSPEND), suspend_timeout=1.0, sub_expression=""
    )
    assert [message.body for message in result.messages] == [b"b"]


async def test_a_group_can_be_kept_from_a_topic(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    await client.register_consumer(group, {mq.topic: "*"})
    with needs_5x(server):
        assert not await client.is_group_forbidden(group, mq.topic)
        await client.set_group_forbidden(group, mq.topic, True)
        assert await client.is_group_forbidden(group, mq.topic)
        with pytest.raises(AuthorizationError, match="forbidden"):
            await client.pull_message(group, mq.topic, 0, 0, sys_flag=int(PullSysFlag.SUSPEND))
        await client.set_group_forbidden(group, mq.topic, False)
        assert (await client.pull_message(group, mq.topic, 0, 0, sys_flag=int(PullSysFlag.SUSPEND))).messages


async def test_the_broker_compiles_subscriptions(client: Any, group: str, topic: str) -> None:
    await client.update_broker_config({"enablePropertyFilter": "true"})
    await client.check_client_config(group, subscription_data(topic, "a || b"))
    await client.check_client_config(group, subscription_data(topic, "price > 1", "SQL92"))
    with pytest.raises(BrokerResponseError) as raised:
        await client.check_client_config(group, subscription_data(topic, "price >", "SQL92"))
    assert raised.value.response_code == 23


async def test_members_tell_where_they_stand(client: Any, admin: Any, group: str, mq: MessageQueue) -> None:
    await client.create_topic(mq.topic)
    status = Called({mq: 17})
    await client.register_consumer(group, {mq.topic: "*"}, consumer_status=status)
    assert await admin.get_consumer_status(group, mq.topic) == {client.client_id: {mq: 17}}
    assert await admin.get_consumer_status(group, mq.topic, client.client_id) == {client.client_id: {mq: 17}}
    assert status.calls == [(mq.topic,)] * 2
    await client.register_consumer(group, {mq.topic: "*"})  # nobody tells any more
    assert await admin.get_consumer_status(group, mq.topic) == {client.client_id: {}}
    with pytest.raises(BrokerSystemError):
        await admin.get_consumer_status(f"{group}_2", mq.topic)


async def test_members_tell_of_their_inner_life(client: Any, admin: Any, group: str, topic: str) -> None:
    await client.register_consumer(group, {topic: "a"})
    info = await admin.get_consumer_running_info(group, client.client_id)
    assert info.properties["PROP_CLIENT_VERSION"].startswith("V5_")
    assert {each.topic for each in info.subscription_set} == {topic, retry_topic(group)}
    told = ConsumerRunningInfo(properties={"mood": "good"})
    await client.register_consumer(group, {topic: "a"}, running_info=Called(told))
    assert (await admin.get_consumer_running_info(group, client.client_id)).properties == {"mood": "good"}
    with pytest.raises(BrokerSystemError, match="not online"):
        await admin.get_consumer_running_info(group, "nobody")


async def test_members_consume_directly(client: Any, admin: Any, server: Server, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    (message,) = await pull_all(client, group, mq.topic, 1)

    async def consume(callback: Any) -> Any:
        await client.register_consumer(group, {mq.topic: "*"}, consume_directly=callback)
        return await admin.consume_message_directly(
            group, client.client_id, message.offset_msg_id, topic=mq.topic, broker_name=server.broker_name, timeout=15
        )

    consumed = Called(CMResult.CR_SUCCESS)
    result = await consume(consumed)
    assert result.consume_result is CMResult.CR_SUCCESS
    assert [(each.body, each.msg_id) for (each,) in consumed.calls] == [(b"x", message.msg_id)]
    failed = await consume(Called(ValueError("no stomach")))
    assert failed.consume_result is CMResult.CR_THROW_EXCEPTION
    assert failed.remark == "ValueError: no stomach"
    with pytest.raises(BrokerSystemError, match="nobody consumes"):
        await consume(None)


async def test_offsets_are_reset(client: Any, admin: Any, server: Server, group: str, mq: MessageQueue) -> None:
    for _ in range(3):
        await send_visibly(client, group, b"x", mq)
    await client.pull_message(group, mq.topic, 0, 0, commit_offset=2)
    if not is_old(server):
        assert (await admin.reset_offset(group, mq.topic, 0))[mq] == 0
        assert await client.query_consumer_offset(group, mq.topic, 0) == 0
        assert await admin.reset_offset(group, mq.topic, -1, queue_id=0, offset=1) == {mq: 1}
        assert await client.query_consumer_offset(group, mq.topic, 0) == 1
    else:
        for queue_id in range(1, 4):  # every queue needs an offset
            await client.update_consumer_offset(group, mq.topic, queue_id, 0, wait=True)
        with pytest.raises(OffsetError) as raised:
            await admin.reset_offset(group, mq.topic, 0)
        assert raised.value.response_code == 206
        reset = Called()
        await client.register_consumer(group, {mq.topic: "*"}, on_offset_reset=reset)
        assert (await admin.reset_offset(group, mq.topic, 0))[mq] == 0
        await eventually(reset.count)
        ((reset_topic, offsets),) = reset.calls
        assert (reset_topic, offsets[mq]) == (mq.topic, 0)
    with pytest.raises(OffsetError):
        await admin.reset_offset(group, "no_such_topic", 0)


async def test_a_callback_that_fails_is_logged(
    client: Any, admin: Any, group: str, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    changed = Called(RuntimeError("no time"))
    await client.register_consumer(group, {topic: "*"}, on_ids_changed=changed)
    await eventually(changed.count)

    async def logged() -> bool:
        return "no time" in caplog.text

    await eventually(logged)
    assert await client.get_consumer_list(group) == [client.client_id]


async def test_coroutines_may_answer(server: Server, admin: Any, group: str, mq: MessageQueue) -> None:
    changed = asyncio.Event()

    async def on_ids_changed(changed_group: str) -> None:
        await asyncio.sleep(0)
        changed.set()

    async def consumer_status(topic: str) -> dict[MessageQueue, int]:
        await asyncio.sleep(0)
        return {mq: 3}

    async with await AsyncFace().client(server.broker_address) as client:
        await client.register_consumer(
            group, {mq.topic: "*"}, on_ids_changed=on_ids_changed, consumer_status=consumer_status
        )
        await asyncio.wait_for(changed.wait(), 10)
        assert await admin.get_consumer_status(group, mq.topic) == {client.client_id: {mq: 3}}


async def test_an_instance_name_is_part_of_the_id(face: Face, server: Server, group: str) -> None:
    async with await face.client(server.broker_address, instance_name="till-7") as client:
        await client.register_producer(group)
        (connection,) = await client.get_producer_connections(group)
    assert connection.client_id == client.client_id
    assert client.client_id.endswith("@till-7")


async def test_names_are_checked_before_anything_is_sent(client: Any, topic: str) -> None:
    with pytest.raises(ValueError, match="group"):
        await client.register_producer("no such group")
    with pytest.raises(ValueError, match="topic"):
        await client.register_consumer("group", {"no such topic": "*"})
