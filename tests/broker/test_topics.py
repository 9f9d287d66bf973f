"""Settings of topics and of consumer groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import is_old, needs_5x, send_visibly
from pyrocketmq.broker import AuthorizationError, BrokerError, BrokerResponseError, MessagePullError
from pyrocketmq.model.bodies import SubscriptionGroupConfig, TopicConfig

if TYPE_CHECKING:
    from pyrocketmq.model import MessageQueue
    from real_rocketmq.pytest_plugin import Server

pytestmark = pytest.mark.real


async def test_topics_are_listed_with_their_settings(client: Any, server: Server, topic: str) -> None:
    await client.create_topic(topic, 3, read_queue_nums=5, order=True)
    config = (await client.get_topic_configs())[topic]
    assert (config.topic_name, config.write_queue_nums, config.read_queue_nums) == (topic, 3, 5)
    assert (config.perm, config.order) == (6, not is_old(server))  # 4.9 forgets about the order
    await client.create_topic(topic, 2, perm=4)
    config = (await client.get_topic_configs())[topic]
    assert (config.write_queue_nums, config.read_queue_nums, config.perm, config.order) == (2, 2, 4, False)
    await client.delete_topic(topic)
    await client.delete_topic(topic)
    assert topic not in await client.get_topic_configs()


async def test_one_topic(client: Any, server: Server, topic: str) -> None:
    await client.create_topic(topic, 3)
    with needs_5x(server):
        config = await client.get_topic_config(topic)
        assert (config.topic_name, config.write_queue_nums, config.attributes) == (topic, 3, {})
        with pytest.raises(BrokerResponseError) as raised:
            await client.get_topic_config("no_such_topic")
        assert raised.value.response_code == 17


async def test_attributes(client: Any, server: Server, topic: str) -> None:
    with needs_5x(server):
        await client.get_timer_metrics()  # of 5.x, too: 4.9 takes attributes without a word
        await client.create_topic(topic, attributes={"message.type": "FIFO"})
        assert (await client.get_topic_config(topic)).attributes == {"message.type": "FIFO"}
        await client.create_topic(topic, attributes={"message.type": None})
        assert (await client.get_topic_config(topic)).attributes == {}
        with pytest.raises(BrokerError):
            await client.create_topic(topic, attributes={"message.type": "ODD"})


async def test_several_topics(client: Any, server: Server, topic: str) -> None:
    names = [f"{topic}_{index}" for index in range(2)]
    with needs_5x(server):
        await client.create_topics(
            TopicConfig(topic_name=name, read_queue_nums=1, write_queue_nums=1) for name in names
        )
        configs = await client.get_topic_configs()
        assert [configs[name].write_queue_nums for name in names] == [1, 1]


async def test_bad_names_are_refused_before_anything_is_sent(client: Any) -> None:
    with pytest.raises(ValueError, match="topic"):
        await client.create_topic("a b")
    with pytest.raises(ValueError, match="topic"):
        await client.create_topics([TopicConfig(topic_name="a b")])
    with pytest.raises(ValueError, match="group"):
        await client.create_subscription_groups([SubscriptionGroupConfig(group_name="a b")])


async def test_system_topics(client: Any, server: Server) -> None:
    topics = await client.get_system_topics()
    assert {"TBW102", "SCHEDULE_TOPIC_XXXX", server.broker_name, server.cluster_name} <= set(topics)
    with pytest.raises(BrokerError, match="conflict with system topic"):
        await client.create_topic("SCHEDULE_TOPIC_XXXX")


async def test_groups_are_listed_with_their_settings(client: Any, group: str) -> None:
    await client.create_subscription_group(SubscriptionGroupConfig(group_name=group, retry_max_times=3))
    config = (await client.get_subscription_groups())[group]
    assert (config.group_name, config.retry_max_times, config.consume_enable) == (group, 3, True)
    await client.create_subscription_group(SubscriptionGroupConfig(group_name=group, consume_enable=False))
    config = (await client.get_subscription_groups())[group]
    assert (config.retry_max_times, config.consume_enable) == (16, False)
    await client.delete_subscription_group(group)
    await client.delete_subscription_group(group)
    assert group not in await client.get_subscription_groups()


async def test_one_group(client: Any, server: Server, group: str) -> None:
    await client.create_subscription_group(SubscriptionGroupConfig(group_name=group, retry_max_times=3))
    with needs_5x(server):
        assert (await client.get_subscription_group(group)).retry_max_times == 3


async def test_several_groups(client: Any, server: Server, group: str) -> None:
    names = [f"{group}_{index}" for index in range(2)]
    with needs_5x(server):
        await client.create_subscription_groups(
            SubscriptionGroupConfig(group_name=name, retry_max_times=2) for name in names
        )
        configs = await client.get_subscription_groups()
        assert [configs[name].retry_max_times for name in names] == [2, 2]


async def test_a_group_that_may_not_consume(client: Any, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    await client.create_subscription_group(SubscriptionGroupConfig(group_name=group, consume_enable=False))
    with pytest.raises(AuthorizationError, match="no permission"):
        await client.pull_message(group, mq.topic, 0, 0)
    await client.delete_subscription_group(group)
    assert (await client.pull_message(group, mq.topic, 0, 0)).message_count == 1


async def test_the_offsets_of_a_deleted_group(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    await client.pull_message(group, mq.topic, 0, 0, commit_offset=1)
    assert (await client.get_consumer_offsets())[f"{mq.topic}@{group}"] == {0: 1}
    await client.delete_subscription_group(group)
    assert (await client.get_consumer_offsets())[f"{mq.topic}@{group}"] == {0: 1}
    await client.delete_subscription_group(group, clean_offset=True)
    if server.version.startswith("5"):
        assert f"{mq.topic}@{group}" not in await client.get_consumer_offsets()


async def test_a_topic_that_may_not_be_read(client: Any, group: str, mq: MessageQueue) -> None:
    await client.create_topic(mq.topic, perm=2)
    with pytest.raises(AuthorizationError):
        await client.pull_message(group, mq.topic, 0, 0)
    await client.delete_topic(mq.topic)
    with pytest.raises(MessagePullError):
        await client.pull_message(group, mq.topic, 0, 0)
