"""Acknowledging popped messages, and who pops what (5.x)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.declaration import JsonBody, Long, wire
from pyrocketmq.model.enums import MessageModel, MessageRequestMode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.message import MessageQueue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from pyrocketmq.model.fastjson import JsonValue

_LONG_NAMES: Final = {
    "consumerGroup": "c",
    "topic": "t",
    "retry": "r",
    "startOffset": "so",
    "queueId": "q",
    "reviveQueueId": "rq",
    "popTime": "pt",
    "invisibleTime": "it",
    "bitSet": "b",
}


class BatchAck(JsonBody):
    """Acknowledges messages of one pop and one queue.

    Attributes:
        consumer_group: The group.
        topic: The topic that was popped, never a retry topic.
        retry: "0" for the topic itself, "1" and "2" for the two forms of its retry topic.
        start_offset: Where the pop began in that queue.
        queue_id: The queue.
        revive_queue_id: The broker's own bookkeeping, from the receipt handle.
        pop_time: When the messages were popped, in milliseconds.
        invisible_time: For how long they are hidden, in milliseconds.
        bit_set: Which messages: Base64 of a bit set, see `bits_of`.
    """

    consumer_group: str = wire("c")
    topic: str = wire("t")
    retry: str = wire("r", default="0")
    start_offset: Long = wire("so")
    queue_id: int = wire("q")
    revive_queue_id: int = wire("rq")
    pop_time: Long = wire("pt")
    invisible_time: Long = wire("it")
    bit_set: str = wire("b")

    @classmethod
    def from_json(cls, value: JsonValue) -> Self:
        """Read an acknowledgement; some writers spell the names of its members out."""
        if isinstance(value, dict):
            value = {_LONG_NAMES.get(str(name), name): member for name, member in value.items()}
        return super().from_json(value)

    @property
    def offsets(self) -> list[int]:
        """The queue offsets that are acknowledged.

        Raises:
            ProtocolError: the bit set is not Base64.
        """
        try:
            data = b64decode(self.bit_set, validate=True)
        except ValueError as error:
            raise ProtocolError(f"bit set {self.bit_set!r:.200} is not Base64") from error
        start = self.start_offset
        return [
            start + 8 * index + bit for index, byte in enumerate(data) if byte for bit in range(8) if byte >> bit & 1
        ]

    @staticmethod
    def bits_of(indexes: Iterable[int]) -> str:
        """Return the bit set for messages, counted from `start_offset`.

        Example:
            >>> BatchAck.bits_of([0, 2])
            'BQ=='
        """
        bits = 0
        for index in indexes:
            bits |= 1 << index
        return b64encode(bits.to_bytes((bits.bit_length() + 7) // 8, "little")).decode()


class BatchAckMessageRequestBody(JsonBody):
    """Acknowledgements of several pops."""

    broker_name: str
    acks: list[BatchAck] = wire(default_factory=list)


class QueryAssignmentRequestBody(JsonBody):
    """A client's question which queues it should consume.

    Attributes:
        topic: The topic.
        consumer_group: The group.
        client_id: The client; must be one of the group's connected members.
        strategy_name: `AVG` or `AVG_BY_CIRCLE`.
        message_model: Who of the group gets a message; every queue belongs to every member that broadcasts.
    """

    topic: str
    consumer_group: str
    client_id: str
    strategy_name: str = "AVG"
    message_model: MessageModel | str = MessageModel.CLUSTERING


class MessageQueueAssignment(JsonBody):
    """One queue that a client should consume; queue -1 stands for all of a broker."""

    message_queue: MessageQueue
    mode: MessageRequestMode | str = MessageRequestMode.PULL
    attachments: dict[str, str] | None = None


class QueryAssignmentResponseBody(JsonBody):
    """The queues that a client should consume; none where the broker does not know the client or the strategy."""

    message_queue_assignments: list[MessageQueueAssignment] = wire(default_factory=list)


class SetMessageRequestModeRequestBody(JsonBody):
    """How a group should request messages of a topic.

    Attributes:
        topic: The topic; not a retry topic.
        consumer_group: The group.
        mode: Whether its members pull or pop.
        pop_share_queue_num: How many queues members share when they pop; 0 for all.
    """

    topic: str
    consumer_group: str
    mode: MessageRequestMode | str = MessageRequestMode.PULL
    pop_share_queue_num: int = 0


class MessageRequestModeSerializeWrapper(JsonBody):
    """All request modes of a broker: by topic, then by group."""

    message_request_mode_map: dict[str, dict[str, SetMessageRequestModeRequestBody]] = wire(default_factory=dict)
