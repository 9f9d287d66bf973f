"""Finding messages."""

from __future__ import annotations

from typing import Any

import pytest

from broker_helpers import eventually, pull_all, send_visibly
from pyrocketmq.broker import BrokerSystemError
from pyrocketmq.model import Message, MessageQueue

pytestmark = pytest.mark.real


async def test_messages_are_found_by_their_keys(client: Any, group: str, mq: MessageQueue) -> None:
    one = await client.sync_send_message(group, b"one", mq, keys=["red", "blue"])
    two = await client.sync_send_message(group, b"two", mq, keys=["blue"])
    blue = await eventually(lambda: client.query_message(mq.topic, "blue"), lambda found: len(found) == 2)
    assert {message.msg_id for message in blue} == {one.msg_id, two.msg_id}
    assert [message.body for message in await client.query_message(mq.topic, "red")] == [b"one"]
    assert len(await client.query_message(mq.topic, "blue", 1)) == 1
    assert await client.query_message(mq.topic, "green") == []
    assert await client.query_message("another_topic", "blue") == []
    stored = max(message.store_timestamp for message in blue)
    assert len(await client.query_message(mq.topic, "blue", begin_timestamp=stored - 60_000)) == 2
    assert await client.query_message(mq.topic, "blue", end_timestamp=stored - 60_000) == []


async def test_keys_that_only_share_a_hash_are_left_out(client: Any, group: str, mq: MessageQueue) -> None:
    for key in ("Aa", "BB"):
        await client.sync_send_message(group, key.encode(), mq, keys=[key])
    found = await eventually(lambda: client.query_message(mq.topic, "BB"))
    assert [message.body for message in found] == [b"BB"]


async def test_messages_are_found_by_their_unique_id(client: Any, group: str, mq: MessageQueue) -> None:
    sent = await client.sync_batch_send_message(group, [b"one", Message(mq.topic, b"two")], mq)
    first, second = sent.msg_id.split(",")
    (message,) = await eventually(lambda: client.query_message_by_unique_key(mq.topic, second))
    assert (message.body, message.msg_id) == (b"two", second)
    assert [each.body for each in await client.query_message_by_unique_key(mq.topic, first)] == [b"one"]
    assert await client.query_message_by_unique_key(mq.topic, "0" * 32) == []


async def test_messages_are_found_by_their_offset_id(client: Any, group: str, mq: MessageQueue) -> None:
    sent = await client.sync_send_message(group, b"x", mq)
    message = await client.view_message(sent.offset_msg_id, mq.topic)
    assert (message.body, message.msg_id, message.offset_msg_id) == (b"x", sent.msg_id, sent.offset_msg_id)
    with pytest.raises(BrokerSystemError) as raised:
        await client.view_message(sent.offset_msg_id[:16] + "0000FFFFFFFFFFFF", mq.topic)
    assert raised.value.operation == "view_message"
    with pytest.raises(ValueError, match="offset message id"):
        await client.view_message("17")


async def test_the_index_of_a_queue(client: Any, group: str, mq: MessageQueue) -> None:
    for body in (b"one", b"two"):
        await send_visibly(client, group, body, mq, tags="TagA")
    messages = await pull_all(client, group, mq.topic, 2)
    index = await client.query_consume_queue(mq.topic, 0, 0)
    assert (index.min_queue_index, index.max_queue_index) == (0, 2)
    assert [entry.physic_offset for entry in index.queue_data] == [each.commit_log_offset for each in messages]
    assert [entry.physic_size for entry in index.queue_data] == [each.store_size for each in messages]
    assert {entry.tags_code for entry in index.queue_data} == {2598919}
    (second,) = (await client.query_consume_queue(mq.topic, 0, 1, 1)).queue_data
    assert second.physic_offset == messages[1].commit_log_offset
