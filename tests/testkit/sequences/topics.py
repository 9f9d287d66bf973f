"""Topics that go, come and change, and what is told about them."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule
from requests_of import pull, send

from pyrocketmq.model.requests import (
    DeleteTopicInBroker,
    GetMaxOffset,
    GetSubscriptiongroupConfig,
    GetTopicConfig,
    GetTopicStatsInfo,
    UpdateAndCreateTopic,
)
from sequences.sides import QUEUES, TwoSides


class Topics(TwoSides):
    """Administration of topics."""

    @rule()
    def delete_and_create_topic(self) -> None:
        self.same(DeleteTopicInBroker(topic=self.topic))
        self.same(send(self.topic, default_topic="none", properties={"UNIQ_KEY": "u"}))
        self.same(pull(self.topic, 0, consumer_group=self.group))
        for side in self.sides:
            side.popped.clear()
        self.ends = [0] * QUEUES
        self.create_topic()

    @rule()
    def ask_settings(self) -> None:
        if self.is_5:
            self.same(GetTopicConfig(topic=self.topic))
            self.same(GetSubscriptiongroupConfig(group=self.group))
        self.same(GetTopicStatsInfo(topic=self.topic))

    @rule(number=st.integers(QUEUES, QUEUES + 2), perm=st.sampled_from([2, 4, 6]))
    def change_topic(self, number: int, perm: int) -> None:
        self.same(UpdateAndCreateTopic(topic=self.topic, read_queue_nums=number, write_queue_nums=number, perm=perm))
        self.same(send(self.topic, b"probe", queue_id=number - 1, properties={"UNIQ_KEY": f"{self.topic}p"}))
        self.same(pull(self.topic, 0, consumer_group=self.group))
        self.same(UpdateAndCreateTopic(topic=self.topic, read_queue_nums=QUEUES, write_queue_nums=QUEUES, perm=6))
        # Whether the probe was taken tells how the queue ends; both agreed on it.
        if number == QUEUES:
            first = self.sides[0].client.reply(GetMaxOffset(topic=self.topic, queue_id=QUEUES - 1)).offset
            self.stored(QUEUES - 1, max(0, first - self.ends[QUEUES - 1]))
