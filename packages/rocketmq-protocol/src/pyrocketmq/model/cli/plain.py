"""Values of the protocol as plain ones: texts, numbers, lists, and dictionaries with texts as keys."""

from __future__ import annotations

from math import isfinite
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pyrocketmq.model.batch import BatchRecord, decode_batch
from pyrocketmq.model.compression import Compression, decompress
from pyrocketmq.model.declaration import JsonBody, Record
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import ObjectKey
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.model.message_ext import MessageExt
from pyrocketmq.model.names import TRACE_TOPIC
from pyrocketmq.model.properties import decode_properties
from pyrocketmq.model.trace import decode_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyrocketmq.model.message_id import Host

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


def plain(value: Any) -> Plain:  # whatever a declaration can hold
    """Return a value in plain form; a map with objects as keys becomes a list of pairs."""
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(value)
    return [plain(item) for item in value]


def plain_bytes(data: bytes) -> dict[str, Plain]:
    """Return bytes as text where they are readable, otherwise in hexadecimal."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if text and all(character.isprintable() or character in "\t\r\n" for character in text):
        return {"size": len(data), "text": text}
    return {"size": len(data), "hex": data.hex()}


def plain_sent(topic: str, body: bytes, sys_flag: int, *, is_batch: bool) -> Plain:
    """Return the body of a message that is sent: decompressed, and batches and traces taken apart.

    Raises:
        ProtocolError: it does not decompress, or is no batch.
    """
    if is_batch:
        return [_plain_batched(record) for record in decode_batch(body)]
    compression = Compression.of(sys_flag)
    if compression is not None:
        body = decompress(body, compression)
    return _plain_content(topic, body)


def _plain_content(topic: str, body: bytes) -> Plain:
    if topic != TRACE_TOPIC:
        return plain_bytes(body)
    try:
        contexts = decode_trace(body)
    except ProtocolError:
        return plain_bytes(body)
    return [{"type": type(context).__name__, **_plain_members(context._asdict())} for context in contexts]


def _plain_batched(record: BatchRecord) -> Plain:
    return {
        "flag": record.flag,
        "properties": _plain_members(decode_properties(record.properties)),
        "body": plain_bytes(record.body),
    }


def _plain_message(message: MessageExt) -> dict[str, Plain]:
    described: dict[str, Plain] = {
        "topic": message.topic,
        "queue_id": message.queue_id,
        "queue_offset": message.queue_offset,
        "msg_id": message.msg_id,
        "offset_msg_id": message.offset_msg_id,
        "commit_log_offset": message.commit_log_offset,
        "sys_flag": message.sys_flag,
        "flag": message.flag,
        "born_timestamp": message.born_timestamp,
        "born_host": _plain_host(message.born_host),
        "store_timestamp": message.store_timestamp,
        "store_host": _plain_host(message.store_host),
        "store_size": message.store_size,
        "reconsume_times": message.reconsume_times,
        "prepared_transaction_offset": message.prepared_transaction_offset,
        "body_crc": message.body_crc,
        "properties": _plain_members(message.properties),
    }
    try:
        described["body"] = _plain_content(message.topic, message.body)
    except ProtocolError as error:
        described["body_error"] = str(error)
        described["raw_body"] = plain_bytes(message.raw_body)
    return described


def _plain_record(record: Record) -> dict[str, Plain]:
    members = {field.name: getattr(record, field.name) for field in record.FIELDS}
    present = _plain_members({name: value for name, value in members.items() if value is not None})
    if isinstance(record, JsonBody):
        present |= _plain_members(record.extra_members)
    return present


def _plain_map(members: Mapping[Any, Any]) -> Plain:
    if all(isinstance(key, str | int) for key in members):
        return _plain_members(members)
    return [{"key": plain(key), "value": plain(value)} for key, value in members.items()]


def _plain_members(members: Mapping[Any, Any]) -> dict[str, Plain]:
    return {str(key): plain(value) for key, value in members.items()}


def _plain_host(host: Host) -> str:
    address, port = host
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _plain_float(value: float) -> Plain:
    return value if isfinite(value) else str(value)  # JSON knows no others


_CONVERSIONS: Final[tuple[tuple[type, Callable[[Any], Plain]], ...]] = (
    (NoneType, lambda _: None),
    (bool, bool),
    (str, str),
    (int, int),
    (float, _plain_float),
    (bytes, plain_bytes),
    (MessageExt, _plain_message),
    (Record, _plain_record),
    (MessageQueue, lambda queue: _plain_members(queue._asdict())),
    (ObjectKey, lambda key: _plain_members(dict(key))),
    (dict, _plain_map),
)
