"""Popping and acknowledging, sync and asyncio, on fake and real brokers; on 4.9 every test sees its refusal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually, needs_5x, send_visibly
from pyrocketmq.broker import AuthorizationError, BrokerResponseError, MessagePullError, PopStatus
from pyrocketmq.model.bodies import SubscriptionGroupConfig
from pyrocketmq.model.enums import MessageModel, MessageRequestMode
from pyrocketmq.model.pop import ReceiptHandle

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.model import MessageQueue
    from real_rocketmq.pytest_plugin import Server

pytestmark = pytest.mark.real

REVIVED = 4.0
# Seconds after which a message that was hidden for one is there again: brokers look for such from time to time.


async def pop_until(
    client: Any, group: str, topic: str, count: int, seconds: float = 30.0, **options: Any
) -> list[Any]:
    """Pop until so many messages are there."""
    popped: list[Any] = []

    async def pop() -> int:
        result = await client.pop_message(group, topic, poll_time=0.5, **options)
        popped.extend(result.messages)
        return len(popped)

    await eventually(pop, lambda found: found >= count, seconds)
    return popped


async def test_popped_messages_are_hidden_until_acknowledged(
    client: Any, server: Server, group: str, mq: MessageQueue
) -> None:
    for body in (b"one", b"two", b"three"):
        await send_visibly(client, group, body, mq, tags="t")
    with needs_5x(server):
        result = await client.pop_message(group, mq.topic, invisible_time=30)
        assert (result.status, result.message_count) == (PopStatus.FOUND, 3)
        assert [message.body for message in result.messages] == [b"one", b"two", b"three"]
        assert result.invisible_time == 30.0
        assert abs(result.pop_time - time.time() * 1000) < 5000
        for offset, message in enumerate(result.messages):
            handle = ReceiptHandle.parse(message.receipt_handle)
            assert (handle.broker_name, handle.queue_id, handle.queue_offset) == (server.broker_name, 0, offset)
            assert handle.pop_time == result.pop_time
        again = await client.pop_message(group, mq.topic)
        assert (again.status, again.message_count) == (PopStatus.NO_NEW_MSG, 0)
        for message in result.messages:
            await client.ack_message(group, message.topic, message.receipt_handle)
        await eventually(lambda: client.query_consumer_offset(group, mq.topic, 0), lambda offset: offset == 3, 30.0)


async def test_what_is_not_acknowledged_comes_again(
    client: Any, server: Server, group: str, mq: MessageQueue, skip_time: Callable[[float], None]
) -> None:
    for body in (b"one", b"two", b"three"):
        await send_visibly(client, group, body, mq)
    with needs_5x(server):
        first = await client.pop_message(group, mq.topic, invisible_time=1.0)
        await client.batch_ack_messages(
            group, mq.topic, [message.receipt_handle for message in (first.messages[0], first.messages[2])]
        )
        skip_time(REVIVED)
        (again,) = await pop_until(client, group, mq.topic, 1)
        assert (again.body, again.topic, again.reconsume_times) == (b"two", mq.topic, 1)
        handle = ReceiptHandle.parse(again.receipt_handle)
        assert handle.retry in ("1", "2")
        await client.ack_message(group, again.topic, again.receipt_handle)
        await client.batch_ack_messages(group, again.topic, [again.receipt_handle])  # once more does no harm


async def test_hiding_for_longer_changes_the_handle(
    client: Any, server: Server, group: str, mq: MessageQueue, skip_time: Callable[[float], None]
) -> None:
    await send_visibly(client, group, b"x", mq)
    with needs_5x(server):
        (message,) = (await client.pop_message(group, mq.topic, invisible_time=30)).messages
        handle = await client.change_invisible_time(group, mq.topic, message.receipt_handle, 1.0)
        changed = ReceiptHandle.parse(handle)
        assert changed.invisible_time == 1000
        assert changed.pop_time >= ReceiptHandle.parse(message.receipt_handle).pop_time
        skip_time(REVIVED)
        (again,) = await pop_until(client, group, mq.topic, 1)
        assert again.body == b"x"
        longer = await client.change_invisible_time(group, again.topic, again.receipt_handle, 60.0)
        await client.ack_message(group, again.topic, longer)


async def test_a_pop_waits_for_a_message(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    with needs_5x(server):
        (message,) = (await client.pop_message(group, mq.topic)).messages
        await client.ack_message(group, message.topic, message.receipt_handle)
        started = time.monotonic()
        empty = await client.pop_message(group, mq.topic, poll_time=1.0)
        assert empty.status is PopStatus.NO_NEW_MSG
        assert 0.5 < time.monotonic() - started < 4.0


async def test_only_subscribed_messages_are_popped(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    for tag in ("Aa", "BB", "C"):  # the first two are equal by the hash that brokers compare
        await send_visibly(client, group, tag.encode(), mq, tags=tag)
    with needs_5x(server):
        result = await client.pop_message(group, mq.topic, sub_expression="BB", invisible_time=1.0)
        assert [message.body for message in result.messages] == [b"BB"]
        (message,) = result.messages
        await client.ack_message(group, message.topic, message.receipt_handle)
        await eventually(lambda: client.query_consumer_offset(group, mq.topic, 0), lambda offset: offset >= 2, 30.0)


async def test_an_orderly_queue_gives_nothing_until_all_is_acknowledged(
    client: Any, server: Server, group: str, mq: MessageQueue, skip_time: Callable[[float], None]
) -> None:
    config = SubscriptionGroupConfig(group_name=group, consume_message_orderly=True)
    await client.create_subscription_group(config)
    for body in (b"one", b"two"):
        await send_visibly(client, group, body, mq)
    with needs_5x(server):
        first = await client.pop_message(group, mq.topic, 0, 1, invisible_time=2.0, order=True)
        assert [(message.body, message.reconsume_times) for message in first.messages] == [(b"one", 0)]
        assert (await client.pop_message(group, mq.topic, 0, order=True)).message_count == 0
        skip_time(2.0)
        (again,) = await pop_until(client, group, mq.topic, 1, order=True, queue_id=0, max_msg_nums=1)
        assert (again.body, again.reconsume_times) == (b"one", 1)
        await client.ack_message(group, again.topic, again.receipt_handle)
        (second,) = await pop_until(client, group, mq.topic, 1, order=True, queue_id=0)
        assert (second.body, second.reconsume_times) == (b"two", 0)
        await client.ack_message(group, second.topic, second.receipt_handle)


async def test_a_peek_takes_nothing(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    with needs_5x(server):
        for _ in range(2):
            (message,) = await client.peek_message(group, mq.topic)
            assert (message.body, message.receipt_handle) == (b"x", None)
        (popped,) = (await client.pop_message(group, mq.topic)).messages
        assert await client.peek_message(group, mq.topic, 0) == []
        await client.ack_message(group, popped.topic, popped.receipt_handle)


async def test_notification_tells_whether_there_is_something(
    client: Any, server: Server, group: str, mq: MessageQueue
) -> None:
    await send_visibly(client, group, b"x", mq)
    with needs_5x(server):
        assert (await client.notification(group, mq.topic)).has_msg
        (message,) = (await client.pop_message(group, mq.topic)).messages
        await client.ack_message(group, message.topic, message.receipt_handle)
        assert not (await client.notification(group, mq.topic, poll_time=0.5)).has_msg
        assert await client.get_polling_num(group, mq.topic) == 0


async def test_refused_pops_and_acks(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    with needs_5x(server):
        assert await client.peek_message(group, mq.topic)
        with pytest.raises(MessagePullError) as refused:
            await client.pop_message(group, "no_such_topic")
        assert refused.value.response_code == 17
        with pytest.raises(MessagePullError):
            await client.pop_message(group, mq.topic, max_msg_nums=33)
        with pytest.raises(MessagePullError) as unparsed:
            await client.pop_message(group, mq.topic, sub_expression="a >", expression_type="SQL92")
        assert unparsed.value.response_code == 23
        beyond = str(ReceiptHandle(0, int(time.time() * 1000), 1000, 0, "0", server.broker_name, 0, 99))
        with pytest.raises(BrokerResponseError) as illegal:
            await client.ack_message(group, mq.topic, beyond)
        assert illegal.value.response_code == 208


async def test_handles_are_checked_before_anything_is_sent(client: Any, group: str) -> None:
    with pytest.raises(ValueError, match="not popped"):
        await client.ack_message(group, "orders", None)
    with pytest.raises(ValueError, match="receipt handle"):
        await client.change_invisible_time(group, "orders", "0 1", 1.0)
    with pytest.raises(ValueError, match="one broker, found none"):
        await client.batch_ack_messages(group, "orders", [])
    handles = [str(ReceiptHandle(0, 1, 1, 0, "0", name, 0, 0)) for name in ("broker-a", "broker-b")]
    with pytest.raises(ValueError, match="found broker-a, broker-b"):
        await client.batch_ack_messages(group, "orders", handles)


async def test_the_broker_divides_queues(client: Any, server: Server, group: str, topic: str) -> None:
    await client.create_topic(topic, queues=2)
    await client.register_consumer(group, {topic: "*"})
    with needs_5x(server):
        assert await client.query_assignment("no_such_group", topic) == []
        found = await eventually(lambda: client.query_assignment(group, topic), seconds=40.0)
        assert sorted(each.message_queue.queue_id for each in found) == [0, 1]
        assert {each.mode for each in found} == {MessageRequestMode.PULL}
        everything = await client.query_assignment(group, topic, message_model=MessageModel.BROADCASTING)
        assert len(everything) == 2
        await client.set_message_request_mode(group, topic, MessageRequestMode.POP)
        (mode,) = (await client.get_message_request_modes())[topic].values()
        assert (mode.consumer_group, mode.mode) == (group, MessageRequestMode.POP)
        (popping,) = await client.query_assignment(group, topic)
        assert (popping.mode, popping.message_queue.queue_id) == (MessageRequestMode.POP, -1)
        with pytest.raises(AuthorizationError):
            await client.set_message_request_mode(group, f"%RETRY%{group}", MessageRequestMode.POP)


async def test_lite_pulls(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq, tags="t")
    with needs_5x(server):
        result = await client.lite_pull_message(group, mq.topic, 0, 0, commit_offset=1)
        assert [message.body for message in result.messages] == [b"x"]
        assert (await client.lite_pull_message(group, mq.topic, 0, 0, sub_expression="u")).message_count == 0
        assert await client.query_consumer_offset(group, mq.topic, 0) == 1
