"""Receipt handles: what acknowledges a popped message (5.x)."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.names import RETRY_PREFIX, pop_retry_topic
from pyrocketmq.model.properties import PropertyName

if TYPE_CHECKING:
    from pyrocketmq.model.message_ext import MessageExt
    from pyrocketmq.model.requests.pop import ChangeMessageInvisibletimeReply, PopMessageReply

_ITEMS: Final = 8

NORMAL_TOPIC: Final = "0"
RETRY_TOPIC_V1: Final = "1"
RETRY_TOPIC_V2: Final = "2"
_RETRY_MARKS: Final = (NORMAL_TOPIC, RETRY_TOPIC_V1, RETRY_TOPIC_V2)


class ReceiptHandle(NamedTuple):
    """The check-point of one popped message; on the wire its items are separated by blanks.

    Attributes:
        start_offset: Where the pop began in that queue.
        pop_time: When, in milliseconds by the broker's clock.
        invisible_time: For how long the message is hidden, in milliseconds.
        revive_queue_id: The broker's own bookkeeping; 999 for orderly pops.
        retry: "0" for the topic itself, "1" and "2" for the two forms of its retry topic.
        broker_name: The broker.
        queue_id: The queue.
        queue_offset: The message's position in it.
        commit_log_offset: Its position in the commit log; only proxies write it.
    """

    start_offset: int
    pop_time: int
    invisible_time: int
    revive_queue_id: int
    retry: str
    broker_name: str
    queue_id: int
    queue_offset: int
    commit_log_offset: int | None = None

    def __str__(self) -> str:
        return " ".join([str(item) for item in self if item is not None])

    @classmethod
    def parse(cls, text: str) -> ReceiptHandle:
        """Read a handle; items after the ninth are left out.

        Raises:
            ProtocolError: it is no handle.

        Example:
            >>> ReceiptHandle.parse("0 1795399778190 10000 7 1 broker-w 0 3").queue_offset
            3
        """
        items = text.split(" ")
        if len(items) < _ITEMS:
            raise ProtocolError(f"receipt handle {text!r:.200} has {len(items)} items, expected {_ITEMS}")
        retry, broker_name = items[4:6]
        if retry not in _RETRY_MARKS:
            raise ProtocolError(f"receipt handle {text!r:.200} marks its topic {retry!r}, expected 0, 1 or 2")
        start, popped, invisible, revive, queue_id, offset, *rest = map(_number, (*items[:4], *items[6:9]))
        return cls(start, popped, invisible, revive, retry, broker_name, queue_id, offset, *rest)

    def topic_of(self, topic: str, consumer_group: str) -> str:
        """Return the topic that an acknowledgement names: the popped topic or the retry topic behind it.

        Args:
            topic: The topic of the message.
            consumer_group: The group that popped it.
        """
        if self.retry == NORMAL_TOPIC or topic.startswith(RETRY_PREFIX):
            return topic
        return pop_retry_topic(consumer_group, topic, version=int(self.retry))

    def renewed(self, reply: ChangeMessageInvisibletimeReply) -> ReceiptHandle:
        """Return the handle that counts after the invisible time was changed; this one is void then."""
        return self._replace(
            pop_time=reply.pop_time, invisible_time=reply.invisible_time, revive_queue_id=reply.revive_qid
        )


def set_receipt_handles(reply: PopMessageReply, broker_name: str) -> None:
    """Give each message of a pop its receipt handle, as other clients do.

    Messages from a retry topic come with a handle, which stays. The properties POP_CK and 1ST_POP_TIME are set too,
    and after an orderly pop the number of deliveries.

    Args:
        reply: The answer; its messages are changed.
        broker_name: The broker that gave it.

    Raises:
        ProtocolError: what the answer tells about its messages does not parse, or does not fit them.
    """
    queues: dict[str, list[MessageExt]] = {}
    for message in reply.messages:
        if PropertyName.POP_CK not in message.properties:
            queues.setdefault(_queue_of(message), []).append(message)
    starts, offsets = _table_of(reply.start_offset_info), _table_of(reply.msg_offset_info)
    deliveries = _table_of(reply.order_count_info)
    for queue, messages in queues.items():
        messages.sort(key=attrgetter("queue_offset"))
        if starts:
            start = _number(starts.get(queue))
            numbers = [_number(item) for item in offsets.get(queue, "").split(",")]
        else:  # the first brokers with pops told nothing
            start, numbers = messages[0].queue_offset, [message.queue_offset for message in messages]
        if len(numbers) < len(messages):
            raise ProtocolError(f"answer to a pop tells {len(numbers)} offsets of {len(messages)} messages")
        # The rank counts: in static topics a message itself has another offset.
        for message, offset in zip(messages, numbers, strict=False):
            handle = _handle_of(reply, broker_name, queue, start, offset)
            message.properties[PropertyName.POP_CK] = str(handle)
            count = deliveries.get(f"{handle.retry} qo{handle.queue_id}%{message.queue_offset}", deliveries.get(queue))
            if count is not None:
                message.reconsume_times = _number(count) or message.reconsume_times
    for message in reply.messages:
        message.receipt_handle = message.properties[PropertyName.POP_CK]
        message.properties.setdefault(PropertyName.FIRST_POP_TIME, str(reply.pop_time))


def _handle_of(reply: PopMessageReply, broker_name: str, queue: str, start: int, offset: int) -> ReceiptHandle:
    retry, _, queue_id = queue.partition(" ")
    return ReceiptHandle(
        start, reply.pop_time, reply.invisible_time, reply.revive_qid, retry, broker_name, int(queue_id), offset
    )


def _queue_of(message: MessageExt) -> str:
    """Return topic and queue of a message as the answer to a pop names them: mark of the topic and queue id."""
    mark = NORMAL_TOPIC
    if message.topic.startswith(RETRY_PREFIX):
        mark = RETRY_TOPIC_V2 if "+" in message.topic else RETRY_TOPIC_V1
    return f"{mark} {message.queue_id}"


def _table_of(info: str | None) -> dict[str, str]:
    """Read a text such as `0 3 17;1 0 4`: a value for each topic and queue."""
    table: dict[str, str] = {}
    for item in (info or "").split(";"):
        queue, _, value = item.rpartition(" ")
        if queue:
            table[queue] = value
    return table


def _number(text: str | None) -> int:
    try:
        return int(text or "")
    except ValueError as error:
        raise ProtocolError(f"expected a number in what tells of a pop, found {text!r:.80}") from error
