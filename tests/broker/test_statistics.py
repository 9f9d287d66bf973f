"""Topics, groups and the broker in numbers; its settings and upkeep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually, is_old, needs_5x, pull_all, send_visibly
from pyrocketmq.broker import AuthorizationError, BrokerResponseError, BrokerSystemError
from pyrocketmq.model import MessageQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from real_rocketmq.pytest_plugin import Server

pytestmark = pytest.mark.real


async def test_where_queues_begin_and_end(client: Any, group: str, mq: MessageQueue) -> None:
    for _ in range(2):
        await send_visibly(client, group, b"x", mq)
    *_, last = await pull_all(client, group, mq.topic, 2)
    table = (await client.get_topic_stats(mq.topic)).offset_table
    assert set(table) == {mq._replace(queue_id=queue_id) for queue_id in range(4)}
    assert (table[mq].min_offset, table[mq].max_offset) == (0, 2)
    assert table[mq].last_update_timestamp == last.store_timestamp
    assert table[mq._replace(queue_id=1)].max_offset == 0
    with pytest.raises(BrokerResponseError) as raised:
        await client.get_topic_stats("no_such_topic")
    assert raised.value.response_code == 17


async def test_where_a_group_stands(client: Any, group: str, mq: MessageQueue) -> None:
    for _ in range(3):
        await send_visibly(client, group, b"x", mq)
    assert (await client.get_consume_stats(group)).offset_table == {}
    assert (await client.get_consume_stats(group, mq.topic)).offset_table[mq].broker_offset == 3
    await client.pull_message(group, mq.topic, 0, 0, commit_offset=1)
    for stats in (await client.get_consume_stats(group), await client.get_consume_stats(group, mq.topic)):
        entry = stats.offset_table[mq]
        assert (entry.broker_offset, entry.consumer_offset) == (3, 1)
        assert entry.last_timestamp > 0
    everything = await client.get_broker_consume_stats()
    (own,) = [entry[group] for entry in everything.consume_stats_list if group in entry]
    assert any(mq in stats.offset_table for stats in own)
    assert everything.total_diff >= 2
    assert group in await client.query_topic_consume_by_who(mq.topic)
    assert await client.query_topic_consume_by_who("no_such_topic") == []


async def test_the_topics_of_a_group(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    await client.pull_message(group, mq.topic, 0, 0, commit_offset=1)
    with needs_5x(server):
        assert await client.query_topics_by_consumer(group) == [mq.topic]
        assert await client.query_topics_by_consumer(f"{group}_2") == []


async def test_the_time_that_a_topic_spans(client: Any, group: str, mq: MessageQueue) -> None:
    for _ in range(2):
        await send_visibly(client, group, b"x", mq)
    first, last = await pull_all(client, group, mq.topic, 2)
    await client.pull_message(group, mq.topic, 0, 0, commit_offset=1)
    spans = {span.message_queue: span for span in await client.query_consume_time_span(group, mq.topic)}
    assert spans[mq].min_time_stamp == first.store_timestamp
    assert spans[mq].max_time_stamp == last.store_timestamp
    assert spans[mq].consume_time_stamp == first.store_timestamp
    with pytest.raises(BrokerResponseError):
        await client.query_consume_time_span(group, "no_such_topic")


async def test_counts_of_the_broker(client: Any, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"x", mq)
    stats = await client.view_broker_stats_data("TOPIC_PUT_NUMS", mq.topic)
    assert stats.stats_minute is not None
    assert stats.stats_day is not None
    with pytest.raises(BrokerSystemError, match="not exist"):
        await client.view_broker_stats_data("TOPIC_PUT_NUMS", "no_such_topic")


async def test_how_a_broker_is(client: Any, server: Server) -> None:
    info = await client.get_broker_runtime_info()
    assert info["brokerVersionDesc"] == f"V{server.version.replace('.', '_')}"
    assert int(info["bootTimestamp"]) > 0
    assert {"putTps", "msgPutTotalTodayNow", "commitLogMaxOffset"} <= info.keys()


async def test_settings_are_read_and_changed(client: Any, server: Server) -> None:
    settings = await client.get_broker_config()
    assert (settings["brokerName"], settings["brokerClusterName"]) == (server.broker_name, server.cluster_name)
    await client.update_broker_config({"defaultTopicQueueNums": "7", "a setting": "größe = 大"})
    assert (await client.get_broker_config())["defaultTopicQueueNums"] == "7"
    await client.update_broker_config({"defaultTopicQueueNums": settings["defaultTopicQueueNums"]})


async def test_some_settings_cannot_be_changed(client: Any, server: Server) -> None:
    if is_old(server):
        await client.update_broker_config({"brokerConfigPath": (await client.get_broker_config())["brokerName"]})
    else:
        with pytest.raises(AuthorizationError, match="black list"):
            await client.update_broker_config({"brokerConfigPath": "/tmp/elsewhere"})


async def test_upkeep(client: Any) -> None:
    await client.clean_expired_consume_queue()
    await client.clean_unused_topic()
    await client.delete_expired_commit_log()


async def test_replication_and_timers(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    await client.sync_send_message(group, b"x", mq, deliver_after=3600)
    with needs_5x(server):
        assert (await client.get_broker_ha_status()).master

        async def waiting() -> Any:
            return (await client.get_timer_metrics()).timing_count.get(mq.topic)

        metric = await eventually(waiting)
        assert metric.count == 1


async def test_offsets_of_delayed_messages(
    client: Any, group: str, mq: MessageQueue, skip_time: Callable[[float], None]
) -> None:
    await client.sync_send_message(group, b"x", mq, delay_level=1)
    skip_time(1.0)
    await pull_all(client, group, mq.topic, 1)
    before = (await client.get_delay_offsets()).get(1, 0)
    await client.sync_send_message(group, b"x", mq, delay_level=1)
    skip_time(1.0)
    await eventually(client.get_delay_offsets, lambda offsets: offsets.get(1, 0) > before)


async def test_offsets_are_copied(client: Any, group: str, mq: MessageQueue) -> None:
    for _ in range(2):
        await send_visibly(client, group, b"x", mq)
    await client.pull_message(group, mq.topic, 0, 0, commit_offset=2)
    other = f"{group}_copy"
    await client.clone_group_offset(group, other, mq.topic)
    offsets = await client.get_consumer_offsets()
    assert offsets[f"{mq.topic}@{other}"] == offsets[f"{mq.topic}@{group}"] == {0: 2}


async def test_the_least_offsets_of_a_topic(client: Any, group: str, mq: MessageQueue) -> None:
    for _ in range(2):
        await send_visibly(client, group, b"x", mq)
    await client.pull_message(group, mq.topic, 0, 0, commit_offset=2)
    await client.pull_message(f"{group}_2", mq.topic, 0, 0, commit_offset=1)
    offsets = await client.query_correction_offset(group, mq.topic)
    assert set(offsets) <= {0}


async def test_half_messages_that_are_given_up_are_checked_again(client: Any) -> None:
    with pytest.raises(BrokerSystemError):
        await client.resume_check_half_message("7F00000100002E9100000FFFFFFFFFFF")
