"""Reading a queue as a pull does: which messages it gives, and where to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.store.consume_queue import ConsumeQueue
    from pyrocketmq.testkit.store.messages import StoredMessage

FOUND: Final = "FOUND"
NO_MATCHED_MESSAGE: Final = "NO_MATCHED_MESSAGE"
NO_MESSAGE_IN_QUEUE: Final = "NO_MESSAGE_IN_QUEUE"
OFFSET_OVERFLOW_BADLY: Final = "OFFSET_OVERFLOW_BADLY"
OFFSET_OVERFLOW_ONE: Final = "OFFSET_OVERFLOW_ONE"
OFFSET_TOO_SMALL: Final = "OFFSET_TOO_SMALL"
OFFSET_RESET: Final = "OFFSET_RESET"

_SCANNED_AT_MOST: Final = 800
# 16000 bytes of index entries, 20 bytes each; a scan that met no match by then ends without one.


class ReadLimits(NamedTuple):
    """How much one read may give; a first message is given whatever its size.

    Attributes:
        messages: How many.
        size: How many bytes.
    """

    messages: int
    size: int


class ReadResult(NamedTuple):
    """What a read gave.

    Attributes:
        status: The store's name for the outcome, as pull answers carry it in their remark.
        next_offset: Where to go on reading.
        min_offset: Offset of the oldest message.
        max_offset: Offset that the next message will get.
        messages: The messages, in order.
    """

    status: str
    next_offset: int
    min_offset: int
    max_offset: int
    messages: list[StoredMessage]


def read_queue(
    queue: ConsumeQueue,
    offset: int,
    max_messages: int,
    limits: ReadLimits,
    matches: Callable[[StoredMessage], bool] | None = None,
) -> ReadResult:
    """Read messages from an offset on.

    Args:
        queue: The queue.
        offset: Where to begin.
        max_messages: Messages to give at most; 0 gives one.
        limits: What the broker gives at most.
        matches: Whether a subscription wants a message; without, it wants all.
    """
    low, high = queue.min_offset, queue.max_offset
    if high == 0:
        return ReadResult(NO_MESSAGE_IN_QUEUE, 0, 0, 0, [])
    if offset < low:
        return ReadResult(OFFSET_TOO_SMALL, low, low, high, [])
    if offset == high:
        return ReadResult(OFFSET_OVERFLOW_ONE, offset, low, high, [])
    if offset > high:
        return ReadResult(OFFSET_OVERFLOW_BADLY, high, low, high, [])
    messages: list[StoredMessage] = []
    most = min(max_messages, limits.messages)
    size = 0
    next_offset = offset
    for message in queue.between(offset, offset + max(_SCANNED_AT_MOST, max_messages)):
        if messages and (len(messages) >= most or size + len(message.record) > limits.size):
            break
        next_offset = message.queue_offset + 1
        if matches is None or matches(message):
            messages.append(message)
            size += len(message.record)
    status = FOUND if messages else NO_MATCHED_MESSAGE
    return ReadResult(status, next_offset, low, high, messages)
