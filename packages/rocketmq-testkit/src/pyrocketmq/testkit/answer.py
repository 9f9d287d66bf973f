"""Writing answers as Java servers do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CommandFlag, LanguageCode, SerializeType
from pyrocketmq.model.frame import frame_of
from pyrocketmq.testkit.refusal import Refusal, Relayed

if TYPE_CHECKING:
    from pyrocketmq.model.declaration.header import Reply

_write_sorted = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def answer_frame(outcome: Reply | Refusal | Relayed, opaque: int, version: int, serialize_type: SerializeType) -> bytes:
    """Return the frame that answers a request.

    Args:
        outcome: What is answered.
        opaque: The request's opaque.
        version: The server's version number.
        serialize_type: Encoding of the header. JSON is written the way servers write it: keys sorted, no blanks.
    """
    if isinstance(outcome, Refusal):
        fields, body = outcome.fields, b""
    elif isinstance(outcome, Relayed):
        fields, body = None, outcome.body
    else:
        fields, body = _fields_of(outcome), outcome.encode_body()
    return _frame(outcome.code, outcome.remark, fields, body, opaque, version, serialize_type, CommandFlag.RESPONSE)


def _fields_of(reply: Reply) -> dict[str, str] | None:
    """Return the header fields; an answer that could have some carries the object even where none has a value."""
    rows = reply.wires()
    if not rows and reply.received_fields is None:
        return None
    values = ((row, getattr(reply, row.name)) for row in rows)
    fields = {row.wire_name: row.kind.dump(value) for row, value in values if value is not None}
    return fields if reply.received_fields is None else fields | reply.extra_fields


def request_frame(code: int, fields: dict[str, str], body: bytes, opaque: int, version: int, *, oneway: bool) -> bytes:
    """Return the frame of a server's own request to a client."""
    flag = CommandFlag.ONEWAY if oneway else CommandFlag(0)
    return _frame(code, None, fields, body, opaque, version, SerializeType.JSON, flag)


def _frame(
    code: int,
    remark: str | None,
    fields: dict[str, str] | None,
    body: bytes,
    opaque: int,
    version: int,
    serialize_type: SerializeType,
    flag: CommandFlag,
) -> bytes:
    if serialize_type is SerializeType.ROCKETMQ:
        return RemotingCommand(
            code,
            language=LanguageCode.JAVA,
            version=version,
            opaque=opaque,
            flag=flag,
            remark=remark,
            ext_fields=fields,
            body=body,
            serialize_type=serialize_type,
        ).encode()
    header: dict[str, Any] = {  # a JSON value
        "code": int(code),
        "flag": int(flag),
        "language": "JAVA",
        "opaque": opaque,
        "serializeTypeCurrentRPC": "JSON",
        "version": version,
    }
    if fields is not None:
        header["extFields"] = fields
    if remark is not None:
        header["remark"] = remark
    return frame_of(_write_sorted(header).encode(), body, SerializeType.JSON)
