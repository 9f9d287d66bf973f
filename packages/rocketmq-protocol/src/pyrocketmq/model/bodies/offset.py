"""Offsets of consumer groups."""

from __future__ import annotations

from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.declaration import JsonBody, Long, wire
from pyrocketmq.model.message import MessageQueue


class ConsumerOffsetTable(JsonBody):
    """All offsets that a broker has: by `topic@group`, then by queue; and the topics of each group (5.x)."""

    offset_table: dict[str, dict[int, Long]] = wire(default_factory=dict)
    group_topic_map: dict[str, list[str]] | None = None
    data_version: DataVersion | None = None


class DelayOffsetTable(JsonBody):
    """How far the delivery of delayed messages has come, by delay level."""

    offset_table: dict[int, Long] = wire(default_factory=dict)
    data_version: DataVersion | None = None


class QueryCorrectionOffsetBody(JsonBody):
    """Offsets by queue."""

    correction_offsets: dict[int, Long] = wire(default_factory=dict)


class ResetOffsetBody(JsonBody):
    """Offsets that a group was, or should be, set to."""

    offset_table: dict[MessageQueue, Long] = wire(default_factory=dict)


class MessageQueueForC(JsonBody):
    """A queue and an offset, in the form for C++ clients."""

    topic: str
    broker_name: str
    queue_id: int
    offset: Long


class ResetOffsetBodyForC(JsonBody):
    """The same as `ResetOffsetBody` in the form that C++ clients get."""

    offset_table: list[MessageQueueForC] = wire(default_factory=list)


class GetConsumerStatusBody(JsonBody):
    """Where clients stand.

    Attributes:
        message_queue_table: A client's own answer: its offset by queue.
        consumer_table: A broker's collected answer: the same by client id.
    """

    message_queue_table: dict[MessageQueue, Long] = wire(default_factory=dict)
    consumer_table: dict[str, dict[MessageQueue, Long]] = wire(default_factory=dict)
