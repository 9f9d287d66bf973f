"""Writing answers as Java servers do."""

from __future__ import annotations

import json
from functools import cache
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration.kind import SCOPE
from pyrocketmq.model.declaration.record import define
from pyrocketmq.model.enums import CommandFlag, LanguageCode, SerializeType
from pyrocketmq.model.frame import frame_of
from pyrocketmq.testkit.refusal import Refusal, Relayed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.model.declaration.header import Reply

_RESPONSE: Final = CommandFlag.RESPONSE.value
_ONEWAY: Final = CommandFlag.ONEWAY.value
_JSON: Final = SerializeType.JSON

_write_sorted: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def answer_frame(outcome: Reply | Refusal | Relayed, opaque: int, version: int, serialize_type: SerializeType) -> bytes:
    """Return the frame that answers a request.

    Args:
        outcome: What is answered.
        opaque: The request's opaque.
        version: The server's version number.
        serialize_type: Encoding of the header. JSON is written the way servers write it: keys sorted, no blanks.
    """
    body = b""
    fields: dict[str, str] | None = None
    if isinstance(outcome, Refusal):
        fields = outcome.fields
    elif isinstance(outcome, Relayed):
        body = outcome.body
    else:
        body = outcome.encode_body()
        if serialize_type is _JSON and outcome.received_fields is None:
            text = _writer_of(type(outcome))(outcome)
            return _json_frame(outcome.code, outcome.remark, text, body, opaque, version, _RESPONSE)
        fields = _fields_of(outcome)
    if serialize_type is _JSON:
        return _json_frame(outcome.code, outcome.remark, _member_of(fields), body, opaque, version, _RESPONSE)
    return RemotingCommand(
        outcome.code,
        language=LanguageCode.JAVA,
        version=version,
        opaque=opaque,
        flag=_RESPONSE,
        remark=outcome.remark,
        ext_fields=fields,
        body=body,
        serialize_type=serialize_type,
    ).encode()


def request_frame(code: int, fields: dict[str, str], body: bytes, opaque: int, version: int, *, oneway: bool) -> bytes:
    """Return the frame of a server's own request to a client."""
    return _json_frame(code, None, _member_of(fields), body, opaque, version, _ONEWAY if oneway else 0)


def _json_frame(code: int, remark: str | None, fields: str, body: bytes, opaque: int, version: int, flag: int) -> bytes:
    """Return a frame whose header has its members in the order of their names.

    Args:
        code: Request or response code.
        remark: Free text.
        fields: The member with the header fields and the comma behind it, or nothing.
        body: The body.
        opaque: The request's id.
        version: The server's version number.
        flag: Bits of `CommandFlag`.
    """
    said = "" if remark is None else f'"remark":{encode_basestring(remark)},'
    header = (
        f'{{"code":{int(code)},{fields}"flag":{flag},"language":"JAVA","opaque":{opaque},{said}'
        f'"serializeTypeCurrentRPC":"JSON","version":{version}}}'
    )
    return frame_of(header.encode(), body, 0)


def _member_of(fields: dict[str, str] | None) -> str:
    return "" if fields is None else f'"extFields":{_write_sorted(fields)},'


def _fields_of(reply: Reply) -> dict[str, str] | None:
    """Return the header fields; an answer that could have some carries the object even where none has a value."""
    rows = reply.wires()
    if not rows and reply.received_fields is None:
        return None
    values = ((row, getattr(reply, row.name)) for row in rows)
    fields = {row.wire_name: row.kind.dump(value) for row, value in values if value is not None}
    return fields if reply.received_fields is None else fields | reply.extra_fields


@cache
def _writer_of(cls: type[Reply]) -> Callable[[Reply], str]:
    """Generate `_member_of(_fields_of(reply))` for one class, since servers write an answer for every message.

    A test holds the two to each other.
    """
    rows = sorted(cls.wires(), key=lambda row: row.wire_name)
    if not rows:
        return lambda reply: ""
    lines: list[str] = []
    for row in rows:
        value = f"reply.{row.name}"
        text = row.kind.dump_source.replace("VALUE", value)
        lines.append(f"""
    if {value} is not None: text += f'"{row.wire_name}":{text},'""")
    source = f"""
def member(reply):
    text = '"extFields":{{'{"".join(lines)}
    return text.removesuffix(',') + '}},'
"""
    return define(cls, source, {**SCOPE, "quote": encode_basestring})
