"""Results of sends and pulls."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from pyrocketmq.model.enums import ResponseCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrocketmq.model.message import MessageQueue
    from pyrocketmq.model.message_ext import MessageExt


class SendStatus(Enum):
    """What became of a message that the broker stored."""

    SEND_OK = "SEND_OK"
    """Stored as the broker is set."""

    FLUSH_DISK_TIMEOUT = "FLUSH_DISK_TIMEOUT"
    """Stored, but not on disk within the broker's time limit (brokers that flush synchronously)."""

    FLUSH_SLAVE_TIMEOUT = "FLUSH_SLAVE_TIMEOUT"
    """Stored, but not on a replica within the broker's time limit (brokers that replicate synchronously)."""

    SLAVE_NOT_AVAILABLE = "SLAVE_NOT_AVAILABLE"
    """Stored, but there is no replica (brokers that replicate synchronously)."""


SEND_STATUS: dict[int, SendStatus] = {
    int(ResponseCode.SUCCESS): SendStatus.SEND_OK,
    int(ResponseCode.FLUSH_DISK_TIMEOUT): SendStatus.FLUSH_DISK_TIMEOUT,
    int(ResponseCode.FLUSH_SLAVE_TIMEOUT): SendStatus.FLUSH_SLAVE_TIMEOUT,
    int(ResponseCode.SLAVE_NOT_AVAILABLE): SendStatus.SLAVE_NOT_AVAILABLE,
}
"""By response code; what every send looks up, because a method of an enumeration is slow to find (Python 3.11)."""


class PullStatus(Enum):
    """What a pull found."""

    FOUND = "FOUND"
    NO_NEW_MSG = "NO_NEW_MSG"
    """The offset is the end of the queue."""

    NO_MATCHED_MSG = "NO_MATCHED_MSG"
    """There are messages, but none matches the subscription; the next pull starts at `next_begin_offset`."""

    OFFSET_ILLEGAL = "OFFSET_ILLEGAL"
    """The offset lies outside the queue; `next_begin_offset` is the corrected one."""

    @staticmethod
    def of(code: int) -> PullStatus:
        """Return the status that a response code means."""
        return _PULL_STATUS[code]


_PULL_STATUS: dict[int, PullStatus] = {
    int(ResponseCode.SUCCESS): PullStatus.FOUND,
    int(ResponseCode.PULL_NOT_FOUND): PullStatus.NO_NEW_MSG,
    int(ResponseCode.PULL_RETRY_IMMEDIATELY): PullStatus.NO_MATCHED_MSG,
    int(ResponseCode.PULL_OFFSET_MOVED): PullStatus.OFFSET_ILLEGAL,
}


class SendMessageResult:
    """What a broker answered to a send.

    Attributes:
        status: What became of the message; it is stored with every status.
        msg_id: The unique id that this client gave the message; of a batch all ids, joined by commas.
        offset_msg_id: The broker's id of the message; of a batch all of them, joined by commas. For delayed and
            transactional messages it is that of the copy that waits.
        message_queue: Where it went.
        queue_offset: Position in the queue; of a batch, of its first message. For delayed and transactional messages
            that of the copy that waits.
        transaction_id: Id of the transaction, where the message belongs to one.
        region_id: Region that the broker says it is in.
        recall_handle: What recalls a timer message (5.3.2 and later), `None` for any other.
    """

    __slots__ = (
        "message_queue",
        "msg_id",
        "offset_msg_id",
        "queue_offset",
        "recall_handle",
        "region_id",
        "status",
        "transaction_id",
    )

    def __init__(
        self,
        status: SendStatus,
        msg_id: str,
        offset_msg_id: str,
        message_queue: MessageQueue,
        queue_offset: int,
        transaction_id: str | None = None,
        region_id: str | None = None,
        recall_handle: str | None = None,
    ) -> None:
        self.status = status
        self.msg_id = msg_id
        self.offset_msg_id = offset_msg_id
        self.message_queue = message_queue
        self.queue_offset = queue_offset
        self.transaction_id = transaction_id
        self.region_id = region_id
        self.recall_handle = recall_handle

    def __repr__(self) -> str:
        return (
            f"SendMessageResult({self.status.name}, msg_id={self.msg_id!r}, message_queue={self.message_queue!r}, "
            f"queue_offset={self.queue_offset})"
        )


class PullMessageResult:
    """What a pull brought.

    Attributes:
        status: What it found.
        messages: The messages, in the order of the queue.
        next_begin_offset: Where the next pull starts.
        min_offset: First offset that the queue still holds.
        max_offset: Offset after the queue's last message.
        suggest_which_broker_id: The replica that the broker proposes for the next pull, 0 for the master.
    """

    __slots__ = (
        "max_offset",
        "messages",
        "min_offset",
        "next_begin_offset",
        "status",
        "suggest_which_broker_id",
    )

    def __init__(
        self,
        status: PullStatus,
        messages: Sequence[MessageExt],
        next_begin_offset: int,
        min_offset: int,
        max_offset: int,
        suggest_which_broker_id: int = 0,
    ) -> None:
        self.status = status
        self.messages = messages
        self.next_begin_offset = next_begin_offset
        self.min_offset = min_offset
        self.max_offset = max_offset
        self.suggest_which_broker_id = suggest_which_broker_id

    @property
    def message_count(self) -> int:
        """Number of messages."""
        return len(self.messages)

    def __repr__(self) -> str:
        return (
            f"PullMessageResult({self.status.name}, message_count={self.message_count}, "
            f"next_begin_offset={self.next_begin_offset}, min_offset={self.min_offset}, max_offset={self.max_offset})"
        )
