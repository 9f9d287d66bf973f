"""One queue of a topic: which messages it holds, in order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyrocketmq.testkit.store.messages import StoredMessage

_store_timestamp = attrgetter("store_timestamp")


class ConsumeQueue:
    """A queue. Offsets count its messages from 0; the oldest may be gone.

    Attributes:
        min_offset: Offset of the oldest message that is still there; the largest offset where none is.
    """

    def __init__(self) -> None:
        self.min_offset = 0
        self._messages: list[StoredMessage] = []

    @property
    def max_offset(self) -> int:
        """Offset that the next message will get."""
        return self.min_offset + len(self._messages)

    def append(self, message: StoredMessage) -> None:
        """Add a message; its queue offset has to be `max_offset`."""
        self._messages.append(message)

    def at(self, offset: int) -> StoredMessage | None:
        """Return the message at an offset."""
        index = offset - self.min_offset
        return self._messages[index] if 0 <= index < len(self._messages) else None

    def between(self, start: int, end: int) -> list[StoredMessage]:
        """Return the messages from one offset up to, but not including, another."""
        base = self.min_offset
        return self._messages[max(0, start - base) : max(0, end - base)]

    def first_not_before(self, timestamp: int) -> int:
        """Return the offset of the first message stored at this time or later; the largest offset if there is none."""
        return self.min_offset + bisect_left(self._messages, timestamp, key=_store_timestamp)

    def last_not_after(self, timestamp: int) -> int:
        """Return the offset of the last message stored at this time or earlier; the smallest one if there is none."""
        return max(self.min_offset, self.min_offset + bisect_right(self._messages, timestamp, key=_store_timestamp) - 1)

    def drop_below(self, physical_offset: int) -> None:
        """Forget the messages whose records lie before a position in the commit log."""
        count = bisect_left(self._messages, physical_offset, key=attrgetter("physical_offset"))
        del self._messages[:count]
        self.min_offset += count
