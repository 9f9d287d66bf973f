"""Recall handles: what takes a timed message back (5.3.2 and later)."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from typing import Final, NamedTuple

from pyrocketmq.model.errors import ProtocolError

_VERSION: Final = "v1"


class RecallHandle(NamedTuple):
    """What a recall handle tells.

    Attributes:
        topic: The topic of the message.
        broker_name: The broker that keeps it.
        timestamp: When it is due, in milliseconds since the epoch; brokers write one more than the timer has.
        unique_id: Unique id of the message.
    """

    topic: str
    broker_name: str
    timestamp: int
    unique_id: str

    def __str__(self) -> str:
        items = (_VERSION, self.topic, self.broker_name, str(self.timestamp), self.unique_id)
        return urlsafe_b64encode(" ".join(items).encode()).decode()

    @classmethod
    def parse(cls, text: str) -> RecallHandle:
        """Read a handle.

        Raises:
            ProtocolError: it is no handle, or one of another version.
        """
        try:
            version, topic, broker_name, timestamp, unique_id = (
                b64decode(text, b"-_", validate=True).decode().split(" ")
            )
            handle = cls(topic, broker_name, int(timestamp), unique_id)
        except ValueError as error:
            raise ProtocolError(f"recall handle {text!r:.200} does not parse") from error
        if version != _VERSION:
            raise ProtocolError(f"recall handle {text!r:.200} has version {version!r:.20}, expected {_VERSION!r}")
        return handle
