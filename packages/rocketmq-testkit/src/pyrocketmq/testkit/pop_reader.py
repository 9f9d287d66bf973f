"""Reading for a pop: over the queues of a topic, and of the retry topic behind it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.names import pop_retry_topic
from pyrocketmq.model.pop import ReceiptHandle
from pyrocketmq.model.properties import PropertyName, encode_properties
from pyrocketmq.testkit.store.messages import NewMessage
from pyrocketmq.testkit.store.pop import QueueKey
from pyrocketmq.testkit.store.reader import FOUND, NO_MESSAGE_IN_QUEUE, ReadLimits, read_queue

if TYPE_CHECKING:
    from pyrocketmq.model.message_ext import MessageExt
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.filters import MessageFilter
    from pyrocketmq.testkit.store.messages import StoredMessage

ORDERLY: Final = 999
"""What stands for the bookkeeping queue in the handles of orderly pops."""

_NORMAL: Final = "0"
_UNLIMITED: Final = 1 << 62
_INFINITE: Final = ReadLimits(_UNLIMITED, _UNLIMITED)


class Pop(NamedTuple):
    """What a pop asks for.

    Attributes:
        queue_id: The queue, below 0 for all.
        maximum: How many messages at most.
        invisible_time: For how long to hide them, in milliseconds.
        from_end: Where a group begins that has never been there, if the beginning of the queue is gone.
        matches: Whether a message is wanted; `None` for all.
        is_orderly: Whether to keep the order of each queue.
        attempt_id: The client's id of an orderly attempt.
    """

    queue_id: int
    maximum: int
    invisible_time: int
    from_end: bool
    matches: MessageFilter | None
    is_orderly: bool
    attempt_id: str | None


class PopReader:
    """Pops one topic for one group.

    Attributes:
        retry_topic: Where messages of the topic go that the group popped and did not acknowledge.
    """

    class Result:
        """What a pop gave.

        Attributes:
            pop_time: When.
            invisible_time: For how long the messages are hidden.
            revive_queue_id: The bookkeeping queue.
            rest: How many messages are left in the queues that were visited.
            starts: Per queue, where it began.
            offsets: Per queue, the offsets of its messages.
            counts: Per queue or message, how often it was given before; orderly pops only.
            messages: The messages.
        """

        def __init__(self, pop_time: int, invisible_time: int, revive_queue_id: int) -> None:
            self.pop_time = pop_time
            self.invisible_time = invisible_time
            self.revive_queue_id = revive_queue_id
            self.rest = 0
            self.starts: list[str] = []
            self.offsets: list[str] = []
            self.counts: list[str] = []
            self.messages: list[MessageExt] = []

    def __init__(self, broker: BrokerServer, topic: str, group: str) -> None:
        self._broker = broker
        self._topic = topic
        self._group = group
        version = 2 if broker.settings.enabled("enableRetryTopicV2") else 1
        self._retry_mark = str(version)
        self.retry_topic = pop_retry_topic(group, topic, version=version)

    def pop(self, wish: Pop) -> Result:
        """Take messages: from the topic first, then from the retry topic.

        A real broker looks into the retry topic first in one of five pops; the fake is predictable instead.
        """
        pops = self._broker.pops
        revive_queue_id = ORDERLY if wish.is_orderly else pops.next_revive_queue()
        result = self.Result(self._broker.clock.now(), wish.invisible_time, revive_queue_id)
        for topic, queue_id, mark in self._places(wish.queue_id):
            wanted = wish if mark == _NORMAL else wish._replace(matches=None)
            self._pop_queue(QueueKey(self._group, topic, queue_id), mark, wanted, result)
        return result

    def peek(self, queue_id: int, maximum: int) -> tuple[list[MessageExt], int]:
        """Return the next messages without taking them, and how many there are from the first of them on."""
        messages: list[MessageExt] = []
        rest = 0
        for topic, number, _ in self._places(queue_id):
            key = QueueKey(self._group, topic, number)
            queue = self._broker.store.queue(topic, number)
            start = self._start_of(key, from_end=False)
            found = queue.between(start, start + maximum - len(messages))
            messages += [message.view() for message in found]
            rest += max(0, queue.max_offset - start)
        return messages, rest

    def has_messages(self, queue_id: int) -> bool:
        """Whether a pop would give something."""
        return bool(self.peek(queue_id, 1)[0])

    def _places(self, queue_id: int) -> list[tuple[str, int, str]]:
        """Return the queues to visit: topic, queue, and the mark that says which topic it is."""
        config = self._broker.topics.get(self._topic)
        count = 0 if config is None else config.read_queue_nums
        if queue_id >= 0:
            places = [(self._topic, queue_id, _NORMAL)]
        else:
            first = random.randrange(count) if count else 0
            places = [(self._topic, (first + turn) % count, _NORMAL) for turn in range(count)]
        retry = self._broker.topics.get(self.retry_topic)
        if retry is not None:
            places += [(self.retry_topic, number, self._retry_mark) for number in range(retry.read_queue_nums)]
        return places

    def _start_of(self, key: QueueKey, *, from_end: bool) -> int:
        queue = self._broker.store.queue(key.topic, key.queue_id)
        start = queue.max_offset if from_end and queue.min_offset > 0 else queue.min_offset
        return self._broker.pops.next_offset(key, start)

    def _pop_queue(self, key: QueueKey, mark: str, wish: Pop, result: Result) -> None:
        broker = self._broker
        queue = broker.store.queue(key.topic, key.queue_id)
        if wish.is_orderly and broker.pop_order.is_blocked(key, wish.attempt_id):
            return
        start = self._start_of(key, from_end=wish.from_end)
        if broker.offsets.committed(*key) < 0:
            broker.offsets.commit(*key, start)  # brokers note where a group begins, also in an empty queue
        if wish.is_orderly:
            start = max(queue.min_offset, broker.offsets.committed(*key))
        if len(result.messages) >= wish.maximum:
            result.rest += max(0, queue.max_offset - start)
            return
        found = read_queue(queue, start, wish.maximum - len(result.messages), _INFINITE, wish.matches)
        result.rest += max(0, found.max_offset - found.next_offset)
        if found.status == NO_MESSAGE_IN_QUEUE:
            return
        if not wish.is_orderly:
            broker.pops.hide(key, found.messages, found.next_offset, result.pop_time, wish.invisible_time)
        elif found.messages:
            self._begin_order(key, mark, wish, found.messages, result)
        if found.status == FOUND:
            offsets = ",".join(str(message.queue_offset) for message in found.messages)
            result.starts.append(f"{mark} {key.queue_id} {start}")
            result.offsets.append(f"{mark} {key.queue_id} {offsets}")
            result.messages += [self._given(message, mark, start, result) for message in found.messages]

    def _begin_order(self, key: QueueKey, mark: str, wish: Pop, messages: list[StoredMessage], result: Result) -> None:
        broker = self._broker
        offsets = [message.queue_offset for message in messages]
        counts = broker.pop_order.begin(key, offsets, result.pop_time, wish.invisible_time, wish.attempt_id)
        least = min(counts.values()) if len(counts) == len(offsets) else 0
        result.counts += [f"{mark} qo{key.queue_id}%{offset} {count}" for offset, count in counts.items()]
        result.counts.append(f"{mark} {key.queue_id} {least}")
        free_at = broker.pop_order.free_at(key)
        if free_at is not None:
            broker.loop.timers.call_at(free_at, lambda: broker.pop_holds.wake(self._topic, self._group))

    def _given(self, stored: StoredMessage, mark: str, start: int, result: Result) -> MessageExt:
        """Return a message as the client gets it: one from the retry topic under its original topic, with a handle."""
        if mark == _NORMAL:
            return stored.view()
        handle = ReceiptHandle(
            start,
            result.pop_time,
            result.invisible_time,
            result.revive_queue_id,
            mark,
            self._broker.name,
            stored.queue_id,
            stored.queue_offset,
        )
        properties = {**stored.properties, PropertyName.POP_CK: str(handle)}
        return stored.view_as(self._topic, encode_properties(properties))


def revive(broker: BrokerServer, group: str, stored: StoredMessage, pop_time: int) -> None:
    """Store a message anew that was popped and not acknowledged in time, in the group's retry topic."""
    prefixes = [pop_retry_topic(group, "", version=version) for version in (1, 2)]
    origin = next((stored.topic.removeprefix(p) for p in prefixes if stored.topic.startswith(p)), stored.topic)
    version = 2 if broker.settings.enabled("enableRetryTopicV2") else 1
    message = NewMessage.copy_of(stored)
    message.topic = pop_retry_topic(group, origin, version=version)
    message.queue_id = 0
    message.reconsume_times += 1
    message.born_host = (broker.host, broker.port)
    message.properties.setdefault(PropertyName.FIRST_POP_TIME, str(pop_time))
    message.properties[PropertyName.ORIGIN_GROUP] = group
    broker.topics.create(message.topic, 1)
    broker.intake.put_as_is(message)
    broker.pop_holds.wake(origin, group)
