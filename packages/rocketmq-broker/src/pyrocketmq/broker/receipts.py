"""Receipt handles of popped messages: brokers answer with their parts, clients put them together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

from pyrocketmq.broker.delivered import DeliveredMessage
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


def with_receipts(reply: PopMessageReply, broker_name: str) -> list[MessageExt]:
    """Return the messages of a pop with their receipt handles.

    Messages that come from a retry topic bring theirs along. Those of an orderly pop also get the number of tries,
    which brokers count per queue or message instead of in the record.

    Args:
        reply: The answer to the pop.
        broker_name: Who answered.

    Raises:
        ProtocolError: the parts of the handles do not fit the messages.
    """
    try:
        starts = {queue: int(start) for queue, start in _entries(reply.start_offset_info)}
        offsets = {queue: sorted(map(int, text.split(","))) for queue, text in _entries(reply.msg_offset_info)}
        tries = {queue: int(count) for queue, count in _entries(reply.order_count_info)}
    except ValueError as error:
        raise ProtocolError(f"the answer to a pop holds bad offsets: {error}") from error
    popped: defaultdict[_Queue, list[int]] = defaultdict(list)
    for message in reply.messages:
        popped[_queue_of(message)].append(message.queue_offset)
    for positions in popped.values():
        positions.sort()

    def receipt(message: MessageExt) -> str:
        queue = _queue_of(message)
        positions = popped[queue]
        known = offsets.get(queue, [])
        return str(
            ReceiptHandle(
                start_offset=starts.get(queue, positions[0]),
                pop_time=reply.pop_time,
                invisible_time=reply.invisible_time,
                revive_queue_id=reply.revive_qid,
                retry=queue[0],
                broker_name=broker_name,
                queue_id=message.queue_id,
                # The two differ only where the queue that is popped is not the one that stores the message.
                queue_offset=known[positions.index(message.queue_offset)]
                if len(known) == len(positions)
                else message.queue_offset,
            )
        )

    messages: list[MessageExt] = []
    for message in reply.messages:
        message.receipt_handle = message.properties.get(PropertyName.POP_CK) or receipt(message)
        message.properties.setdefault(PropertyName.FIRST_POP_TIME, str(reply.pop_time))
        if reply.revive_qid == _ORDERLY_REVIVE_QUEUE:
            mark, queue_id = _queue_of(message)
            count = tries.get((mark, f"qo{queue_id}%{message.queue_offset}"), tries.get((mark, queue_id), 0))
            messages.append(DeliveredMessage(message, reconsume_times=count))
        else:
            messages.append(message)
    return messages


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
