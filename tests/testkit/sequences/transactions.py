"""Half messages and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from requests_of import decide, half

from pyrocketmq.model.message_id import decode_offset_message_id
from sequences.sides import Side, TwoSides, queue_ids

if TYPE_CHECKING:
    from pyrocketmq.model.declaration.header import Request


class Transactions(TwoSides):
    """Transactions."""

    @rule(queue_id=queue_ids)
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
