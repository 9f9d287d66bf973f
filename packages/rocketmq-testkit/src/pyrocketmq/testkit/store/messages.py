"""Messages on their way into the store and in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.message_ext import MessageExt, decode_messages, record_of
from pyrocketmq.model.properties import VALUE_END, encode_properties

if TYPE_CHECKING:
    from pyrocketmq.model.message_id import Host


class NewMessage:
    """A message to store; whoever handles it on the way may change it.

    Attributes:
        properties: Names to values; written out when the message is stored.
        raw_properties: The properties' text where it has to be stored as it came, `None` otherwise.
    """

    __slots__ = (
        "body",
        "born_host",
        "born_timestamp",
        "flag",
        "prepared_transaction_offset",
        "properties",
        "queue_id",
        "raw_properties",
        "reconsume_times",
        "sys_flag",
        "topic",
    )

    def __init__(
        self,
        topic: str,
        queue_id: int,
        body: bytes,
        properties: dict[str, str],
        *,
        born_timestamp: int,
        born_host: Host,
        flag: int = 0,
        sys_flag: int = 0,
        reconsume_times: int = 0,
        prepared_transaction_offset: int = 0,
        raw_properties: str | None = None,
    ) -> None:
        self.topic = topic
        self.queue_id = queue_id
        self.body = body
        self.properties = properties
        self.born_timestamp = born_timestamp
        self.born_host = born_host
        self.flag = flag
        self.sys_flag = sys_flag
        self.reconsume_times = reconsume_times
        self.prepared_transaction_offset = prepared_transaction_offset
        self.raw_properties = raw_properties

    @classmethod
    def copy_of(cls, stored: StoredMessage) -> NewMessage:
        """Return a message like one that is stored."""
        message = stored.view()
        return cls(
            message.topic,
            message.queue_id,
            message.raw_body,
            dict(stored.properties),
            born_timestamp=message.born_timestamp,
            born_host=message.born_host,
            flag=message.flag,
            sys_flag=message.sys_flag,
            reconsume_times=message.reconsume_times,
            prepared_transaction_offset=message.prepared_transaction_offset,
        )

    def properties_text(self, *, ends_in_separator: bool) -> str:
        """Return the properties as they are stored."""
        if self.raw_properties is not None:
            return self.raw_properties
        text = encode_properties(self.properties)
        return text if ends_in_separator else text.removesuffix(VALUE_END)


class StoredMessage:
    """A message in the store; never changes.

    Attributes:
        physical_offset: Where its record starts in the commit log, in bytes.
        queue_offset: Its position in its queue.
        record: The record.
        tags_code: Hash of its tag, by which subscriptions are compared; in the schedule topic the time of delivery.
        store_timestamp: When it was stored, in milliseconds since 1970.
        properties: Names to values; shared, not to be changed.
    """

    __slots__ = (
        "physical_offset",
        "properties",
        "queue_id",
        "queue_offset",
        "record",
        "store_timestamp",
        "tags_code",
        "topic",
    )

    def __init__(
        self,
        topic: str,
        queue_id: int,
        queue_offset: int,
        physical_offset: int,
        record: bytes,
        tags_code: int,
        store_timestamp: int,
        properties: dict[str, str],
    ) -> None:
        self.topic = topic
        self.queue_id = queue_id
        self.queue_offset = queue_offset
        self.physical_offset = physical_offset
        self.record = record
        self.tags_code = tags_code
        self.store_timestamp = store_timestamp
        self.properties = properties

    def view(self) -> MessageExt:
        """Return the record, taken apart."""
        return decode_messages(self.record, check_crc=False)[0]

    def view_as(self, topic: str, properties: str, queue_id: int | None = None) -> MessageExt:
        """Return the record, taken apart, as one of another topic, with the text of other properties."""
        record = record_of(self.view(), topic=topic, properties=properties, queue_id=queue_id)
        return decode_messages(record, check_crc=False)[0]
