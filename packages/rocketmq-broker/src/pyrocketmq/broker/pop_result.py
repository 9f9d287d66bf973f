"""What a pop brought."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.enums import ResponseCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyrocketmq.model import MessageExt


class PopStatus(Enum):
    """What a pop found."""

    FOUND = "FOUND"
    NO_NEW_MSG = "NO_NEW_MSG"
    """No message came in time."""

    POLLING_FULL = "POLLING_FULL"
    """No message, and the broker did not wait for one because too many clients wait already."""

    @classmethod
    def of(cls, code: int) -> PopStatus:
        """Return the status that a response code means."""
        return _POP_STATUS[code]


_POP_STATUS: Final[Mapping[int, PopStatus]] = {
    ResponseCode.SUCCESS: PopStatus.FOUND,
    ResponseCode.PULL_NOT_FOUND: PopStatus.NO_NEW_MSG,
    ResponseCode.POLLING_TIMEOUT: PopStatus.NO_NEW_MSG,
    ResponseCode.POLLING_FULL: PopStatus.POLLING_FULL,
}


class PopMessageResult:
    """What a pop brought.

    Attributes:
        status: What it found.
        messages: The messages, each with its `receipt_handle`.
        pop_time: When they were popped, in milliseconds since the epoch by the broker's clock.
        invisible_time: For how long they are hidden from the rest of the group, in seconds.
        rest_num: How many messages were left in the queues that the broker looked at.
    """

    __slots__ = ("invisible_time", "messages", "pop_time", "rest_num", "status")

    def __init__(
        self, status: PopStatus, messages: Sequence[MessageExt], pop_time: int, invisible_time: float, rest_num: int
    ) -> None:
        self.status = status
        self.messages = messages
        self.pop_time = pop_time
        self.invisible_time = invisible_time
        self.rest_num = rest_num

    @property
    def message_count(self) -> int:
        """Number of messages."""
        return len(self.messages)

    def __repr__(self) -> str:
        return (
            f"PopMessageResult({self.status.name}, message_count={self.message_count}, pop_time={self.pop_time}, "
            f"invisible_time={self.invisible_time}, rest_num={self.rest_num})"
        )
