"""Batches: several messages in the body of one send.

They share what the request's header says, above all topic and queue; the broker stores each as a message of its own,
at consecutive offsets.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError  # noqa: N812  # its own name, `error`, says nothing here
from typing import TYPE_CHECKING, NamedTuple

from pyrocketmq.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_HEAD = Struct(">iiiii")  # total size, magic, body CRC, flag, body length; magic and CRC are zero here
_SHORT = Struct(">h")
RECORD_OVERHEAD = _HEAD.size + _SHORT.size
"""Bytes that a record takes beside body and properties."""


class BatchRecord(NamedTuple):
    """One message inside a batch.

    Attributes:
        body: The body, never compressed.
        flag: The application's own number.
        properties: Their text, see `encode_properties`.
    """

    body: bytes
    flag: int = 0
    properties: str = ""


def encode_batch(records: Iterable[BatchRecord]) -> bytes:
    """Return the body of a batch send.

    Raises:
        ProtocolError: the properties of a message exceed 32767 bytes.
    """
    parts: list[bytes] = []
    for body, flag, properties in records:
        text = properties.encode()
        try:
            parts += (
                _HEAD.pack(RECORD_OVERHEAD + len(body) + len(text), 0, 0, flag, len(body)),
                body,
                _SHORT.pack(len(text)),
                text,
            )
        except StructError as error:
            raise ProtocolError(f"a message does not fit a batch record: {error}") from error
    return b"".join(parts)


def decode_batch(data: bytes) -> list[BatchRecord]:
    """Return the messages of a batch.

    Raises:
        ProtocolError: a record breaks off or contradicts itself.
    """
    records: list[BatchRecord] = []
    at = 0
    while at < len(data):
        try:
            total, _, _, flag, length = _HEAD.unpack_from(data, at)
            body_at = at + _HEAD.size
            (properties_length,) = _SHORT.unpack_from(data, body_at + length) if length >= 0 else (-1,)
        except StructError as error:
            raise ProtocolError("a batch record breaks off", offset=at) from error
        properties_at = body_at + length + _SHORT.size
        end = properties_at + properties_length
        if length < 0 or properties_length < 0 or end != at + total or end > len(data):
            raise ProtocolError(f"lengths in a batch record of {total} bytes contradict each other", offset=at)
        try:
            properties = data[properties_at:end].decode()
        except UnicodeDecodeError as error:
            raise ProtocolError("properties in a batch are not UTF-8", offset=properties_at + error.start) from error
        records.append(BatchRecord(data[body_at : body_at + length], flag, properties))
        at = end
    return records


def is_batch(data: bytes) -> bool:
    """Whether bytes are a well-formed batch of at least one message."""
    try:
        return bool(decode_batch(data))
    except ProtocolError:
        return False


def split_batch(records: Iterable[BatchRecord], max_size: int = 4 * 1024 * 1024) -> Iterator[list[BatchRecord]]:
    """Divide messages into batches that a broker accepts, in order.

    Args:
        records: The messages; consumed as far as batches are asked for.
        max_size: Limit for the encoded batch in bytes; the broker's `maxMessageSize`.

    Raises:
        ProtocolError: a single message exceeds the limit.
    """
    batch: list[BatchRecord] = []
    size = 0
    for record in records:
        added = RECORD_OVERHEAD + len(record.body) + len(record.properties.encode())
        if added > max_size:
            raise ProtocolError(f"a message takes {added} bytes of a batch, the limit is {max_size}")
        if size + added > max_size:
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += added
    if batch:
        yield batch
