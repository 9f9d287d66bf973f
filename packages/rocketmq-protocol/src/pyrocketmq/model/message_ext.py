"""Messages as brokers store and return them.

A stored message is a record of fixed binary fields, the body, the topic and the properties. `MessageExt` is a view of
one record: the fixed fields are unpacked once, everything else when somebody asks for it.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError  # noqa: N812  # its own name, `error`, says nothing here
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from pyrocketmq.model.batch import decode_batch
from pyrocketmq.model.compression import Compression, decompress
from pyrocketmq.model.errors import ChecksumError, ProtocolError
from pyrocketmq.model.message_id import Host, pack_host, unpack_host
from pyrocketmq.model.properties import PropertyName, decode_properties
from pyrocketmq.model.sys_flag import COMPRESSION_MASK, MessageSysFlag

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC_V1: Final = 0xDAA320A7
"""Magic number of ordinary records: the topic's length takes one byte."""

MAGIC_V2: Final = 0xDAA320AB
"""Magic number of records (5.1 and later) whose topic may exceed 127 bytes: its length takes two."""

MAX_TOPIC_SIZE_V1: Final = 127


def _record_struct(born_host: int, store_host: int) -> Struct:
    return Struct(f">IIIiiqqiq{born_host}sq{store_host}siqi")


_FIXED = Struct(_record_struct(8, 8).format)
_FIXED_BY_HOSTS: Final = {
    0: _FIXED,
    int(MessageSysFlag.BORN_HOST_V6): _record_struct(20, 8),
    int(MessageSysFlag.STORE_HOST_V6): _record_struct(8, 20),
    int(MessageSysFlag.BORN_HOST_V6 | MessageSysFlag.STORE_HOST_V6): _record_struct(20, 20),
}
_HOSTS_V6: Final = int(MessageSysFlag.BORN_HOST_V6 | MessageSysFlag.STORE_HOST_V6)
_INNER_BATCH: Final = int(MessageSysFlag.NEED_UNWRAP | MessageSysFlag.INNER_BATCH)
_SHORT = Struct(">h")


class MessageExt:
    """A message as a broker returned it. Made by `decode_messages`.

    Attributes:
        receipt_handle: How to acknowledge the message where it was popped, `None` otherwise.
    """

    __slots__ = ("_at", "_body", "_body_at", "_data", "_fixed", "_properties", "_topic_at", "receipt_handle")

    def __init__(self, data: bytes, at: int, fixed: tuple[Any, ...], body_at: int, topic_at: int) -> None:
        self._data = data
        self._at = at
        self._fixed = fixed
        self._body_at = body_at
        self._topic_at = topic_at
        self._body: bytes | None = None
        self._properties: dict[str, str] | None = None
        self.receipt_handle: str | None = None

    @property
    def store_size(self) -> int:
        """Size of the whole record in bytes."""
        return int(self._fixed[0])

    @property
    def body_crc(self) -> int:
        """CRC-32 of the body as stored, its highest bit cleared."""
        return int(self._fixed[2])

    @property
    def queue_id(self) -> int:
        """The queue's number within topic and broker."""
        return int(self._fixed[3])

    @property
    def flag(self) -> int:
        """The application's own number."""
        return int(self._fixed[4])

    @property
    def queue_offset(self) -> int:
        """Position in the queue, counted in messages."""
        return int(self._fixed[5])

    @property
    def commit_log_offset(self) -> int:
        """Position in the broker's commit log, in bytes."""
        return int(self._fixed[6])

    @property
    def sys_flag(self) -> int:
        """Bits of `MessageSysFlag`, as stored."""
        return int(self._fixed[7])

    @property
    def born_timestamp(self) -> int:
        """When the producer made the message, in milliseconds since the epoch by the producer's clock."""
        return int(self._fixed[8])

    @property
    def born_host(self) -> Host:
        """Address and port that the message was sent from."""
        return unpack_host(self._fixed[9])

    @property
    def store_timestamp(self) -> int:
        """When the broker stored the message, in milliseconds since the epoch by the broker's clock."""
        return int(self._fixed[10])

    @property
    def store_host(self) -> Host:
        """Address and port of the storing broker, as it advertises itself."""
        return unpack_host(self._fixed[11])

    @property
    def reconsume_times(self) -> int:
        """How often consumers have sent the message back."""
        return int(self._fixed[12])

    @property
    def prepared_transaction_offset(self) -> int:
        """Commit log position of the half message of a committed transaction, otherwise 0."""
        return int(self._fixed[13])

    @property
    def raw_body(self) -> bytes:
        """The body as stored, still compressed if it is."""
        return self._data[self._body_at : self._body_at + self._fixed[14]]

    @property
    def body(self) -> bytes:
        """The body, decompressed.

        Raises:
            ProtocolError: it does not decompress.
            MissingCodecError: it is compressed in a way whose extra is not installed.
        """
        if self._body is None:
            raw = self.raw_body
            compression = Compression.of(self._fixed[7])
            self._body = raw if compression is None else decompress(raw, compression)
        return self._body

    @property
    def topic(self) -> str:
        """The topic."""
        start = self._topic_at
        width = 1 if self._fixed[1] == MAGIC_V1 else 2
        length = int.from_bytes(self._data[start : start + width], "big")
        return self._text(start + width, start + width + length)

    @property
    def properties(self) -> dict[str, str]:
        """The properties, names to values; always the same dictionary."""
        if self._properties is None:
            self._properties = decode_properties(self.raw_properties)
        return self._properties

    @property
    def raw_properties(self) -> str:
        """The text of the properties as stored."""
        width = 1 if self._fixed[1] == MAGIC_V1 else 2
        length = int.from_bytes(self._data[self._topic_at : self._topic_at + width], "big")
        return self._text(self._topic_at + width + length + 2, self._at + self._fixed[0])

    @property
    def tags(self) -> str | None:
        """The tag, if there is one."""
        return self.properties.get(PropertyName.TAGS)

    @property
    def keys(self) -> list[str]:
        """The keys under which the message can be queried."""
        return self.properties.get(PropertyName.KEYS, "").split()

    @property
    def msg_id(self) -> str:
        """The unique id that the producer gave; the offset id where it gave none."""
        return self.properties.get(PropertyName.UNIQ_KEY) or self.offset_msg_id

    @property
    def offset_msg_id(self) -> str:
        """The broker's id of the message: its address and the commit log position."""
        data: bytes = self._fixed[11]
        return (data.hex() + self._fixed[6].to_bytes(8, "big", signed=True).hex()).upper()

    @property
    def record(self) -> bytes:
        """The whole record as stored."""
        return self._data[self._at : self._at + self._fixed[0]]

    def _text(self, start: int, end: int) -> str:
        try:
            return self._data[start:end].decode()
        except UnicodeDecodeError as error:
            raise ProtocolError("topic or properties are not UTF-8", offset=start + error.start) from error

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MessageExt):
            return NotImplemented
        return self.record == other.record

    def __hash__(self) -> int:
        return hash((self._fixed[11], self._fixed[6]))

    def __repr__(self) -> str:
        return (
            f"MessageExt(topic={self.topic!r}, queue_id={self.queue_id}, queue_offset={self.queue_offset}, "
            f"msg_id={self.msg_id!r}, body={self._fixed[14]} bytes)"
        )


