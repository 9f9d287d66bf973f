"""A state machine that asks two servers the same at random and compares their whole answers.

Both get the same requests over the wire. What of their answers may differ, `same_answers` tells.
"""

from __future__ import annotations

import itertools
import os
import time
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from requests_of import decide, half, heartbeat, pop, pull, send
from same_answers import normalised

from pyrocketmq.model.batch import BatchRecord, encode_batch
from pyrocketmq.model.bodies.lock import LockBatchRequestBody
from pyrocketmq.model.bodies.pop import BatchAck, BatchAckMessageRequestBody
from pyrocketmq.model.bodies.subscription_group import SubscriptionGroupConfig
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.model.message_id import decode_offset_message_id
from pyrocketmq.model.pop import ReceiptHandle, set_receipt_handles
from pyrocketmq.model.properties import encode_properties
from pyrocketmq.model.requests import (
    AckMessage,
    BatchAckMessage,
    ChangeMessageInvisibletime,
    DeleteSubscriptiongroup,
    DeleteTopicInBroker,
    GetConsumerListByGroup,
    GetConsumeStats,
    GetMaxOffset,
    GetMinOffset,
    GetSubscriptiongroupConfig,
    GetTopicConfig,
    GetTopicStatsInfo,
    LockBatchMq,
    PopMessageReply,
    QueryConsumerOffset,
    SearchOffsetByTimestamp,
    SendBatchMessage,
    SendMessageReply,
    UnlockBatchMq,
    UnregisterClient,
    UpdateAndCreateSubscriptiongroup,
    UpdateAndCreateTopic,
    UpdateConsumerOffset,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wire_client import WireClient

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.model.declaration.header import Request
    from pyrocketmq.model.message_ext import MessageExt

QUEUES = 2
RUN = f"{os.getpid():x}"
LIMIT = 5.0

_fresh = itertools.count(1)
_queues = st.integers(0, QUEUES - 1)
_tags = st.sampled_from([None, "a", "b"])
_clients = st.sampled_from(["c1", "c2"])
_offsets = st.integers(-1, 6)


class Side:
    """One of the two servers, and what it gave that later requests repeat.

    Attributes:
        client: The connection.
        halves: Half messages that wait for a decision: the answers to their sends.
        popped: Popped messages.
    """

    def __init__(self, connect: Callable[[], WireClient]) -> None:
        self._connect = connect
        self.client = connect()
        self.halves: list[SendMessageReply] = []
        self.popped: list[MessageExt] = []

    def reconnect(self) -> None:
        self.client.close()
        self.client = self._connect()

    def start_over(self) -> None:
        self.halves.clear()
        self.popped.clear()


class Sequences(RuleBasedStateMachine):
    """The operations; a subclass gives it its two sides."""

    sides: ClassVar[tuple[Side, Side]]
    is_5: ClassVar[bool]
    restart: ClassVar[Callable[[], None] | None] = None
    broker_name: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        number = next(_fresh)
        self.topic = f"seq_{RUN}_{number}"
        self.group = f"grp_{RUN}_{number}"
        self.sent = 0
        self.members: set[str] = set()
        self.ends = [0] * QUEUES
        self.half_queues: list[int] = []
        for side in self.sides:
            side.start_over()

    def same(self, request: Request[Any]) -> list[RemotingCommand]:
        """Ask both the same and compare."""
        return self.each(lambda _: request)

    def each(self, request_for: Callable[[Side], Request[Any]]) -> list[RemotingCommand]:
        """Ask each its own form of a request and compare."""
        requests = [request_for(side) for side in self.sides]
        opaques = [side.client.start(request) for side, request in zip(self.sides, requests, strict=True)]
        answers = [side.client.answer(opaque) for side, opaque in zip(self.sides, opaques, strict=True)]
        one, other = map(normalised, requests, answers)
        assert one == other, f"{requests[0]!r}\n  first:  {one}\n  second: {other}"
        return answers

    def stored(self, queue_id: int, count: int = 1) -> None:
        """Take note of messages; real brokers show them to consumers a moment after they have answered."""
        self.ends[queue_id] += count
        deadline = time.monotonic() + LIMIT
        for side in self.sides:
            while side.client.reply(GetMaxOffset(topic=self.topic, queue_id=queue_id)).offset < self.ends[queue_id]:
                assert time.monotonic() < deadline, "a message was lost"

    def agreed_on_offset(self, queue_id: int) -> None:
        """Wait for what a pop commits; real brokers do that a moment after they have answered."""
        request = QueryConsumerOffset(consumer_group=self.group, topic=self.topic, queue_id=queue_id)
        deadline = time.monotonic() + LIMIT
        while len({side.client.reply(request).offset for side in self.sides}) > 1:
            assert time.monotonic() < deadline, "the pop left the group in different places"

    def properties(self, tag: str | None) -> dict[str, str]:
        self.sent += 1
        made = {"UNIQ_KEY": f"{self.topic}{self.sent:04}", "KEYS": f"k{self.sent}"}
        return made if tag is None else made | {"TAGS": tag}

    @initialize()
    def create(self) -> None:
        self.create_topic()
        self.same(UpdateAndCreateSubscriptiongroup(config=SubscriptionGroupConfig(group_name=self.group)))

    def create_topic(self) -> None:
        self.same(UpdateAndCreateTopic(topic=self.topic, read_queue_nums=QUEUES, write_queue_nums=QUEUES, perm=6))

    @rule(queue_id=_queues, tag=_tags, size=st.integers(1, 40))
    def send_one(self, queue_id: int, tag: str | None, size: int) -> None:
        self.same(send(self.topic, bytes(size), queue_id=queue_id, properties=self.properties(tag)))
        self.stored(queue_id)

    @rule(queue_id=_queues, tags=st.lists(_tags, min_size=1, max_size=3))
    def send_batch(self, queue_id: int, tags: list[str | None]) -> None:
        records = [BatchRecord(b"batched", 0, encode_properties(self.properties(tag))) for tag in tags]
        batch = SendBatchMessage(
            producer_group="pg",
            topic=self.topic,
            queue_id=queue_id,
            born_timestamp=1,
            batch=True,
            body=encode_batch(records),
        )
        self.same(batch)
        self.stored(queue_id, len(tags))

    @rule(topic=st.sampled_from(["", "a b", "x" * 128, "TBW102"]))
    def send_to_a_bad_topic(self, topic: str) -> None:
        self.same(send(topic, b"x" if topic != "TBW102" else b"", properties={"UNIQ_KEY": "u"}))

    @rule(queue_id=st.integers(QUEUES, 9))
    def send_to_a_bad_queue(self, queue_id: int) -> None:
        command = send(self.topic, queue_id=queue_id, properties={"UNIQ_KEY": "u"})
        answers = [side.client.call(command) for side in self.sides]
        # The remark ends in the address of the connection.
        assert len({(answer.code, (answer.remark or "").split("Producer:")[0]) for answer in answers}) == 1

    @rule(queue_id=_queues, offset=_offsets, count=st.integers(1, 4), tags=st.sampled_from(["*", "a", "a || b"]))
    def pull_some(self, queue_id: int, offset: int, count: int, tags: str) -> None:
        request = pull(self.topic, offset, tags=tags, queue_id=queue_id, consumer_group=self.group, max_msg_nums=count)
        self.same(request)

    @rule(queue_id=_queues, timestamp=st.sampled_from([0, 1, 4_000_000_000_000]))
    def ask_offsets(self, queue_id: int, timestamp: int) -> None:
        self.same(GetMaxOffset(topic=self.topic, queue_id=queue_id))
        self.same(GetMinOffset(topic=self.topic, queue_id=queue_id))
        self.same(SearchOffsetByTimestamp(topic=self.topic, queue_id=queue_id, timestamp=timestamp))

    @rule(queue_id=_queues, offset=_offsets)
    def commit(self, queue_id: int, offset: int) -> None:
        self.same(
            UpdateConsumerOffset(
                consumer_group=self.group, topic=self.topic, queue_id=queue_id, commit_offset=max(0, offset)
            )
        )

    @rule(queue_id=_queues)
    def ask_committed(self, queue_id: int) -> None:
        self.same(QueryConsumerOffset(consumer_group=self.group, topic=self.topic, queue_id=queue_id))

    @rule(client_id=_clients, queues=st.lists(_queues, unique=True, max_size=QUEUES), locks=st.booleans())
    def lock(self, client_id: str, queues: list[int], locks: bool) -> None:
        body = LockBatchRequestBody(
            consumer_group=self.group,
            client_id=client_id,
            mq_set=[MessageQueue(self.topic, self.broker_name, queue_id) for queue_id in queues],
        )
        self.same(LockBatchMq(lock=body) if locks else UnlockBatchMq(lock=body))

    @rule(client_id=_clients)
    def join(self, client_id: str) -> None:
        # A connection is one client; which of several ids it keeps is not what is compared here.
        if not self.members:
            self.members.add(client_id)
            self.same(heartbeat(client_id, consumer=self.group, topics=(self.topic,)))

    @precondition(lambda self: self.members)
    @rule()
    def leave(self) -> None:
        self.same(UnregisterClient(client_id=self.members.pop(), consumer_group=self.group))

    @rule()
    def ask_members(self) -> None:
        self.same(GetConsumerListByGroup(consumer_group=self.group))

    @rule(queue_id=_queues)
    def send_half(self, queue_id: int) -> None:
        request = half(self.topic, queue_id=queue_id, properties={"UNIQ_KEY": f"{self.topic}h{self.sent}"})
        for side in self.sides:
            # The offset counts in a topic that all sequences share, so the answer is not compared as a whole.
            reply = side.client.reply(request)
            assert reply.queue_id == queue_id
            side.halves.append(reply)
        self.half_queues.append(queue_id)

    @precondition(lambda self: self.sides[0].halves)
    @rule(decision=st.sampled_from([8, 12]))
    def end_transaction(self, decision: int) -> None:
        def request_for(side: Side) -> Request[Any]:
            reply = side.halves.pop()
            position = decode_offset_message_id(reply.msg_id).commit_log_offset
            return decide(decision, queue_offset=reply.queue_offset, physical_offset=position)

        self.each(request_for)
        queue_id = self.half_queues.pop()
        if decision == 8:
            self.stored(queue_id)

    @precondition(lambda self: self.is_5)
    @rule(queue_id=_queues, count=st.integers(1, 3))
    def pop_some(self, queue_id: int, count: int) -> None:
        request = pop(
            self.topic,
            born_time=int(time.time() * 1000),
            consumer_group=self.group,
            queue_id=queue_id,
            max_msg_nums=count,
            invisible_time=60_000,
        )
        for side, answer in zip(self.sides, self.same(request), strict=True):
            if answer.code == 0:
                reply = PopMessageReply.from_command(answer)
                set_receipt_handles(reply, self.broker_name)
                side.popped += reply.messages
        self.agreed_on_offset(queue_id)

    @precondition(lambda self: self.sides[0].popped)
    @rule(invisible_time=st.sampled_from([None, 50_000]))
    def acknowledge_or_hide_longer(self, invisible_time: int | None) -> None:
        def request_for(side: Side) -> Request[Any]:
            message = side.popped.pop()
            values: dict[str, Any] = {
                "consumer_group": self.group,
                "topic": self.topic,
                "queue_id": message.queue_id,
                "extra_info": str(message.receipt_handle),
                "offset": message.queue_offset,
            }
            if invisible_time is None:
                return AckMessage(**values)
            return ChangeMessageInvisibletime(**values, invisible_time=invisible_time)

        self.each(request_for)

    @precondition(lambda self: self.sides[0].popped)
    @rule()
    def acknowledge_all(self) -> None:
        def request_for(side: Side) -> Request[Any]:
            acks = [self.batch_ack(message) for message in side.popped]
            side.popped.clear()
            return BatchAckMessage(batch_ack=BatchAckMessageRequestBody(broker_name=self.broker_name, acks=acks))

        self.each(request_for)

    def batch_ack(self, message: MessageExt) -> BatchAck:
        handle = ReceiptHandle.parse(str(message.receipt_handle))
        return BatchAck(
            consumer_group=self.group,
            topic=self.topic,
            start_offset=handle.start_offset,
            queue_id=message.queue_id,
            revive_queue_id=handle.revive_queue_id,
            pop_time=handle.pop_time,
            invisible_time=handle.invisible_time,
            bit_set=BatchAck.bits_of([message.queue_offset - handle.start_offset]),
        )

    @rule()
    def delete_and_create_topic(self) -> None:
        self.same(DeleteTopicInBroker(topic=self.topic))
        self.same(send(self.topic, default_topic="none", properties={"UNIQ_KEY": "u"}))
        self.same(pull(self.topic, 0, consumer_group=self.group))
        for side in self.sides:
            side.popped.clear()
        self.ends = [0] * QUEUES
        self.half_queues: list[int] = []
        self.create_topic()

    @rule()
    def ask_settings(self) -> None:
        if self.is_5:
            self.same(GetTopicConfig(topic=self.topic))
            self.same(GetSubscriptiongroupConfig(group=self.group))
        self.same(GetTopicStatsInfo(topic=self.topic))

    @rule()
    def ask_progress(self) -> None:
        self.same(GetConsumeStats(consumer_group=self.group, topic=self.topic))

    @rule(queues=st.integers(QUEUES, QUEUES + 2), perm=st.sampled_from([2, 4, 6]))
    def change_topic(self, queues: int, perm: int) -> None:
        self.same(UpdateAndCreateTopic(topic=self.topic, read_queue_nums=queues, write_queue_nums=queues, perm=perm))
        self.same(send(self.topic, b"probe", queue_id=queues - 1, properties={"UNIQ_KEY": f"{self.topic}p"}))
        self.same(pull(self.topic, 0, consumer_group=self.group))
        self.same(UpdateAndCreateTopic(topic=self.topic, read_queue_nums=QUEUES, write_queue_nums=QUEUES, perm=6))
        # Whether the probe was taken tells how the queue ends; both agreed on it.
        if queues == QUEUES:
            first = self.sides[0].client.reply(GetMaxOffset(topic=self.topic, queue_id=QUEUES - 1)).offset
            self.stored(QUEUES - 1, max(0, first - self.ends[QUEUES - 1]))

    @precondition(lambda self: type(self).restart is not None)
    @rule()
    def restart_one(self) -> None:
        """Restart one of the two; both lose their connections, and with them their members."""
        restart = type(self).restart
        assert restart is not None
        restart()
        self.members.clear()
        for side in self.sides:
            side.reconnect()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        if type(self).restart is None:
            return  # against a real broker, every answer is compared anyway
        for queue_id, end in enumerate(self.ends):
            assert self.sides[1].client.reply(GetMaxOffset(topic=self.topic, queue_id=queue_id)).offset == end

    def teardown(self) -> None:
        if self.members:
            self.leave()
        self.same(DeleteSubscriptiongroup(group_name=self.group))
