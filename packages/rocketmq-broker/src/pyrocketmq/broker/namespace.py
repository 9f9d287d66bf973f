"""Namespaces: the names that an application uses, and those that servers see.

Topics and groups of a namespace bear its name in front (`namespace%orders`). A request is wrapped just before it is
sent, an answer or a push unwrapped as soon as it is read; nothing else in this package knows of namespaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from pyrocketmq.model import MessageExt, MessageQueue
from pyrocketmq.model.declaration.record import Record
from pyrocketmq.model.names import reply_topic, unwrap_namespace, wrap_namespace
from pyrocketmq.model.properties import PropertyName, decode_properties, encode_properties

if TYPE_CHECKING:
    from collections.abc import Callable

RecordT = TypeVar("RecordT", bound=Record)

_NAMES: Final = frozenset(
    (
        "topic",
        "topic_name",
        "origin_topic",
        "default_topic",
        "group",
        "group_name",
        "consumer_group",
        "producer_group",
        "src_group",
        "dest_group",
        "compare_group",
        "topic_list",
        "group_list",
        "filter_groups",
    )
)
"""Fields that hold the name of a topic or group, or several."""

_TABLES_BY_NAME: Final = frozenset(
    (
        "topic_config_table",
        "subscription_group_table",
        "forbidden_table",
        "subscription_table",
        "status_table",
        "timing_count",
        "message_request_mode_map",
        "consume_stats_list",
        "data",
        "offset_table",
    )
)
"""Fields with maps whose text keys are such names, or `topic@group`."""

_REPLY_TOPIC_END: Final = reply_topic("")
# Reply topics belong to clusters.


class Namespace:
    """One namespace (form 1: the name goes in front).

    Args:
        name: Its name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._wrapping = _Renaming(self.wrap, self._wrap_properties)
        self._unwrapping = _Renaming(self.unwrap)

    def wrap(self, name: str) -> str:
        """Return the name that servers know a topic or group by; system names, and wrapped ones, stay as they are."""
        return name if name.endswith(_REPLY_TOPIC_END) else wrap_namespace(self.name, name)

    def unwrap(self, name: str) -> str:
        """Return the name that the application uses for a topic or group."""
        return unwrap_namespace(self.name, name)

    def wrap_all(self, record: RecordT) -> RecordT:
        """Return what servers should see of a request, or of the answer to one of theirs."""
        return self._wrapping.record(record)

    def unwrap_all(self, record: RecordT) -> RecordT:
        """Return what the application should see of an answer, or of a request of the server."""
        return self._unwrapping.record(record)

    def _wrap_properties(self, text: str) -> str:
        """Return the properties of a message that is sent: brokers compare its producer group with that of its end."""
        properties = decode_properties(text)
        if PropertyName.PGROUP in properties:
            properties[PropertyName.PGROUP] = self.wrap(properties[PropertyName.PGROUP])
        properties[PropertyName.INSTANCE_ID] = self.name
        return encode_properties(properties)


def _same(text: str) -> str:
    return text


class _Renaming:
    """Changes the names in records; these stay as they are, but for messages, which nobody else has seen yet.

    Args:
        rename: Changes one name.
        properties: Changes the text of a message's properties.
    """

    def __init__(self, rename: Callable[[str], str], properties: Callable[[str], str] = _same) -> None:
        self._rename = rename
        self._properties = properties

    def record(self, record: RecordT) -> RecordT:
        """Return a record with its names changed."""
        changes = {
            field.name: self._value(field.name, value)
            for field in record.FIELDS
            if (value := getattr(record, field.name)) is not None
        }
        copy: RecordT = record.replace(**changes)
        for name in record.INTERNAL:
            setattr(copy, name, getattr(record, name))
        return copy

    def _value(self, name: str, value: Any) -> Any:  # of any field
        kind: object = value.__class__
        if kind is str:
            return self._text(name, value)
        if kind is list:
            return [self._value(name, item) for item in value]
        if kind is dict and name != "properties":
            return {self._key(name, key): self._value(name, item) for key, item in value.items()}
        if isinstance(value, Record):
            return self.record(value)
        if isinstance(value, MessageExt):
            value.topic = self._rename(value.topic)
            return value
        return self._queue(value)

    def _key(self, name: str, key: Any) -> Any:  # a text, a number or a queue
        return self._names(key) if isinstance(key, str) and name in _TABLES_BY_NAME else self._queue(key)

    def _text(self, name: str, text: str) -> str:
        if name == "properties":
            return self._properties(text)
        return self._names(text) if name in _NAMES else text

    def _queue(self, value: Any) -> Any:  # a queue, or anything that holds no name
        return value._replace(topic=self._rename(value.topic)) if isinstance(value, MessageQueue) else value

    def _names(self, text: str) -> str:
        """Rename one name, or each of several that are joined by a character that names cannot hold."""
        for separator in ";,@":
            if separator in text:
                return separator.join(map(self._rename, text.split(separator)))
        return self._rename(text)
