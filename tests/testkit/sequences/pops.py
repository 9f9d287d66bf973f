"""Popping, and what is said of popped messages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from requests_of import pop

from pyrocketmq.model.bodies.pop import BatchAck, BatchAckMessageRequestBody
from pyrocketmq.model.pop import ReceiptHandle, set_receipt_handles
from pyrocketmq.model.requests import (
    AckMessage,
    BatchAckMessage,
    ChangeMessageInvisibletime,
    PopMessageReply,
    QueryConsumerOffset,
)
from sequences.sides import LIMIT, Side, TwoSides, queue_ids

if TYPE_CHECKING:
    from pyrocketmq.model.declaration.header import Request
    from pyrocketmq.model.message_ext import MessageExt


class Pops(TwoSides):
    """Pops of 5.x."""

    @precondition(lambda self: self.is_5)
    @rule(queue_id=queue_ids, count=st.integers(1, 3))
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

    def agreed_on_offset(self, queue_id: int) -> None:
        """Wait for what a pop commits; real brokers do that a moment after they have answered."""
        request = QueryConsumerOffset(consumer_group=self.group, topic=self.topic, queue_id=queue_id)
        deadline = time.monotonic() + LIMIT
        while len({side.client.reply(request).offset for side in self.sides}) > 1:
            assert time.monotonic() < deadline, "the pop left the group in different places"
