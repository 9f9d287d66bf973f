"""Recall handles: what a producer needs to take a timed message back (5.3.2 and later)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, NamedTuple

_VERSION: Final = "v1"


class RecallHandle(NamedTuple):
    """What a handle says.

    Attributes:
        topic: The topic.
        broker_name: The broker that keeps the message.
        timestamp: One millisecond after the time that the timer notes.
        unique_id: The message's unique id.
    """

    topic: str
    broker_name: str
    timestamp: int
    unique_id: str

    def encode(self) -> str:
        """Return the handle as it travels."""
        text = f"{_VERSION} {self.topic} {self.broker_name} {self.timestamp} {self.unique_id}"
        return urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def decode(cls, handle: str) -> RecallHandle:
        """Read a handle.

        Raises:
            ValueError: it is none.
        """
        try:
            version, topic, broker_name, timestamp, unique_id = urlsafe_b64decode(handle).decode().split(" ")
        except ValueError as error:
            raise ValueError("recall handle is invalid") from error
        if version != _VERSION:
            raise ValueError("recall handle is invalid")
        return cls(topic, broker_name, int(timestamp), unique_id)
