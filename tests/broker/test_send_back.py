"""Messages that were not consumed, and timer messages that are taken back."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import needs_5x, pull_all, send_visibly
from pyrocketmq.broker import AuthorizationError, BrokerResponseError
from pyrocketmq.model.bodies import SubscriptionGroupConfig
from pyrocketmq.model.names import dead_letter_topic, retry_topic

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from faces import Face
    from pyrocketmq.model import MessageQueue
    from real_rocketmq.pytest_plugin import Server

pytestmark = pytest.mark.real


async def failed_message(client: Any, group: str, mq: MessageQueue) -> Any:
    """Return a message of a group that exists, as a pull brings it."""
    await client.create_subscription_group(SubscriptionGroupConfig(group_name=group))
    await send_visibly(client, group, b"x", mq, tags="t", keys=["k"])
    (message,) = await pull_all(client, group, mq.topic, 1)
    return message


@asynccontextmanager
async def recall_enabled(client: Any) -> AsyncGenerator[None]:
    """Set a broker, which other tests use too, so that it takes messages back, and then as it was."""
    await client.update_broker_config({"recallMessageEnable": "true"})
    try:
        yield
    finally:
        await client.update_broker_config({"recallMessageEnable": "false"})


async def test_a_message_that_is_sent_back_comes_again(
    client: Any, group: str, mq: MessageQueue, skip_time: Callable[[float], None]
) -> None:
    message = await failed_message(client, group, mq)
    await client.send_message_back(group, message, delay_level=1)
    skip_time(1.0)
    (again,) = await pull_all(client, group, retry_topic(group), 1)
    assert (again.body, again.tags, again.keys, again.msg_id) == (b"x", "t", ["k"], message.msg_id)
    assert again.reconsume_times == 1
    assert again.properties["RETRY_TOPIC"] == mq.topic
    assert again.properties["ORIGIN_MESSAGE_ID"] == message.offset_msg_id


@pytest.mark.parametrize("options", [{"delay_level": -1}, {"max_reconsume_times": 0}], ids=["told", "too often"])
async def test_the_dead_letter_topic(client: Any, group: str, mq: MessageQueue, options: dict[str, int]) -> None:
    message = await failed_message(client, group, mq)
    await client.send_message_back(group, message, **options)
    (dead,) = await pull_all(client, group, dead_letter_topic(group), 1)
    assert (dead.body, dead.reconsume_times) == (b"x", 1)


async def test_a_broker_takes_nothing_back_that_it_does_not_have(client: Any, group: str, mq: MessageQueue) -> None:
    message = await failed_message(client, group, mq)
    message.commit_log_offset = 1 << 40
    with pytest.raises(BrokerResponseError) as raised:
        await client.send_message_back(group, message)
    assert raised.value.operation == "send_message_back"
    assert raised.value.response_code == 1


async def test_recall_is_off_by_default(face: Face, server: Server, mq: MessageQueue, group: str) -> None:
    async with await face.client(server.broker_address) as client:
        sent = await client.sync_send_message(group, b"later", mq, deliver_after=60)
        with needs_5x(server):
            await client.get_topic_config(mq.topic)  # of 5.x, too
            with pytest.raises(AuthorizationError):
                await client.recall_message(mq.topic, sent.recall_handle)


async def test_a_timer_message_is_taken_back(
    client: Any, server: Server, mq: MessageQueue, group: str, skip_time: Callable[[float], None]
) -> None:
    sent = await client.sync_send_message(group, b"never", mq, deliver_after=4)
    at_once = await client.sync_send_message(group, b"at once", mq)
    assert at_once.recall_handle is None
    with needs_5x(server):
        await client.get_topic_config(mq.topic)  # of 5.x, too
        async with recall_enabled(client):
            assert await client.recall_message(mq.topic, sent.recall_handle, producer_group=group) == sent.msg_id
            with pytest.raises(BrokerResponseError) as raised:
                await client.recall_message(mq.topic, "no handle")
            assert raised.value.response_code == 604
        await client.sync_send_message(group, b"before", mq)
        await client.sync_send_message(group, b"later", mq, deliver_after=5)
        skip_time(6.0)
        messages = await pull_all(client, group, mq.topic, 3)
        assert [message.body for message in messages] == [b"at once", b"before", b"later"]
        assert messages[2].store_timestamp - messages[1].store_timestamp > 3000
