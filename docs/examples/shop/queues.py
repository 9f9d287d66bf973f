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
    return _queues(
        topic, {data.broker_name: data.write_queue_nums for data in route.queue_datas if data.perm & WRITABLE}
    )


def readable(topic: str, route: TopicRouteData) -> list[MessageQueue]:
    """Return the queues that can be read; those of a broker that is being drained are among them."""
    return _queues(
        topic, {data.broker_name: data.read_queue_nums for data in route.queue_datas if data.perm & READABLE}
    )


def _queues(topic: str, numbers: dict[str, int]) -> list[MessageQueue]:
    """Return so many queues of each broker, in an order that is the same in every process."""
    return [MessageQueue(topic, name, queue_id) for name in sorted(numbers) for queue_id in range(numbers[name])]


def queue_of(key: str, queues: Sequence[MessageQueue]) -> MessageQueue:
    """Return the queue of a key, the same in every process, so that what concerns one order stays in sequence."""
    return queues[crc32(key.encode()) % len(queues)]
