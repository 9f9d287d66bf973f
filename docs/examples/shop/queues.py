"""Which queues a topic has, and which of them a message belongs into."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from pyrocketmq.model import MessageQueue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrocketmq.model.bodies import TopicRouteData

READABLE = 4
WRITABLE = 2


def writable(topic: str, route: TopicRouteData) -> list[MessageQueue]:
    """Return the queues that take messages now; a broker that is being drained has none."""
    return [
        MessageQueue(topic, data.broker_name, queue_id)
        for data in sorted(route.queue_datas, key=lambda data: data.broker_name)
        if data.perm & WRITABLE
        for queue_id in range(data.write_queue_nums)
    ]


def readable(topic: str, route: TopicRouteData) -> list[MessageQueue]:
    """Return the queues that can be read; those of a broker that is being drained are among them."""
    return [
        MessageQueue(topic, data.broker_name, queue_id)
        for data in sorted(route.queue_datas, key=lambda data: data.broker_name)
        if data.perm & READABLE
        for queue_id in range(data.read_queue_nums)
    ]


def queue_of(key: str, queues: Sequence[MessageQueue]) -> MessageQueue:
    """Return the queue of a key, the same in every process, so that what concerns one order stays in sequence."""
    return queues[crc32(key.encode()) % len(queues)]
