"""From what an application hands over to what goes on the wire: checks, properties, ids, compression, batches."""

from __future__ import annotations

from functools import lru_cache
from time import time
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypedDict, TypeVar

from pyrocketmq.logging import get_logger
from pyrocketmq.model.batch import RECORD_OVERHEAD, decode_batch, encode_batch
from pyrocketmq.model.compression import compress
from pyrocketmq.model.declaration import Preparation
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.message import Message, MessageQueue, message_properties
from pyrocketmq.model.names import check_group, check_topic
from pyrocketmq.model.properties import (
    MAX_PROPERTIES_SIZE,
    NAME_END,
    VALUE_END,
    PropertyName,
    decode_properties,
    encode_properties,
)
from pyrocketmq.model.requests import SendBatchMessage, SendMessageV2, SendReplyMessageV2
from pyrocketmq.model.sys_flag import MessageSysFlag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.model.declaration import Request

_log = get_logger("pyrocketmq.broker")

SendT = TypeVar("SendT", SendMessageV2, SendReplyMessageV2, SendBatchMessage)

_PREPARATIONS: Final[dict[type[Request[Any]], Preparation[Any]]] = {
    kind: Preparation(kind, "queue_id", "born_timestamp", "properties", "body")
    for kind in (SendMessageV2, SendReplyMessageV2, SendBatchMessage)
}  # `Any`: a type cannot say that what is made is of the class that it is found by

BatchBody: TypeAlias = "bytes | Sequence[bytes | Message]"
"""What a batch send takes: messages, or a batch that is encoded already."""

_UNIQUE_ID_START = f"{PropertyName.UNIQ_KEY}{NAME_END}"
_UNIQUE_ID_SIZE = 70
# Bytes that a unique id adds to a record at most: its name, two separators, 56 digits, rounded up.


class SendOptions(TypedDict, total=False):
    """What a send may say about its message, beside the properties.

    Attributes:
        tags: The tag that consumers can filter by.
        keys: Keys under which the message can be queried.
        delay_level: Deliver later, by the broker's table of levels: 1 (1 s) to 18 (2 h) by default.
        deliver_at: Deliver at this time (5.x): a time with a zone, or milliseconds since the epoch.
        deliver_after: Deliver after so many seconds (5.x), at most three days by default.
        sharding_key: Key of messages whose order matters to each other.
        flag: A number of the application, stored and returned untouched.
        sys_flag: Bits of `MessageSysFlag`; for a body that is compressed already, say.
        born_timestamp: When the message was made, in milliseconds since the epoch; by default now. For messages that
            come from elsewhere and keep their time.
        default_topic: Where the broker makes topics by itself: the topic whose settings the new one takes over, by
            default `TBW102`. Without such a topic there will be none.
        default_topic_queue_nums: How many queues a topic gets that the broker makes so, by default 4; the default
            topic's number is the limit.
        unit_mode: Whether a topic that the broker makes so belongs to a deployment in units.
        reconsume_times: How often the message was consumed already; for those who put it into a retry topic
            themselves, where `send_message_back` is not possible.
        max_reconsume_times: Tries before the dead letter topic; of a message for a retry topic.
    """

    tags: str | None
    keys: str | Iterable[str]
    delay_level: int | None
    deliver_at: datetime | int | None
    deliver_after: float | None
    sharding_key: str | None
    flag: int
    sys_flag: int
    born_timestamp: int
    default_topic: str
    default_topic_queue_nums: int
    unit_mode: bool
    reconsume_times: int
    max_reconsume_times: int


Outgoing: TypeAlias = tuple[str, SendT]
"""A message or a batch, ready to be sent: its unique id (of a batch all of them, joined by commas), and the request."""


def outgoing_message(
    kind: type[SendT],
    context: ClientContext,
    producer_group: str,
    body: bytes,
    mq: MessageQueue,
    properties: Mapping[str, str] | None,
    options: SendOptions,
) -> Outgoing[SendT]:
    """Prepare one message.

    Args:
        kind: The request that is to send it.
        context: The client's settings.
        producer_group: The producer's group.
        body: The body.
        mq: Where it goes.
        properties: Its properties.
        options: Its options.

    Raises:
        ValueError: the broker would not take it.
        TypeError: the body is no bytes, or an option is unknown.
    """
    if options:
        properties = _option_properties(properties, options)
    flag, sys_flag = (options.get("flag", 0), options.get("sys_flag", 0)) if options else (0, 0)
    body = _checked_body(body, context.max_message_size)
    unique_id, text = _identified(properties, context)
    above = context.compress_above
    if above is not None and len(body) >= above and not sys_flag & MessageSysFlag.COMPRESSED:
        body = compress(body, context.compression)
        sys_flag |= context.compression.sys_flag
    return unique_id, _request_of(kind, producer_group, mq, body, text, flag, sys_flag, options)


