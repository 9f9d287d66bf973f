"""The main line of a client, sync and asyncio, on fake and real brokers of both versions."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually, pull_all, send_visibly
from pyrocketmq.broker import (
    BrokerConnectionError,
    BrokerError,
    BrokerResponseError,
    BrokerTimeoutError,
    MessagePullError,
    OffsetError,
)
from pyrocketmq.model import Message, MessageQueue, PullStatus, PullSysFlag, SendStatus, TransactionState
from pyrocketmq.model.compression import Compression
from pyrocketmq.model.message_id import decode_offset_message_id
from pyrocketmq.remote import Address

if TYPE_CHECKING:
    from collections.abc import Callable

    from faces import Face
    from real_rocketmq.pytest_plugin import Server

pytestmark = pytest.mark.real


async def test_a_message_comes_back_as_it_was_sent(client: Any, group: str, mq: MessageQueue, server: Server) -> None:
    before = int(time.time() * 1000)
    sent = await client.sync_send_message(
        group, "größe 大".encode(), mq, {"color": "größe"}, tags="TagA", keys=["k1", "k2"], flag=7
    )
    assert sent.status is SendStatus.SEND_OK
    assert sent.message_queue == mq
    assert sent.queue_offset == 0
    assert sent.region_id == "DefaultRegion"
    stored_at = decode_offset_message_id(sent.offset_msg_id)
    assert f"{stored_at.host}:{stored_at.port}" == server.broker_address

    result = await client.pull_message(group, mq.topic, 0, 0, suspend_timeout=5.0)
    assert (result.status, result.message_count) == (PullStatus.FOUND, 1)
    assert (result.next_begin_offset, result.min_offset, result.max_offset) == (1, 0, 1)
    (message,) = result.messages
    assert message.body == "größe 大".encode()
    assert message.properties["color"] == "größe"
    assert (message.topic, message.tags, message.keys, message.flag) == (mq.topic, "TagA", ["k1", "k2"], 7)
    assert (message.msg_id, message.offset_msg_id) == (sent.msg_id, sent.offset_msg_id)
    assert (message.queue_id, message.queue_offset) == (0, 0)
    assert message.commit_log_offset == stored_at.commit_log_offset
    assert before <= message.born_timestamp <= message.store_timestamp + 50
    assert message.born_host[0] == "127.0.0.1"
    assert message.reconsume_times == 0


async def test_the_broker_chooses_a_queue(client: Any, group: str, mq: MessageQueue) -> None:
    sent = await client.sync_send_message(group, b"x", mq._replace(queue_id=-1))
    assert 0 <= sent.message_queue.queue_id < 4


async def test_one_way_messages_arrive(client: Any, group: str, mq: MessageQueue) -> None:
    assert await client.oneway_send_message(group, b"one", mq) is None
    assert await client.oneway_batch_send_message(group, [b"two", b"three"], mq) is None
    await client.sync_send_message(group, b"last", mq)
    bodies = sorted(message.body for message in await pull_all(client, group, mq.topic, 4))
    assert bodies == [b"last", b"one", b"three", b"two"]


async def test_batches(client: Any, group: str, mq: MessageQueue) -> None:
    batch = [b"one", Message(mq.topic, b"two", tags="t", keys="k"), b"three"]
    sent = await client.sync_batch_send_message(group, batch, mq, {"shared": "yes"})
    assert sent.status is SendStatus.SEND_OK
    assert sent.queue_offset == 0
    messages = await pull_all(client, group, mq.topic, 3)
    assert [message.body for message in messages] == [b"one", b"two", b"three"]
    assert [message.msg_id for message in messages] == sent.msg_id.split(",")
    assert [message.offset_msg_id for message in messages] == sent.offset_msg_id.split(",")
    assert [message.tags for message in messages] == [None, "t", None]
    assert all(message.properties["shared"] == "yes" for message in messages)


async def test_joined_bodies_are_one_message(client: Any, group: str, mq: MessageQueue) -> None:
    await client.sync_batch_send_message(group, b"".join([b"one", b"two"]), mq)
    assert [message.body for message in await pull_all(client, group, mq.topic, 1)] == [b"onetwo"]


async def test_pulls_that_find_nothing_are_results(client: Any, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq, tags="TagA")
    end = await client.pull_message(group, mq.topic, 0, 1)
    assert (end.status, end.message_count, end.next_begin_offset) == (PullStatus.NO_NEW_MSG, 0, 1)
    beyond = await client.pull_message(group, mq.topic, 0, 100)
    assert (beyond.status, beyond.next_begin_offset) == (PullStatus.OFFSET_ILLEGAL, 1)
    other = await client.pull_message(group, mq.topic, 0, 0, sub_expression="TagB")
    assert (other.status, other.next_begin_offset) == (PullStatus.NO_MATCHED_MSG, 1)


async def test_tags_that_only_share_a_hash_are_left_out(client: Any, group: str, mq: MessageQueue) -> None:
    for tag in ("Aa", "BB"):  # equal by the hash that brokers compare
        await send_visibly(client, group, tag.encode(), mq, tags=tag)
    result = await client.pull_message(group, mq.topic, 0, 0, sub_expression="BB")
    assert [message.body for message in result.messages] == [b"BB"]
    assert result.next_begin_offset == 2


async def test_a_given_sys_flag_is_sent_as_it_is(client: Any, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    with pytest.raises(MessagePullError) as raised:  # without its subscription the group is unknown
        await client.pull_message(group, mq.topic, 0, 0, sys_flag=int(PullSysFlag.SUSPEND))
    assert raised.value.response_code == 24


async def test_long_polls_wake_up(client: Any, face: Face, server: Server, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"first", mq)

    async def send_later() -> None:
        async with await face.client(server.broker_address) as other:
            await asyncio.sleep(0.2)
            await other.sync_send_message(group, b"second", mq)

    def send_from_thread() -> None:
        asyncio.run(send_later())

    sending = asyncio.create_task(asyncio.to_thread(send_from_thread))
    await asyncio.sleep(0)
    started = time.monotonic()
    result = await client.pull_message(group, mq.topic, 0, 1, suspend_timeout=10.0)
    assert [message.body for message in result.messages] == [b"second"]
    assert time.monotonic() - started < 5.0
    await sending


async def test_offsets(client: Any, group: str, mq: MessageQueue) -> None:
    for _ in range(3):
        await send_visibly(client, group, b"x", mq)
    await client.pull_message(group, mq.topic, 0, 0)  # makes the group known to a 5.x broker
    assert await client.query_consumer_offset(group, mq.topic, 0) == 0
    await client.update_consumer_offset(group, mq.topic, 0, 2, wait=True)
    assert await client.query_consumer_offset(group, mq.topic, 0) == 2
    await client.update_consumer_offset(group, mq.topic, 0, 1)
    await send_visibly(client, group, b"x", mq)
    await eventually(lambda: client.query_consumer_offset(group, mq.topic, 0), lambda offset: offset == 1)
    assert await client.get_max_offset(mq.topic, 0) == 4
    assert await client.get_min_offset(mq.topic, 0) == 0


async def test_commit_with_a_pull(client: Any, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    await client.pull_message(group, mq.topic, 0, 0, commit_offset=1)
    assert await client.query_consumer_offset(group, mq.topic, 0) == 1


async def test_an_offset_that_is_not_there(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    if server.version.startswith("4"):  # 4.9 answers 0 for anything
        assert await client.query_consumer_offset(group, mq.topic, 0) == 0
    else:
        with pytest.raises(OffsetError) as raised:
            await client.query_consumer_offset(group, mq.topic, 0)
        assert raised.value.response_code == 22
        assert raised.value.operation == "query_consumer_offset"


async def test_search_by_time(client: Any, group: str, mq: MessageQueue) -> None:
    await client.sync_send_message(group, b"x", mq)
    (message,) = await pull_all(client, group, mq.topic, 1)
    assert await client.search_offset_by_timestamp(mq.topic, 0, message.store_timestamp) == 0
    assert await client.search_offset_by_timestamp(mq.topic, 0, 0) == 0
    assert await client.get_earliest_store_time(mq.topic, 0) == message.store_timestamp
    assert await client.get_earliest_store_time(mq.topic, 1) is None


async def test_delayed_messages_come_late(
    client: Any, group: str, mq: MessageQueue, skip_time: Callable[[float], None]
) -> None:
    await client.sync_send_message(group, b"delayed", mq, delay_level=1)
    await client.sync_send_message(group, b"at once", mq)
    skip_time(1.0)
    at_once, delayed = await pull_all(client, group, mq.topic, 2)
    assert (at_once.body, delayed.body) == (b"at once", b"delayed")
    assert delayed.properties["DELAY"] == "1"
    assert delayed.store_timestamp - at_once.store_timestamp >= 900


@pytest.mark.parametrize("state", [TransactionState.COMMIT, TransactionState.ROLLBACK])
async def test_transactions_end_as_told(client: Any, group: str, mq: MessageQueue, state: TransactionState) -> None:
    half = await client.send_transaction_message(group, b"half", mq)
    assert half.transaction_id == half.msg_id
    assert (await client.pull_message(group, mq.topic, 0, 0)).message_count == 0
    await client.end_transaction(group, half, state)
    await client.sync_send_message(group, b"after", mq)
    expected = [b"half", b"after"] if state is TransactionState.COMMIT else [b"after"]
    assert [message.body for message in await pull_all(client, group, mq.topic, len(expected))] == expected


async def test_ending_what_is_no_transaction_is_refused(client: Any, group: str, mq: MessageQueue) -> None:
    sent = await client.sync_send_message(group, b"x", mq)
    with pytest.raises(BrokerResponseError) as raised:
        await client.end_transaction(group, sent, TransactionState.COMMIT)
    assert raised.value.operation == "end_transaction"


async def test_refusals_say_everything(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    with pytest.raises(BrokerResponseError) as raised:
        await client.sync_send_message(group, b"x", mq._replace(queue_id=99))
    error = raised.value
    assert error.operation == "sync_send_message"
    assert error.broker_addr == server.broker_address
    assert error.response_code == (1 if server.version.startswith("4") else 29)
    assert "request queueId[99] is illegal" in (error.remark or "")
    assert str(error).startswith(f"sync_send_message at {server.broker_address}: answered {error.response_code} ")
    with pytest.raises(MessagePullError) as refused:
        await client.pull_message(group, "no_such_topic", 0, 0)
    assert refused.value.response_code == 17


@pytest.mark.parametrize("body", [b"", b"x" * (4 * 1024 * 1024 + 1)], ids=["empty", "oversized"])
async def test_bad_bodies_lose_nothing(client: Any, group: str, mq: MessageQueue, body: bytes) -> None:
    with pytest.raises(ValueError, match="body"):
        await client.sync_send_message(group, body, mq)
    assert (await client.sync_send_message(group, b"good", mq)).queue_offset == 0


async def test_the_largest_body_goes_both_ways(client: Any, group: str, mq: MessageQueue) -> None:
    body = bytes(range(256)) * (4 * 1024 * 4)
    await client.sync_send_message(group, body, mq)
    (message,) = await pull_all(client, group, mq.topic, 1)
    assert message.body == body


@pytest.mark.parametrize("compression", list(Compression))
async def test_compressed_bodies_are_read_as_they_were(
    face: Face, server: Server, group: str, mq: MessageQueue, compression: Compression
) -> None:
    body = b"compress me " * 1000
    settings = {"compress_above": 4096, "compression": compression}
    async with await face.client(server.broker_address, **settings) as client:
        await client.sync_send_message(group, body, mq)
        await client.sync_send_message(group, b"x" * 4095, mq)
        message, smaller = await pull_all(client, group, mq.topic, 2)
    assert message.body == body
    assert len(message.raw_body) < len(body)
    assert message.sys_flag == compression.sys_flag
    assert smaller.raw_body == smaller.body == b"x" * 4095


async def test_connecting_and_disconnecting_at_will(face: Face, server: Server, group: str, mq: MessageQueue) -> None:
    client = await face.client(server.broker_address)
    assert not client.is_connected
    await client.disconnect()
    with pytest.raises(BrokerConnectionError):
        await client.sync_send_message(group, b"x", mq)
    await client.connect()
    await client.connect()
    assert client.is_connected
    await client.sync_send_message(group, b"x", mq)
    await client.disconnect()
    await client.disconnect()
    assert not client.is_connected


async def test_the_first_call_connects(face: Face, server: Server, group: str, mq: MessageQueue) -> None:
    client = await face.client(server.broker_address)
    try:
        await client.sync_send_message(group, b"x", mq)
        assert client.is_connected
    finally:
        await client.disconnect()


async def test_a_timeout_leaves_the_connection_usable(client: Any, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    with pytest.raises(BrokerTimeoutError) as raised:
        await client.pull_message(group, mq.topic, 0, 1, suspend_timeout=30.0, timeout=0.2, retry=None)
    assert raised.value.operation == "pull_message"
    assert (await client.sync_send_message(group, b"y", mq)).queue_offset == 1


async def test_groups_of_a_client(client: Any, group: str) -> None:
    assert await client.get_consumer_list(group) == []


async def test_topics_are_made_and_deleted(client: Any, group: str, mq: MessageQueue) -> None:
    await client.create_topic(mq.topic, queues=2)
    await send_visibly(client, group, b"x", mq._replace(queue_id=1))
    with pytest.raises(BrokerError):
        await client.sync_send_message(group, b"x", mq._replace(queue_id=2))
    await client.delete_topic(mq.topic)
    with pytest.raises(MessagePullError):
        await client.pull_message(group, mq.topic, 0, 0)


async def test_an_address_where_nobody_listens(face: Face, server: Server, closed_port: int) -> None:
    client = await face.client(str(Address("127.0.0.1", closed_port)))
    with pytest.raises(BrokerConnectionError, match=str(closed_port)) as raised:
        await client.connect()
    assert raised.value.__cause__ is not None
    with pytest.raises(BrokerConnectionError):
        await client.query_consumer_offset("g", "t", 0)


async def test_many_at_once_on_one_connection(client: Any, group: str, mq: MessageQueue) -> None:
    results = await asyncio.gather(*(client.sync_send_message(group, str(index).encode(), mq) for index in range(50)))
    assert sorted(result.queue_offset for result in results) == list(range(50))
    assert len({result.msg_id for result in results}) == 50
