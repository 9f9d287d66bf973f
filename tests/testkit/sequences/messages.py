"""Sending, pulling and committing."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule
from requests_of import pull, send

from pyrocketmq.model.batch import BatchRecord, encode_batch
from pyrocketmq.model.properties import encode_properties
from pyrocketmq.model.requests import (
    GetConsumeStats,
    GetMaxOffset,
    GetMinOffset,
    QueryConsumerOffset,
    SearchOffsetByTimestamp,
    SendBatchMessage,
    UpdateConsumerOffset,
)
from sequences.sides import QUEUES, TwoSides, expressions, queue_ids, tags

_offsets = st.integers(-1, 6)


class Messages(TwoSides):
    """Messages and offsets."""

    @rule(queue_id=queue_ids, tag=tags, size=st.integers(1, 40))
    def send_one(self, queue_id: int, tag: str | None, size: int) -> None:
        self.same(send(self.topic, bytes(size), queue_id=queue_id, properties=self.properties(tag)))
        self.stored(queue_id)

    @rule(queue_id=queue_ids, chosen=st.lists(tags, min_size=1, max_size=3))
    def send_batch(self, queue_id: int, chosen: list[str | None]) -> None:
        records = [BatchRecord(b"batched", 0, encode_properties(self.properties(tag))) for tag in chosen]
        batch = SendBatchMessage(
            producer_group="pg",
            topic=self.topic,
            queue_id=queue_id,
            born_timestamp=1,
            batch=True,
            body=encode_batch(records),
        )
        self.same(batch)
        self.stored(queue_id, len(chosen))

    @rule(topic=st.sampled_from(["", "a b", "x" * 128, "TBW102"]))
    def send_to_a_bad_topic(self, topic: str) -> None:
        self.same(send(topic, b"x" if topic != "TBW102" else b"", properties={"UNIQ_KEY": "u"}))

    @rule(queue_id=st.integers(QUEUES, 9))
    def send_to_a_bad_queue(self, queue_id: int) -> None:
        command = send(self.topic, queue_id=queue_id, properties={"UNIQ_KEY": "u"})
        answers = [side.client.call(command) for side in self.sides]
        # The remark ends in the address of the connection.
        assert len({(answer.code, (answer.remark or "").split("Producer:")[0]) for answer in answers}) == 1

    @rule(queue_id=queue_ids, offset=_offsets, count=st.integers(1, 4), expression=expressions)
    def pull_some(self, queue_id: int, offset: int, count: int, expression: str) -> None:
        request = pull(
            self.topic, offset, tags=expression, queue_id=queue_id, consumer_group=self.group, max_msg_nums=count
        )
        self.same(request)

    @rule(queue_id=queue_ids, timestamp=st.sampled_from([0, 1, 4_000_000_000_000]))
    def ask_offsets(self, queue_id: int, timestamp: int) -> None:
        self.same(GetMaxOffset(topic=self.topic, queue_id=queue_id))
        self.same(GetMinOffset(topic=self.topic, queue_id=queue_id))
        self.same(SearchOffsetByTimestamp(topic=self.topic, queue_id=queue_id, timestamp=timestamp))

    @rule(queue_id=queue_ids, offset=_offsets)
    def commit(self, queue_id: int, offset: int) -> None:
        self.same(
            UpdateConsumerOffset(
                consumer_group=self.group, topic=self.topic, queue_id=queue_id, commit_offset=max(0, offset)
            )
        )

    @rule(queue_id=queue_ids)
    def ask_committed(self, queue_id: int) -> None:
        self.same(QueryConsumerOffset(consumer_group=self.group, topic=self.topic, queue_id=queue_id))

    @rule()
    def ask_progress(self) -> None:
        self.same(GetConsumeStats(consumer_group=self.group, topic=self.topic))
