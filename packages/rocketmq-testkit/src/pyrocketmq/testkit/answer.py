"""Writing answers as Java servers do."""

from __future__ import annotations

import json
from functools import cache
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration.header import Reply
from pyrocketmq.model.declaration.kind import SCOPE
from pyrocketmq.model.declaration.record import define
from pyrocketmq.model.enums import CommandFlag, LanguageCode, SerializeType
from pyrocketmq.model.frame import frame_of
from pyrocketmq.testkit.refusal import Refusal, Relayed

if TYPE_CHECKING:
    from collections.abc import Callable

_RESPONSE: Final = CommandFlag.RESPONSE.value
_ONEWAY: Final = CommandFlag.ONEWAY.value
_JSON: Final = SerializeType.JSON

# A header and its parts, which serve both ways of writing one.
_HEADER: Final = (
    '{{"code":{code},{fields}"flag":{flag},"language":"JAVA","opaque":{opaque},{remark}'
    '"serializeTypeCurrentRPC":"JSON","version":{version}}}'
)
_FIELDS: Final = '"extFields":{},'
_REMARK: Final = '"remark":{},'

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
    if serialize_type is _JSON and isinstance(outcome, Reply) and outcome.received_fields is None:
        return _writer_of(type(outcome))(outcome, opaque, version)
    if isinstance(outcome, Refusal):
        fields = outcome.fields
    elif isinstance(outcome, Relayed):
        body = outcome.body
    else:
        body = outcome.encode_body()
        fields = _fields_of(outcome)
    if serialize_type is _JSON:
        return _json_frame(outcome.code, outcome.remark, fields, body, opaque, version, _RESPONSE)
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
    return _json_frame(code, None, fields, body, opaque, version, _ONEWAY if oneway else 0)


def _json_frame(
    code: int,
    remark: str | None,
    fields: dict[str, str] | None,
    body: bytes,
    opaque: int,
    version: int,
    flag: int,
) -> bytes:
    """Return a frame whose header has its members in the order of their names.

    Args:
        code: Request or response code.
        remark: Free text.
        fields: The header fields; `None` for a header without the member that holds them.
        body: The body.
        opaque: The request's id.
        version: The server's version number.
        flag: Bits of `CommandFlag`.
    """
    header = _HEADER.format(
        code=int(code),
        fields="" if fields is None else _FIELDS.format(_write_sorted(fields)),
        flag=flag,
        opaque=opaque,
        remark="" if remark is None else _REMARK.format(encode_basestring(remark)),
        version=version,
    )
    return frame_of(header.encode(), body, 0)


def _fields_of(reply: Reply) -> dict[str, str] | None:
    """Return the header fields; an answer that could have some carries the object even where none has a value."""
    rows = reply.wires()
    if not rows and reply.received_fields is None:
        return None
    values = ((row, getattr(reply, row.name)) for row in rows)
    fields = {row.wire_name: row.kind.dump(value) for row, value in values if value is not None}
    return fields if reply.received_fields is None else fields | reply.extra_fields


@cache
def _writer_of(cls: type[Reply]) -> Callable[[Reply, int, int], bytes]:
    """Generate what writes answers of one class plainly, since servers write an answer for every message.

    It does what `_json_frame` does with what `_fields_of` and `encode_body` return; a test holds the two to each other.
    """
    scope = {**SCOPE, "quote": encode_basestring, "frame_of": frame_of}
    lines: list[str] = []
    members: list[str] = []
    for index, row in enumerate(sorted(cls.wires(), key=lambda row: row.wire_name)):
        lines.append(f"v{index} = reply.{row.name}")
        text = f',"{row.wire_name}":{row.kind.dump_source.replace("VALUE", f"v{index}")}'
        if not row.required:
            lines.append(f"m{index} = '' if v{index} is None else f'{text}'")
            text = f"{{m{index}}}"
        members.append(text)
    fields = ""
    if members:
        lines.append(f"members = f'{''.join(members)}'")
        fields = _FIELDS.format("{{{members[1:]}}}")
    lines.append(f"remark = '' if reply.remark is None else '{_REMARK}'.format(quote(reply.remark))")
    holes = {"code": "{int(reply.code)}", "opaque": "{opaque}", "remark": "{remark}", "version": "{version}"}
    header = _HEADER.format(flag=_RESPONSE, fields=fields, **holes)
    body = "b''" if cls.body_field() is None else "reply.encode_body()"
    written = "\n    ".join(lines)
    source = f"""
def frame(reply, opaque, version):
    {written}
    return frame_of(f'{{{header}}}'.encode(), {body}, 0)
"""
    return define(cls, source, scope)
