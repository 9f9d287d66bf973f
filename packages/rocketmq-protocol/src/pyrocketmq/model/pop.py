"""Receipt handles: what acknowledges a popped message (5.x)."""

from __future__ import annotations

from typing import NamedTuple

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.names import pop_retry_topic

_ITEMS = 8


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
    """

    start_offset: int
    pop_time: int
    invisible_time: int
    revive_queue_id: int
    retry: str
    broker_name: str
    queue_id: int
    queue_offset: int

    def __str__(self) -> str:
        return " ".join(map(str, self[:]))

    @classmethod
    def parse(cls, text: str) -> ReceiptHandle:
        """Read a handle; further items, which proxies append, are left out.

        Raises:
            ProtocolError: it is no handle.
        """
        items = text.split(" ")
        if len(items) < _ITEMS:
            raise ProtocolError(f"receipt handle {text!r} has {len(items)} items, expected {_ITEMS}")
        try:
            start, popped, invisible, revive, queue_id, offset = map(int, (*items[:4], *items[6:8]))
        except ValueError as error:
            raise ProtocolError(f"receipt handle {text!r} holds a text where a number belongs") from error
        return cls(start, popped, invisible, revive, items[4], items[5], queue_id, offset)

    def topic_of(self, topic: str, consumer_group: str) -> str:
        """Return the topic that an acknowledgement names: the popped topic or the retry topic behind it."""
        if self.retry == "0":
            return topic
        return pop_retry_topic(consumer_group, topic, version=int(self.retry))
