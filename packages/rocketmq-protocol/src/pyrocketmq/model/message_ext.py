"""Messages as brokers store and return them.

A stored message is a record of fixed binary fields, the body, the topic and the properties. `MessageExt` is a view of
one record: it knows where these are, and reads them when somebody asks for them.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from struct import error as StructError  # noqa: N812  # its own name, `error`, says nothing here
from typing import TYPE_CHECKING, Any, ClassVar, Final
from zlib import crc32

from pyrocketmq.model.batch import record_spans
from pyrocketmq.model.compression import COMPRESSED, MAX_DECOMPRESSED_SIZE, Compression, decompress
from pyrocketmq.model.errors import ChecksumError, ProtocolError
from pyrocketmq.model.frame import bytes_of
from pyrocketmq.model.message_id import Host, pack_host, unpack_host
from pyrocketmq.model.properties import PropertyName, decode_properties, split_keys
from pyrocketmq.model.sys_flag import MessageSysFlag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import SupportsIndex

MAGIC_V1: Final = 0xDAA320A7
"""Magic number of ordinary records: the topic's length takes one byte."""

MAGIC_V2: Final = 0xDAA320AB
"""Magic number of records (5.1 and later) whose topic may exceed 127 bytes: its length takes two."""

_MAX_TOPIC_SIZE_V1: Final = 127
_MAX_SHORT: Final = 0x7FFF
_CRC_MASK: Final = 0x7FFFFFFF

# Names of this module are found faster than attributes of a class.
_TAGS: Final = PropertyName.TAGS
_KEYS: Final = PropertyName.KEYS
_UNIQ_KEY: Final = PropertyName.UNIQ_KEY

_BORN_HOST_V6: Final = int(MessageSysFlag.BORN_HOST_V6)
_STORE_HOST_V6: Final = int(MessageSysFlag.STORE_HOST_V6)
_HOSTS_V6: Final = _BORN_HOST_V6 | _STORE_HOST_V6
_INNER_BATCH: Final = int(MessageSysFlag.NEED_UNWRAP | MessageSysFlag.INNER_BATCH)


def _layout(born_host: int, store_host: int) -> Struct:
    return Struct(f">IIIiiqqiq{born_host}sq{store_host}siqI")


_FIXED_BY_HOSTS: Final = {
    0: _layout(8, 8),
    _BORN_HOST_V6: _layout(20, 8),
    _STORE_HOST_V6: _layout(8, 20),
    _HOSTS_V6: _layout(20, 20),
}
_OUTLINE_BY_HOSTS: Final = {
    hosts: Struct(f">III24xi{layout.size - 44}xI") for hosts, layout in _FIXED_BY_HOSTS.items()
}  # Of the same fields those without which nothing else is found: the first three, the system flag, the body's size.
_FIXED_SIZE: Final = _FIXED_BY_HOSTS[0].size
_unpack_outline: Final = _OUTLINE_BY_HOSTS[0].unpack_from
_HEAD: Final = Struct(">II28xi")  # size, magic, and after what lies between the system flag
_BYTE: Final = Struct(">B")
_SHORT: Final = Struct(">H")
_pack_short: Final = _SHORT.pack
_pack_long: Final = Struct(">q").pack


