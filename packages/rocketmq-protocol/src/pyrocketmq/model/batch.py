"""Batches: several messages in the body of one send.

They share what the request's header says, above all topic and queue; the broker stores each as a message of its own,
at consecutive offsets.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError  # noqa: N812  # its own name, `error`, says nothing here
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_HEAD: Final = Struct(">iiiii")  # total size, magic, body CRC, flag, body length; magic and CRC are zero here
_SHORT: Final = Struct(">h")
RECORD_OVERHEAD: Final = _HEAD.size + _SHORT.size
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


class RecordSpan(NamedTuple):
    """Where the parts of one message are in a batch; the properties lie between `properties_start` and `end`."""

    start: int
    flag: int
    body_start: int
    body_end: int
    properties_start: int
    end: int


def encode_batch(records: Iterable[tuple[bytes, int, str]]) -> bytes:
    """Return the body of a batch send.

    Args:
        records: The messages, `BatchRecord`s or plain tuples like them.

    Raises:
        ProtocolError: the properties of a message exceed 32767 bytes, or a value does not fit otherwise.
    """
    parts: list[bytes] = []
    for body, flag, properties in records:
        try:
            text = properties.encode()
            parts += (
                _HEAD.pack(RECORD_OVERHEAD + len(body) + len(text), 0, 0, flag, len(body)),
                body,
                _SHORT.pack(len(text)),
                text,
            )
        except (StructError, UnicodeEncodeError) as error:
            raise ProtocolError(f"a message does not fit a batch record: {error}") from error
    return b"".join(parts)


def decode_batch(data: bytes) -> list[BatchRecord]:
    """Return the messages of a batch.

    Raises:
        ProtocolError: a record breaks off or contradicts itself.
    """
    records: list[BatchRecord] = []
    for span in record_spans(data):
        try:
            properties = data[span.properties_start : span.end].decode()
        except UnicodeDecodeError as error:
            at = span.properties_start + error.start
            raise ProtocolError("properties in a batch are not UTF-8", offset=at) from error
        records.append(BatchRecord(data[span.body_start : span.body_end], span.flag, properties))
    return records


def record_spans(data: bytes) -> Iterator[RecordSpan]:
    """Find the messages of a batch. Magic number and checksum are not looked at, as on servers.

    Raises:
        ProtocolError: a record breaks off or contradicts itself.
    """
    start = 0
    while start < len(data):
        try:
            total, _, _, flag, body_size = _HEAD.unpack_from(data, start)
        except StructError as error:
            raise ProtocolError("a batch record breaks off", offset=len(data)) from error
        end = start + total
        if end > len(data):
            raise ProtocolError(f"a batch record of {total} bytes breaks off", offset=len(data))
        body_start = start + _HEAD.size
        body_end = body_start + body_size
        properties_start = body_end + _SHORT.size
        if body_size < 0 or properties_start > end:
            raise ProtocolError(f"a body of {body_size} bytes exceeds its batch record", offset=body_start - 4)
        (properties_size,) = _SHORT.unpack_from(data, body_end)
        if properties_start + properties_size != end or properties_size < 0:
            reason = f"properties of {properties_size} bytes where their batch record has {end - properties_start}"
            raise ProtocolError(reason, offset=body_end)
        yield RecordSpan(start, flag, body_start, body_end, properties_start, end)
        start = end