def _identified(properties: Mapping[str, str] | None, context: ClientContext) -> tuple[str, str]:
    """Return the unique id of a message, and the text of its properties with it."""
    if not properties:
        unique_id = context.unique_ids.create()
        return unique_id, f"{_UNIQUE_ID_START}{unique_id}{VALUE_END}"
    text = encode_properties(properties)
    given = properties.get(PropertyName.UNIQ_KEY)
    if given is not None:
        return given, _checked_text(text)
    unique_id = context.unique_ids.create()
    return unique_id, _checked_text(f"{text}{_UNIQUE_ID_START}{unique_id}{VALUE_END}")


def outgoing_batch(
    context: ClientContext,
    producer_group: str,
    body: BatchBody,
    mq: MessageQueue,
    properties: Mapping[str, str] | None,
    options: SendOptions,
) -> Outgoing[SendBatchMessage]:
    """Prepare a batch.

    Args:
        context: The client's settings.
        producer_group: The producer's group.
        body: The messages, or a batch that is encoded already; other bytes become a batch of one message.
        mq: Where all of them go.
        properties: Further properties of every message.
        options: Options of every message.

    Raises:
        ValueError: the broker would not take it.
        TypeError: an element is neither bytes nor a message.
    """
    if isinstance(body, bytes | bytearray | memoryview):
        data = _checked_body(body, context.max_message_size)
        try:
            given = [decode_properties(record.properties).get("UNIQ_KEY", "") for record in decode_batch(data)]
        except ProtocolError:
            _warn_joined_batch()
            return outgoing_batch(context, producer_group, [data], mq, properties, options)
        return ",".join(filter(None, given)), _request_of(
            SendBatchMessage, producer_group, mq, data, None, 0, 0, options
        )
    flag = options.get("flag", 0)
    shared = _option_properties(properties, options)
    elements = list(body)
    # Most messages have no properties but those of all: their text is made once.
    is_plain = "UNIQ_KEY" not in shared and _NO_BATCH.isdisjoint(shared)
    shared_text = _properties_text({**shared, "UNIQ_KEY": _ANY_UNIQUE_ID})[: -len(_ANY_UNIQUE_ID) - 1]
    ids: list[str] = []
    records: list[tuple[bytes, int, str]] = []
    topic, limit = mq.topic, context.max_message_size
    own: Mapping[str, str]
    for element, unique_id in zip(elements, context.unique_ids.create_many(len(elements)), strict=True):
        if isinstance(element, Message):
            if element.topic != topic:
                raise ValueError(f"a message for topic {element.topic!r} cannot go into a batch for {topic!r}")
            content, own, own_flag = _checked_body(element.body, limit), element.properties, element.flag
        else:
            content, own, own_flag = _checked_body(element, limit), {}, flag
        if is_plain and not own:
            ids.append(unique_id)
            records.append((content, own_flag, f"{shared_text}{unique_id}{VALUE_END}"))
            continue
        made = {**shared, **own}
        if not _NO_BATCH.isdisjoint(made):
            raise ValueError("brokers do not delay messages of a batch: send them one at a time")
        ids.append(made.setdefault("UNIQ_KEY", unique_id))
        records.append((content, own_flag, _properties_text(made)))
    if not records:
        raise ValueError("a batch needs at least one message")
    data = encode_batch(records)
    if len(data) > context.max_message_size:
        raise ValueError(
            f"a batch of {len(data)} bytes exceeds the limit of {context.max_message_size}: "
            "divide it with split_batch()"
        )
    return ",".join(ids), _request_of(SendBatchMessage, producer_group, mq, data, None, 0, 0, options)


_ANY_UNIQUE_ID = "0" * 32
_NO_BATCH = frozenset(("DELAY", "TIMER_DELAY_SEC", "TIMER_DELAY_MS", "TIMER_DELIVER_MS"))