def decode_messages(data: bytes, *, check_crc: bool = True) -> list[MessageExt]:
    """Decode stored messages that follow one another without separators.

    Inner batches (5.x) are taken apart: each message gets its own offset and shares hosts, times and topic.

    Args:
        data: The body of a pull, pop, peek, query or view answer, or of a push.
        check_crc: Compare each body with its checksum.

    Raises:
        ProtocolError: a record breaks off or contradicts itself.
        ChecksumError: a body does not match its checksum.
    """
    messages: list[MessageExt] = []
    view = memoryview(data)
    unpack_from = _FIXED.unpack_from
    size = _FIXED.size
    at, end = 0, len(data)
    while at < end:
        try:
            fixed = unpack_from(data, at)
            body_at = at + size
            if fixed[7] & _HOSTS_V6:
                layout = _FIXED_BY_HOSTS[fixed[7] & _HOSTS_V6]
                fixed = layout.unpack_from(data, at)
                body_at = at + layout.size
            topic_at = body_at + fixed[14]
            if fixed[1] == MAGIC_V1:
                properties_at = topic_at + 1 + data[topic_at]
            elif fixed[1] == MAGIC_V2:
                properties_at = topic_at + 2 + _SHORT.unpack_from(data, topic_at)[0]
            else:
                raise ProtocolError(f"no stored message: magic number {fixed[1]:08X}", offset=at + 4)
            next_at = at + fixed[0]
            if (
                next_at > end
                or not body_at <= topic_at < properties_at
                or properties_at + 2 + (data[properties_at] << 8 | data[properties_at + 1]) != next_at
            ):
                raise ProtocolError(f"lengths in a record of {fixed[0]} bytes contradict each other", offset=at)
        except (StructError, IndexError) as error:
            raise ProtocolError("a stored message breaks off", offset=at) from error
        if check_crc and crc32(view[body_at:topic_at]) & 0x7FFFFFFF != fixed[2]:
            raise ChecksumError("the checksum of a stored message does not match its body", offset=at + 8)
        message = MessageExt(data, at, fixed, body_at, topic_at)
        if fixed[7] & _INNER_BATCH == _INNER_BATCH:
            messages += _unwrap(message)
        else:
            messages.append(message)
        at = next_at
    return messages


def _unwrap(batch: MessageExt) -> Iterator[MessageExt]:
    """Take an inner batch apart."""
    for index, record in enumerate(decode_batch(batch.body)):
        yield from decode_messages(
            encode_message(
                topic=batch.topic,
                body=record.body,
                properties=record.properties,
                queue_id=batch.queue_id,
                queue_offset=batch.queue_offset + index,
                commit_log_offset=batch.commit_log_offset,
                sys_flag=batch.sys_flag & ~(_INNER_BATCH | COMPRESSION_MASK | MessageSysFlag.COMPRESSED),
                flag=record.flag,
                born_timestamp=batch.born_timestamp,
                born_host=batch.born_host,
                store_timestamp=batch.store_timestamp,
                store_host=batch.store_host,
                reconsume_times=batch.reconsume_times,
                prepared_transaction_offset=batch.prepared_transaction_offset,
            ),
            check_crc=False,
        )


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
    name, text = topic.encode(), properties.encode()
    born, store = pack_host(born_host), pack_host(store_host)
    hosts = (MessageSysFlag.BORN_HOST_V6 if len(born) == 20 else 0) | (
        MessageSysFlag.STORE_HOST_V6 if len(store) == 20 else 0
    )
    layout = _FIXED_BY_HOSTS[int(hosts)]
    magic, width = (MAGIC_V1, 1) if len(name) <= MAX_TOPIC_SIZE_V1 else (MAGIC_V2, 2)
    total = layout.size + len(body) + width + len(name) + 2 + len(text)
    try:
        fixed = layout.pack(
            total,
            magic,
            crc32(body) & 0x7FFFFFFF,
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
        return b"".join((fixed, body, len(name).to_bytes(width, "big"), name, _SHORT.pack(len(text)), text))
    except (StructError, OverflowError) as error:
        raise ProtocolError(f"message for topic {topic!r} does not fit a record: {error}") from error
