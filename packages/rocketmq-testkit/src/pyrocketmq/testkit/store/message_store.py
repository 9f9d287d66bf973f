"""The commit log with its queues and its index by key."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.message_ext import encode_message
from pyrocketmq.model.properties import MAX_PROPERTIES_SIZE, PropertyName, split_keys
from pyrocketmq.model.subscription import tag_hash
from pyrocketmq.testkit.store.consume_queue import ConsumeQueue
from pyrocketmq.testkit.store.errors import IllegalMessageError
from pyrocketmq.testkit.store.messages import StoredMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyrocketmq.model.message_id import Host
    from pyrocketmq.testkit.clock import Clock
    from pyrocketmq.testkit.store.messages import NewMessage

# Names of this module are found faster than attributes of a class.
_TAGS: Final = PropertyName.TAGS
_KEYS: Final = PropertyName.KEYS
_UNIQ_KEY: Final = PropertyName.UNIQ_KEY

_KEPT_SHARE: Final = 0.75
# A full store drops its oldest quarter at once, as a broker deletes whole files; message by message would cost more.

_SURELY_SHORT: Final = MAX_PROPERTIES_SIZE // 4
# Characters; a text this short cannot exceed the limit, which counts bytes.


class MessageStore:
    """Records in the order they came, and the queues that point at them.

    Args:
        clock: Tells store times.
        host: Address under which the broker stores, part of every record.
        limit: Bytes of records to keep; the oldest go first.
        ends_properties: Whether stored properties end in a separator.
    """

    def __init__(self, clock: Clock, host: Host, *, limit: int, ends_properties: bool) -> None:
        self.host = host
        self.limit = limit
        self.min_physical_offset = 0
        self.max_physical_offset = 0
        self.on_append: list[Callable[[StoredMessage], None]] = []
        """Called with every message that a queue got."""
        self._clock = clock
        self._ends_properties = ends_properties
        self._queues: dict[str, dict[int, ConsumeQueue]] = defaultdict(dict)
        self._by_position: dict[int, StoredMessage] = {}
        self._index: dict[str, dict[str, list[StoredMessage]]] = {}
        # By topic and key.
        self.last_index_timestamp = 0
        self.last_index_position = 0

    def queue(self, topic: str, queue_id: int) -> ConsumeQueue:
        """Return a queue, an empty one if it never had a message."""
        queue = self.existing_queue(topic, queue_id)
        return ConsumeQueue() if queue is None else queue

    def existing_queue(self, topic: str, queue_id: int) -> ConsumeQueue | None:
        """Return a queue that had a message."""
        queues = self._queues.get(topic)
        return None if queues is None else queues.get(queue_id)

    def append(self, message: NewMessage, *, tags_code: int | None = None, in_queue: bool = True) -> StoredMessage:
        """Store a message.

        Args:
            message: What to store.
            tags_code: What its queue's entry holds instead of the hash of its tag.
            in_queue: Whether its queue points at it; without, no consumer ever sees it.

        Returns:
            The message as stored.

        Raises:
            IllegalMessageError: its properties are too long.
        """
        properties = message.properties
        text = message.properties_text(ends_in_separator=self._ends_properties)
        if len(text) > _SURELY_SHORT and len(text.encode()) > MAX_PROPERTIES_SIZE:
            raise IllegalMessageError(f"properties of {len(text)} characters")
        topic, queue_id = message.topic, message.queue_id
        queues = self._queues[topic]
        queue = queues.get(queue_id)
        if queue is None:
            queue = queues[queue_id] = ConsumeQueue()
        position = self.max_physical_offset
        now = self._clock.now()
        queue_offset = queue.max_offset if in_queue else 0
        record = encode_message(
            topic=topic,
            body=message.body,
            properties=text,
            queue_id=queue_id,
            queue_offset=queue_offset,
            commit_log_offset=position,
            sys_flag=message.sys_flag,
            flag=message.flag,
            born_timestamp=message.born_timestamp,
            born_host=message.born_host,
            store_timestamp=now,
            store_host=self.host,
            reconsume_times=message.reconsume_times,
            prepared_transaction_offset=message.prepared_transaction_offset,
        )
        code = _hash_of(properties.get(_TAGS)) if tags_code is None else tags_code
        stored = StoredMessage(topic, queue_id, queue_offset, position, record, code, now, properties)
        self.max_physical_offset = position + len(record)
        self._by_position[position] = stored
        self._add_to_index(stored)
        if in_queue:
            queue.append(stored)
            for listener in self.on_append:
                listener(stored)
        if self.max_physical_offset - self.min_physical_offset > self.limit:
            self._drop_oldest()
        return stored

    def at(self, physical_offset: int) -> StoredMessage | None:
        """Return the message whose record starts at this position."""
        return self._by_position.get(physical_offset)

    def with_key(self, topic: str, key: str) -> Iterator[StoredMessage]:
        """Return the messages of a topic with this key or unique id, newest first."""
        return reversed(self._index.get(topic, {}).get(key, []))

    def queues_of(self, topic: str) -> dict[int, ConsumeQueue]:
        """Return the queues of a topic that had a message, by number."""
        return dict(self._queues.get(topic, {}))

    def delete_topic(self, topic: str) -> None:
        """Forget a topic's queues and keys; the records stay where they are."""
        self._queues.pop(topic, None)
        self._index.pop(topic, None)

    def _add_to_index(self, stored: StoredMessage) -> None:
        properties = stored.properties
        index = self._index.setdefault(stored.topic, {})
        unique_id = properties.get(_UNIQ_KEY)
        if unique_id:
            index.setdefault(unique_id, []).append(stored)
        if _KEYS in properties:
            for key in split_keys(properties[_KEYS]):
                index.setdefault(key, []).append(stored)
        self.last_index_timestamp = stored.store_timestamp
        self.last_index_position = stored.physical_offset

    def _drop_oldest(self) -> None:
        newest = next(reversed(self._by_position))
        keep_from = min(newest, self.max_physical_offset - int(self.limit * _KEPT_SHARE))
        for position in list(self._by_position):
            if position >= keep_from:
                break
            del self._by_position[position]
        self.min_physical_offset = next(iter(self._by_position))
        for queues in self._queues.values():
            for queue in queues.values():
                queue.drop_below(self.min_physical_offset)
        for index in self._index.values():
            for key, messages in list(index.items()):
                kept = [message for message in messages if message.physical_offset >= self.min_physical_offset]
                if kept:
                    index[key] = kept
                else:
                    del index[key]


# Applications have few tags, and use them again and again.
@lru_cache(maxsize=1024)
def _hash_of(tag: str | None) -> int:
    return tag_hash(tag or "")