class MessageExt:
    """A message as a broker returned it. Made by `decode_messages`.

    Bytes of a topic or of properties that are not UTF-8 come out as U+FFFD, as they do in other clients.

    Attributes:
        store_size: Size of the whole record in bytes.
        body_crc: CRC-32 of the body as stored, its highest bit cleared.
        queue_id: The queue's number within topic and broker.
        flag: The application's own number.
        queue_offset: Position in the queue, counted in messages.
        commit_log_offset: Position in the broker's commit log, in bytes.
        sys_flag: Bits of `MessageSysFlag`, as stored.
        born_timestamp: When the producer made the message, in milliseconds since the epoch by the producer's clock.
        store_timestamp: When the broker stored the message, in milliseconds since the epoch by the broker's clock.
        reconsume_times: How often consumers have sent the message back, or popped and not acknowledged it.
        prepared_transaction_offset: Commit log position of the half message of a committed transaction, otherwise 0.
        receipt_handle: How to acknowledge the message where it was popped, `None` otherwise.
    """

    __slots__ = (
        "_at",
        "_body",
        "_body_at",
        "_body_end",
        "_born_host",
        "_data",
        "_properties",
        "_properties_at",
        "_store_host",
        "_topic",
        "_topic_at",
        "body_crc",
        "born_timestamp",
        "commit_log_offset",
        "flag",
        "prepared_transaction_offset",
        "queue_id",
        "queue_offset",
        "receipt_handle",
        "reconsume_times",
        "store_size",
        "store_timestamp",
        "sys_flag",
    )

    max_body_size: ClassVar[int] = MAX_DECOMPRESSED_SIZE
    """Limit in bytes for a decompressed body. May be set to another value, for the whole process."""

    store_size: int
    body_crc: int
    queue_id: int
    flag: int
    queue_offset: int
    commit_log_offset: int
    sys_flag: int
    born_timestamp: int
    store_timestamp: int
    reconsume_times: int
    prepared_transaction_offset: int
    receipt_handle: str | None
    _born_host: bytes
    _store_host: bytes
    # Holds the record, from `_at` on; of a message from an inner batch nothing but the properties.
    _data: bytes | bytearray
    _at: int
    _body_at: int
    _body_end: int
    _topic_at: int
    _properties_at: int
    _topic: str | None
    _properties: dict[str, str] | None
    _body: bytes | None

    @property
    def topic(self) -> str:
        """The topic; may be set, as where a namespace is taken off."""
        topic = self._topic
        if topic is None:
            topic = self._topic = self._data[self._topic_at : self._properties_at - 2].decode("utf-8", "replace")
        return topic

    @topic.setter
    def topic(self, topic: str) -> None:
        self._topic = topic

    @property
    def body(self) -> bytes:
        """The body, decompressed.

        Raises:
            ProtocolError: it does not decompress, or to more than `max_body_size`.
            MissingCodecError: it is compressed in a way whose extra is not installed.
        """
        # A copy out of the record is as cheap as it is to find one that was kept, which would hold the body twice.
        if not self.sys_flag & COMPRESSED:
            return bytes_of(self._data, self._body_at, self._body_end)
        body = self._body
        if body is None:
            body = decompress(self.raw_body, Compression.of_compressed(self.sys_flag), self.max_body_size)
            self._body = body
        return body

    @property
    def raw_body(self) -> bytes:
        """The body as stored, still compressed if it is."""
        return bytes_of(self._data, self._body_at, self._body_end)

    @property
    def properties(self) -> dict[str, str]:
        """The properties, names to values; always the same dictionary."""
        properties = self._properties
        if properties is None:
            text = self._data[self._properties_at : self._at + self.store_size].decode("utf-8", "replace")
            properties = self._properties = decode_properties(text)
        return properties

    @property
    def raw_properties(self) -> str:
        """The text of the properties as stored."""
        return self._data[self._properties_at : self._at + self.store_size].decode("utf-8", "replace")

    @property
    def born_host(self) -> Host:
        """Address and port that the message was sent from."""
        return unpack_host(self._born_host)

    @property
    def store_host(self) -> Host:
        """Address and port of the storing broker, as it advertises itself."""
        return unpack_host(self._store_host)

    @property
    def tags(self) -> str | None:
        """The tag, if there is one."""
        return self.properties.get(_TAGS)

    @property
    def keys(self) -> list[str]:
        """The keys under which the message can be queried."""
        return split_keys(self.properties.get(_KEYS, ""))

    @property
    def msg_id(self) -> str:
        """The unique id that the producer gave; the offset id where it gave none."""
        return self.properties.get(_UNIQ_KEY) or self.offset_msg_id

    @property
    def offset_msg_id(self) -> str:
        """The broker's id of the message: its address and the commit log position."""
        return (self._store_host + _pack_long(self.commit_log_offset)).hex().upper()

    @property
    def record(self) -> bytes:
        """The whole record as stored; of a message from an inner batch, the record that it would have by itself."""
        if self._topic_at:
            return bytes_of(self._data, self._at, self._at + self.store_size)
        return record_of(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MessageExt):
            return NotImplemented
        return self.record == other.record

    def __hash__(self) -> int:
        return hash((self._store_host, self.commit_log_offset))

    def __repr__(self) -> str:
        return (
            f"MessageExt(topic={self.topic!r}, queue_id={self.queue_id}, queue_offset={self.queue_offset}, "
            f"msg_id={self.msg_id!r}, body={self._body_end - self._body_at} bytes)"
        )


