"""Receipt handles of popped messages: brokers answer with their parts, clients put them together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

from pyrocketmq.model import PropertyName
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.names import RETRY_PREFIX
from pyrocketmq.model.pop import ReceiptHandle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.model import MessageExt
    from pyrocketmq.model.requests import PopMessageReply

_Queue: TypeAlias = tuple[str, str]
"""Which topic (the popped one, or one of the two forms of its retry topic) and which of its queues."""

_ORDERLY_REVIVE_QUEUE: Final = 999


def add_receipts(reply: PopMessageReply, broker_name: str) -> None:
    """Give the messages of a pop their receipt handles.

    Messages that come from a retry topic bring theirs along. Those of an orderly pop also get the number of tries,
    which brokers count per queue or message instead of in the record.

    Args:
        reply: The answer to the pop.
        broker_name: Who answered.

    Raises:
        ProtocolError: the parts of the handles do not fit the messages.
    """
    try:
        receipts = _Receipts(reply, broker_name)
    except ValueError as error:
        raise ProtocolError(f"the answer to a pop holds bad offsets: {error}") from error
    for message in reply.messages:
        message.receipt_handle = message.properties.get(PropertyName.POP_CK) or str(receipts.handle_of(message))
        message.properties.setdefault(PropertyName.FIRST_POP_TIME, str(reply.pop_time))
        if reply.revive_qid == _ORDERLY_REVIVE_QUEUE:
            message.reconsume_times = receipts.tries_of(message)


class _Receipts:
    """The parts that an answer brings, queue by queue."""

    def __init__(self, reply: PopMessageReply, broker_name: str) -> None:
        self._reply = reply
        self._broker_name = broker_name
        self._starts = {queue: int(start) for queue, start in _entries(reply.start_offset_info)}
        self._offsets = {queue: sorted(map(int, text.split(","))) for queue, text in _entries(reply.msg_offset_info)}
        self._tries = {queue: int(count) for queue, count in _entries(reply.order_count_info)}
        self._stored: defaultdict[_Queue, list[int]] = defaultdict(list)
        for message in reply.messages:
            self._stored[_queue_of(message)].append(message.queue_offset)
        for offsets in self._stored.values():
            offsets.sort()

    def handle_of(self, message: MessageExt) -> ReceiptHandle:
        queue = _queue_of(message)
        stored, popped = self._stored[queue], self._offsets.get(queue, [])
        offset = message.queue_offset
        if len(popped) == len(stored):
            # Another number only where the queue that is popped is not the one that stores the message.
            offset = popped[stored.index(offset)]
        return ReceiptHandle(
            start_offset=self._starts.get(queue, stored[0]),
            pop_time=self._reply.pop_time,
            invisible_time=self._reply.invisible_time,
            revive_queue_id=self._reply.revive_qid,
            retry=queue[0],
            broker_name=self._broker_name,
            queue_id=message.queue_id,
            queue_offset=offset,
        )

    def tries_of(self, message: MessageExt) -> int:
        mark, queue_id = _queue_of(message)
        of_queue = self._tries.get((mark, queue_id), 0)
        return self._tries.get((mark, f"qo{queue_id}%{message.queue_offset}"), of_queue)


def _entries(text: str | None) -> Iterator[tuple[_Queue, str]]:
    """Read `mark queue value`, joined by `;`."""
    for entry in (text or "").split(";"):
        if entry:
            mark, queue_id, value = entry.split(" ")
            yield (mark, queue_id), value


def _queue_of(message: MessageExt) -> _Queue:
    if not message.topic.startswith(RETRY_PREFIX):
        return "0", str(message.queue_id)
    return "2" if "+" in message.topic else "1", str(message.queue_id)
