"""Where groups stand, as brokers tell it of all groups at once; the cases of one group are conformance cases."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from requests_of import heartbeat, pull, send
from wire_client import WireClient

from pyrocketmq.model.bodies.subscription_group import SubscriptionGroupConfig
from pyrocketmq.model.requests import (
    GetBrokerConsumeStats,
    GetMaxOffset,
    UpdateAndCreateSubscriptiongroup,
    UpdateAndCreateTopic,
    UpdateConsumerOffset,
)

if TYPE_CHECKING:
    from real_rocketmq.pytest_plugin import Server

LIMIT = 10.0


@pytest.mark.real
def test_where_all_groups_stand(server: Server) -> None:
    group = f"g_{uuid4().hex}"
    plain, ordered = f"{group}_p", f"{group}_o"

    def positions(*, is_order: bool = False) -> list[tuple[str, int, int, int, int | None]]:
        stats = client.reply(GetBrokerConsumeStats(is_order=is_order)).stats
        (by_topic,) = [found[group] for found in stats.consume_stats_list if group in found]
        return sorted(
            (queue.topic, queue.queue_id, at.broker_offset, at.consumer_offset, at.pull_offset)
            for one in by_topic
            for queue, at in one.offset_table.items()
        )

    with WireClient(server.broker_address) as client:
        client.call(UpdateAndCreateSubscriptiongroup(config=SubscriptionGroupConfig(group_name=group)))
        for topic in (plain, ordered):
            client.call(
                UpdateAndCreateTopic(topic=topic, read_queue_nums=4, write_queue_nums=2, perm=6, order=topic == ordered)
            )
            for _ in range(3):
                client.call(send(topic))
            deadline = time.monotonic() + LIMIT
            while client.reply(GetMaxOffset(topic=topic, queue_id=0)).offset < 3:
                assert time.monotonic() < deadline
            client.call(pull(topic, consumer_group=group, max_msg_nums=2))
            client.call(UpdateConsumerOffset(consumer_group=group, topic=topic, queue_id=0, commit_offset=1))
        is_5 = server.version.startswith("5")
        pulled = 0 if is_5 else None
        of_plain = [(plain, 0, 3, 1, pulled), (plain, 1, 0, 0, pulled)]
        of_ordered = [(ordered, 0, 3, 1, pulled), (ordered, 1, 0, 0, pulled)]
        assert positions() == [*of_ordered, *of_plain]
        assert positions(is_order=True) == (of_ordered if is_5 else [])  # 4.9 forgets that a topic is ordered
        client.call(heartbeat(consumer=group, topics=(ordered,)))
        assert positions() == ([*of_ordered, *of_plain] if is_5 else of_ordered)  # 5.x has the pull for a subscription