def split_batch(
    messages: Iterable[bytes | Message], max_size: int = 4 * 1024 * 1024
) -> Iterator[list[bytes | Message]]:
    """Divide messages into batches that a broker accepts, in order.

    Args:
        messages: The messages; consumed as far as batches are asked for.
        max_size: Limit for a batch in bytes; the broker's `maxMessageSize`, 4 MiB by default.

    Raises:
        ValueError: a single message exceeds the limit.

    Example:
        ```python
        for batch in split_batch(messages):
            client.sync_batch_send_message("shop", batch, mq)
        ```
    """
    batch: list[bytes | Message] = []
    size = 0
    for message in messages:
        body, properties = (message.body, message.properties) if isinstance(message, Message) else (message, {})
        added = RECORD_OVERHEAD + _UNIQUE_ID_SIZE + len(body) + len(encode_properties(properties).encode())
        if added > max_size:
            raise ValueError(f"a message takes {added} bytes of a batch, the limit is {max_size}")
        if size + added > max_size:
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += added
    if batch:
        yield batch


def _option_properties(properties: Mapping[str, str] | None, options: SendOptions) -> dict[str, str]:
    unknown = options.keys() - SendOptions.__annotations__.keys()
    if unknown:
        raise TypeError(f"unexpected keyword arguments: {', '.join(sorted(unknown))}")
    return message_properties(
        properties,
        tags=options.get("tags"),
        keys=options.get("keys", ()),
        delay_level=options.get("delay_level"),
        deliver_at=options.get("deliver_at"),
        deliver_after=options.get("deliver_after"),
        sharding_key=options.get("sharding_key"),
    )


_HEADER_OPTIONS = frozenset(
    (
        "born_timestamp",
        "default_topic",
        "default_topic_queue_nums",
        "unit_mode",
        "reconsume_times",
        "max_reconsume_times",
    )
)


def _request_of(
    kind: type[SendT],
    producer_group: str,
    mq: MessageQueue,
    body: bytes,
    properties: str | None,
    flag: int,
    sys_flag: int,
    options: SendOptions,
) -> SendT:
    make = _prepared(kind, producer_group, mq.topic, mq.broker_name)
    request: SendT = make(mq.queue_id, int(time() * 1000), properties, body)
    if options or flag or sys_flag:
        # Those that are fields of the request by the same name.
        changes: dict[str, object] = {name: value for name, value in options.items() if name in _HEADER_OPTIONS}
        if flag:
            changes["flag"] = flag
        if sys_flag:
            changes["sys_flag"] = sys_flag
        if changes:
            changed: SendT = request.replace(**changes)
            return changed
    return request


@lru_cache(maxsize=1024)  # an application sends from a few groups to a few topics, over and over
def _prepared(kind: type[SendT], producer_group: str, topic: str, broker_name: str) -> Callable[..., SendT]:
    """Return what makes sends of a group to a topic, of what a message is made of."""
    check_group(producer_group)
    check_topic(topic)
    return _PREPARATIONS[kind].of(producer_group=producer_group, topic=topic, broker_name=broker_name or None)


def _checked_body(body: object, limit: int) -> bytes:
    if not isinstance(body, bytes):
        if not isinstance(body, bytearray | memoryview):
            raise TypeError(f"body is {type(body).__name__}, expected bytes")
        body = body.tobytes() if isinstance(body, memoryview) else bytes(body)
    if not body:
        raise ValueError("body is empty: brokers store no message without content")
    if len(body) > limit:
        raise ValueError(f"body of {len(body)} bytes exceeds the limit of {limit}")
    return body


def _properties_text(properties: Mapping[str, str]) -> str:
    return _checked_text(encode_properties(properties))


def _checked_text(properties: str) -> str:
    if len(properties) * 4 > MAX_PROPERTIES_SIZE and (size := len(properties.encode())) > MAX_PROPERTIES_SIZE:
        raise ValueError(f"properties of {size} bytes exceed the limit of {MAX_PROPERTIES_SIZE}")
    return properties


_joined_batch_warned = False


def _warn_joined_batch() -> None:
    """Say, once per process, that a batch came as joined payloads."""
    global _joined_batch_warned  # noqa: PLW0603  # once per process is what the flag is for
    if not _joined_batch_warned:
        _joined_batch_warned = True
        _log.warning(
            "a batch was given as bytes that are no encoded batch; it is sent as one message. "
            "Pass a sequence of messages instead of joining their bodies."
        )
