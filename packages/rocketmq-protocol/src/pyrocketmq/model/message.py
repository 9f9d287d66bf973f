"""Messages as applications make them, and the queues they go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyrocketmq.model.delay import delivery_properties
from pyrocketmq.model.properties import PropertyName, split_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


class MessageQueue(NamedTuple):
    """One queue of a topic on one broker.

    Attributes:
        topic: The topic.
        broker_name: Name of the broker group that holds the queue.
        queue_id: Number of the queue within topic and broker, from 0; for sending, -1 lets the broker choose.
    """

    topic: str
    broker_name: str
    queue_id: int


class Message:
    """A message to send.

    Args:
        topic: The topic.
        body: The content, 1 byte to 4 MiB as brokers are set by default.
        tags: The tag that consumers can filter by; one, although the wire calls it "TAGS".
        keys: Keys under which the message can be queried; without blanks, which separate them on the wire.
        properties: Further properties, names to values.
        flag: A number of the application, stored and returned untouched.
        delay_level: Deliver later, by the broker's table of levels: 1 (1 s) to 18 (2 h) by default.
        deliver_at: Deliver at this time, to the second (5.x): a time with a zone, or milliseconds since the epoch.
        deliver_after: Deliver after so many seconds (5.x), at most three days as brokers are set by default.
        sharding_key: Key of messages whose order matters to each other.

    Raises:
        ValueError: a key holds a blank, or the times contradict each other.
    """

    __slots__ = ("body", "flag", "properties", "topic")

    def __init__(
        self,
        topic: str,
        body: bytes,
        *,
        tags: str | None = None,
        keys: str | Iterable[str] = (),
        properties: Mapping[str, str] | None = None,
        flag: int = 0,
        delay_level: int | None = None,
        deliver_at: datetime | int | None = None,
        deliver_after: float | None = None,
        sharding_key: str | None = None,
    ) -> None:
        self.topic = topic
        self.body = body
        self.flag = flag
        self.properties = message_properties(
            properties,
            tags=tags,
            keys=keys,
            delay_level=delay_level,
            deliver_at=deliver_at,
            deliver_after=deliver_after,
            sharding_key=sharding_key,
        )
        """All properties, those that stand for the other arguments included."""

    @property
    def tags(self) -> str | None:
        """The tag, if there is one."""
        return self.properties.get(PropertyName.TAGS)

    @property
    def keys(self) -> list[str]:
        """The keys."""
        return split_keys(self.properties.get(PropertyName.KEYS, ""))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        return (self.topic, self.body, self.flag, self.properties) == (
            other.topic,
            other.body,
            other.flag,
            other.properties,
        )

    __hash__ = None  # type: ignore[assignment]  # messages can be changed; mypy wants a method here

    def __repr__(self) -> str:
        return f"Message(topic={self.topic!r}, body={len(self.body)} bytes, properties={self.properties!r})"


def message_properties(
    properties: Mapping[str, str] | None = None,
    *,
    tags: str | None = None,
    keys: str | Iterable[str] = (),
    delay_level: int | None = None,
    deliver_at: datetime | int | None = None,
    deliver_after: float | None = None,
    sharding_key: str | None = None,
) -> dict[str, str]:
    """Return the properties that stand for the options of a message; arguments are those of `Message`.

    Raises:
        ValueError: a key holds a blank, or the times contradict each other.
    """
    made = dict(properties) if properties else {}
    if tags is not None:
        made[PropertyName.TAGS] = tags
    joined = keys if isinstance(keys, str) else _join_keys(keys)
    if joined:
        made[PropertyName.KEYS] = joined
    if sharding_key is not None:
        made[PropertyName.SHARDING_KEY] = sharding_key
    if delay_level is not None or deliver_at is not None or deliver_after is not None:
        made |= delivery_properties(delay_level=delay_level, deliver_at=deliver_at, deliver_after=deliver_after)
    return made


def _join_keys(keys: Iterable[str]) -> str:
    joined = list(keys)
    for key in joined:
        if not key or any(character.isspace() for character in key):
            raise ValueError(f"key {key!r} is empty or holds a blank, which separates keys")
    return " ".join(joined)