class _Unread(MessageExt):
    """A message of whose fixed fields none has been read yet; with the first that is, it becomes a `MessageExt`.

    Who reads bodies and properties needs none of them, and unpacking them would cost as much as finding those.
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:  # as `object` has it
        _unpack(self)
        return self.__reduce_ex__(protocol)


def _unpack(message: Any) -> None:  # no checker knows the names that `_unpack_late` gives to the slots
    """Read the fixed fields of an unread message. Several threads may do so at once."""
    (
        _,
        _,
        message._slot_of_body_crc,
        message._slot_of_queue_id,
        message._slot_of_flag,
        message._slot_of_queue_offset,
        message._slot_of_commit_log_offset,
        _,
        message._slot_of_born_timestamp,
        message._slot_of__born_host,
        message._slot_of_store_timestamp,
        message._slot_of__store_host,
        message._slot_of_reconsume_times,
        message._slot_of_prepared_transaction_offset,
        _,
    ) = _FIXED_BY_HOSTS[message.sys_flag & _HOSTS_V6].unpack_from(message._data, message._at)
    message.__class__ = MessageExt  # last: nobody may find a slot empty


def _unpack_late(*names: str) -> None:
    """Cover slots of unread messages by properties that unpack all of them first."""

    def covering(name: str) -> property:
        def read(message: _Unread) -> object:
            _unpack(message)
            return getattr(message, name)

        def write(message: _Unread, value: object) -> None:
            _unpack(message)
            setattr(message, name, value)

        return property(read, write)

    for name in names:
        # On both classes, since a message may change its own while another thread unpacks it.
        setattr(MessageExt, f"_slot_of_{name}", vars(MessageExt)[name])
        setattr(_Unread, name, covering(name))


_unpack_late(
    "body_crc",
    "queue_id",
    "flag",
    "queue_offset",
    "commit_log_offset",
    "born_timestamp",
    "_born_host",
    "store_timestamp",
    "_store_host",
    "reconsume_times",
    "prepared_transaction_offset",
)


def decode_messages(data: bytes | bytearray, start: int = 0, *, check_crc: bool = True) -> list[MessageExt]:
    """Decode stored messages that follow one another without separators.

    Inner batches (5.x) are taken apart: each message gets its own offset and shares hosts, times and topic.

    Args:
        data: The body of a pull, pop, peek, query or view answer, or of a push; or the frame that ends with it. The
            messages read it when they are read, so that one that is a `bytearray` must not be changed any more.
        start: Where in `data` the first message begins.
        check_crc: Compare each body with its checksum.

    Raises:
        ProtocolError: a record breaks off or contradicts itself; `offset` is where, counted from `start`.
        ChecksumError: a body does not match its checksum.
    """
    # The loop runs for every message that is pulled; where a record is not sound, `_refusal_of` finds out why.
    messages: list[MessageExt] = []
    view = memoryview(data)
    at, limit = start, len(data)
    while at < limit:
        message = _Unread()
        try:
            size, magic, body_crc, sys_flag, body_size = _unpack_outline(data, at)
            body_at = at + _FIXED_SIZE
            if sys_flag & _HOSTS_V6:
                outline = _OUTLINE_BY_HOSTS[sys_flag & _HOSTS_V6]
                size, magic, body_crc, sys_flag, body_size = outline.unpack_from(data, at)
                body_at = at + outline.size
            body_end: int = body_at + body_size
            if magic == MAGIC_V1:
                topic_at, topic_limit = body_end + 1, _MAX_TOPIC_SIZE_V1
                topic_size: int = data[body_end]
            else:
                topic_at, topic_limit = body_end + 2, _MAX_SHORT if magic == MAGIC_V2 else -1
                topic_size = _SHORT.unpack_from(data, body_end)[0]
            properties_at = topic_at + topic_size + 2
            properties_size = data[properties_at - 2] << 8 | data[properties_at - 1]
        except (StructError, IndexError) as error:
            raise _refusal_of(bytes_of(data, start, limit), at - start) from error
        end: int = at + size
        if (
            topic_size > topic_limit
            or properties_size > _MAX_SHORT
            or properties_at + properties_size != end
            or end > limit
        ):
            raise _refusal_of(bytes_of(data, start, limit), at - start)
        if check_crc and crc32(view[body_at:body_end]) & _CRC_MASK != body_crc:
            raise ChecksumError("the checksum of a stored message does not match its body", offset=at + 8 - start)
        message.store_size = size
        message.sys_flag = sys_flag
        message._data = data
        message._at = at
        message._body_at = body_at
        message._body_end = body_end
        message._topic_at = topic_at
        message._properties_at = properties_at
        message._topic = message._properties = message._body = message.receipt_handle = None
        if sys_flag & _INNER_BATCH == _INNER_BATCH:
            messages += _unwrap(message, body_at - start)
        else:
            messages.append(message)
        at = end
    return messages


def _refusal_of(data: bytes, at: int) -> ProtocolError:
    """Say what is wrong with the record at a position, which is not sound."""
    rest = len(data) - at
    if rest < _HEAD.size:
        return ProtocolError(f"a stored message breaks off after {rest} bytes", offset=len(data))
    size, magic, sys_flag = _HEAD.unpack_from(data, at)
    if magic not in (MAGIC_V1, MAGIC_V2):
        return ProtocolError(f"no stored message: magic number {magic:08X}", offset=at + 4)
    if size > rest:
        return ProtocolError(f"a stored message of {size} bytes breaks off after {rest}", offset=len(data))
    fixed_size = _FIXED_BY_HOSTS[sys_flag & _HOSTS_V6].size
    width, topic_limit = (1, _MAX_TOPIC_SIZE_V1) if magic == MAGIC_V1 else (2, _MAX_SHORT)
    return _length_refusal(data[at : at + size], at, fixed_size, width, topic_limit)


def _length_refusal(record: bytes, at: int, fixed_size: int, width: int, topic_limit: int) -> ProtocolError:
    """Say which length inside a record does not fit."""
    rest = len(record) - fixed_size - width - _SHORT.size
    if rest < 0:
        return ProtocolError(f"a stored message of {len(record)} bytes has no room for its fields", offset=at)
    body_size = int.from_bytes(record[fixed_size - 4 : fixed_size], "big")
    topic_size_at = fixed_size + body_size
    if body_size > rest:
        return ProtocolError(f"a body of {body_size} bytes exceeds its record", offset=at + fixed_size - 4)
    topic_size = int.from_bytes(record[topic_size_at : topic_size_at + width], "big")
    if topic_size > min(topic_limit, rest - body_size):
        return ProtocolError(f"a topic of {topic_size} bytes exceeds its record", offset=at + topic_size_at)
    start = topic_size_at + width + topic_size
    size = int.from_bytes(record[start : start + _SHORT.size], "big")
    reason = f"properties of {size} bytes where their record has {rest - body_size - topic_size}"
    return ProtocolError(reason, offset=at + start)


def _unwrap(batch: MessageExt, body_at: int) -> Iterator[MessageExt]:
    """Take an inner batch apart, whose body lies at a position of what is decoded."""
    if batch.sys_flag & COMPRESSED:
        # Nobody compresses batches, and unpacking one here would let a small answer ask for any amount of memory.
        raise ProtocolError("an inner batch is compressed", offset=body_at)
    data = batch.raw_body
    try:
        spans = list(record_spans(data))
    except ProtocolError as error:
        raise ProtocolError(f"inner batch: {error.reason}", offset=body_at + (error.offset or 0)) from error
    for index, span in enumerate(spans):
        message = MessageExt()
        message.store_size = span.end - span.start
        message.body_crc = crc32(data[span.body_start : span.body_end]) & _CRC_MASK
        message.queue_id = batch.queue_id
        message.flag = span.flag
        message.queue_offset = batch.queue_offset + index
        message.commit_log_offset = batch.commit_log_offset
        message.sys_flag = batch.sys_flag & ~_INNER_BATCH
        message.born_timestamp = batch.born_timestamp
        message._born_host = batch._born_host
        message.store_timestamp = batch.store_timestamp
        message._store_host = batch._store_host
        message.reconsume_times = batch.reconsume_times
        message.prepared_transaction_offset = batch.prepared_transaction_offset
        message._data = data
        message._at = span.start
        message._body_at = span.body_start
        message._body_end = span.body_end
        message._topic_at = 0
        message._properties_at = span.properties_start
        message._topic = batch.topic
        message._properties = message._body = message.receipt_handle = None
        yield message


def encode_message(
    *,
    topic: str,
    body: bytes,
    properties: str = "",
    queue_id: int = 0,
    queue_offset: int = 0,
    commit_log_offset: int = 0,
    sys_flag: int = 0,
    flag: int = 0,
    born_timestamp: int = 0,
    born_host: Host = ("127.0.0.1", 0),
    store_timestamp: int = 0,
    store_host: Host = ("127.0.0.1", 0),
    reconsume_times: int = 0,
    prepared_transaction_offset: int = 0,
) -> bytes:
    """Return the record in which a broker would store a message.

    The checksum is computed, the host bits of the system flag follow from the hosts, and a topic of more than 127
    bytes makes a record of the second form.

    Args:
        topic: The topic.
        body: The body as stored, that is compressed if `sys_flag` says so.
        properties: Their text, see `encode_properties`.
        queue_id: The queue's number.
        queue_offset: Position in the queue, in messages.
        commit_log_offset: Position in the commit log, in bytes.
        sys_flag: Bits of `MessageSysFlag`.
        flag: The application's own number.
        born_timestamp: Milliseconds since the epoch.
        born_host: The producer's IP address and port.
        store_timestamp: Milliseconds since the epoch.
        store_host: The broker's IP address and port.
        reconsume_times: How often the message was sent back.
        prepared_transaction_offset: Commit log position of the half message, if there was one.

    Raises:
        ProtocolError: a value does not fit its field.
    """
    born, store = pack_host(born_host), pack_host(store_host)
    hosts = (_BORN_HOST_V6 if len(born) == 20 else 0) | (_STORE_HOST_V6 if len(store) == 20 else 0)
    layout = _FIXED_BY_HOSTS[hosts]
    try:
        magic, name = _topic_field(topic)
        text = properties.encode()
        size = len(text)
        if size > _MAX_SHORT:
            raise ProtocolError(f"properties of {size} bytes do not fit a record")
        fixed = layout.pack(
            layout.size + len(body) + len(name) + 2 + size,
            magic,
            crc32(body) & _CRC_MASK,
            queue_id,
            flag,
            queue_offset,
            commit_log_offset,
            sys_flag & ~_HOSTS_V6 | hosts,
            born_timestamp,
            born,
            store_timestamp,
            store,
            reconsume_times,
            prepared_transaction_offset,
            len(body),
        )
    except (StructError, UnicodeEncodeError) as error:
        raise ProtocolError(f"message for topic {topic!r} does not fit a record: {error}") from error
    return b"".join((fixed, body, name, _pack_short(size), text))


# A broker stores for few topics, again and again.
@lru_cache(maxsize=1024)
def _topic_field(topic: str) -> tuple[int, bytes]:
    """Return a topic as a record holds it, with its length, and the magic number of such records."""
    name = topic.encode()
    size = len(name)
    if size <= _MAX_TOPIC_SIZE_V1:
        return MAGIC_V1, _BYTE.pack(size) + name
    if size > _MAX_SHORT:
        raise ProtocolError(f"a topic of {size} bytes does not fit a record")
    return MAGIC_V2, _pack_short(size) + name


def record_of(
    message: MessageExt, *, topic: str | None = None, properties: str | None = None, queue_id: int | None = None
) -> bytes:
    """Return the record of a message anew, made of its attributes.

    Args:
        message: The message.
        topic: Another topic for it.
        properties: The text of other properties, see `encode_properties`.
        queue_id: The number of another queue.

    Raises:
        ProtocolError: a value does not fit its field.
    """
    return encode_message(
        topic=message.topic if topic is None else topic,
        body=message.raw_body,
        properties=message.raw_properties if properties is None else properties,
        queue_id=message.queue_id if queue_id is None else queue_id,
        queue_offset=message.queue_offset,
        commit_log_offset=message.commit_log_offset,
        sys_flag=message.sys_flag,
        flag=message.flag,
        born_timestamp=message.born_timestamp,
        born_host=message.born_host,
        store_timestamp=message.store_timestamp,
        store_host=message.store_host,
        reconsume_times=message.reconsume_times,
        prepared_transaction_offset=message.prepared_transaction_offset,
    )
