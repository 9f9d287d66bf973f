"""Writes, for one declaration, the functions that run for every message.

Both are a plain translation of the declaration's table into straight code: one f-string with a hole per field, and one
assignment per field. Nothing is decided here that the table walk in `header` does not decide the same way.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any

from pyrocketmq.model.declaration.kind import SCOPE
from pyrocketmq.model.declaration.record import define
from pyrocketmq.model.enums import CLIENT_VERSION, LanguageCode
from pyrocketmq.model.errors import FrameTooLargeError
from pyrocketmq.model.frame import MAX_FRAME_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyrocketmq.model.declaration.header import Header, Request, Wire

_PREFIX = Struct(">II").pack


def encoder_of(cls: type[Request[Any]]) -> Callable[..., bytes]:
    """Generate `Request.to_frame` of one class."""
    scope: dict[str, Any] = {}
    lines = ["if self.received_fields is not None: return self.to_command(opaque, flag).encode()"]
    rows = cls.wires()
    fields = "".join([_member(row) for row in rows if row.required])
    defaulted = [row for row in rows if row.default is not None and not row.required]
    if defaulted:
        # Most requests leave all of them as they are; then they are one constant, found by identity.
        for index, row in enumerate(defaulted):
            scope[f"default{index}"] = row.default
        scope["constant"] = "".join([f',"{row.wire_name}":"{row.kind.dump(row.default)}"' for row in defaulted])
        unchanged = " and ".join([f"self.{row.name} is default{index}" for index, row in enumerate(defaulted)])
        written = "".join([_member(row) for row in defaulted])
        lines.append(f"common = constant if {unchanged} else f'{written}'")
        fields += "{common}"
    fields += _nullable_members(rows, lines)
    if fields.startswith(","):
        fields = fields[1:]
    elif fields:  # no required field: drop the comma that every optional one brings
        lines.append(f"fields = f'{fields}'[1:]")
        fields = "{fields}"
    return _encoder(cls, scope, lines, f'{{{{{start_of(cls)},"extFields":{{{{{fields}')


def prepared_encoder_of(cls: type[Request[Any]], varying: Sequence[Wire]) -> Callable[..., bytes]:
    """Generate `Request.to_frame` of a class whose other fields `self.common.head` has written already."""
    lines: list[str] = []
    fields = "".join([_member(row) for row in varying if row.default is not None])
    fields += _nullable_members(varying, lines)
    return _encoder(cls, {}, lines, f"{{self.common.head}}{fields}")


def start_of(cls: type[Request[Any]]) -> str:
    """Return the members that stand first in the JSON header of a request."""
    return f'"code":{int(cls.CODE)},"language":"{LanguageCode.PYTHON.name}","version":{CLIENT_VERSION}'


def _member(row: Wire, value: str | None = None) -> str:
    """Return the part of an f-string that writes a field, with a comma before it."""
    return f',"{row.wire_name}":{row.kind.dump_source.replace("VALUE", value or f"self.{row.name}")}'


def _nullable_members(rows: Sequence[Wire], lines: list[str]) -> str:
    """Return the part that writes the fields that may be left out; adds the lines that it stands on."""
    nullable = [row for row in rows if row.default is None]
    if not nullable:
        return ""
    lines.append("rest = ''")
    lines += [f"if (v := self.{row.name}) is not None: rest += f'{_member(row, 'v')}'" for row in nullable]
    return "{rest}"


def _encoder(cls: type[Request[Any]], scope: dict[str, Any], lines: list[str], header: str) -> Callable[..., bytes]:
    scope = {**SCOPE, "prefix": _PREFIX, "join": b"".join, "refuse": _refuse, "no_flags": ',"flag":0}', **scope}
    field = cls.body_field()
    body = "b''"
    if field is not None and field.codec is not None:
        scope["encode_body"] = field.codec.encode
        body = f"b'' if (v := self.{field.name}) is None else " + ("v" if field.codec.is_raw else "encode_body(v)")
    assignments = "\n        ".join(lines) or "pass"
    source = f"""
def to_frame(self, opaque, flag=0):
    try:
        {assignments}
        flags = no_flags if not flag else f',"flag":{{flag}}}}}}'
        header = f'{header}}}}},"opaque":{{opaque}}{{flags}}'.encode()
    except TypeError:
        self.to_fields()
        raise
    body = {body}
    size = len(header)
    total = size + len(body) + 4
    if total > {MAX_FRAME_SIZE - 4}:
        refuse(total)
    return join((prefix(total, size), header, body))
"""
    return define(cls, source, scope)


def decoder_of(cls: type[Header]) -> Callable[..., Any]:
    """Generate `Header.from_command` of one class.

    It takes fields for what servers write; where one is not, as a null, the table walk reads them all or says what is
    wrong.
    """
    scope: dict[str, Any] = {**SCOPE, "new": object.__new__, "cls": cls, "nothing": {}}
    lines: list[str] = []
    for index, row in enumerate(cls.wires()):
        loaded = row.kind.load_source.replace("VALUE", "v")
        lines.append(f"v = fields['{row.wire_name}']; self.{row.name} = {loaded}")
        if not row.required:
            scope[f"default{index}"] = row.default
            lines[-1:] = [f"if '{row.wire_name}' in fields: {lines[-1]}", f"else: self.{row.name} = default{index}"]
    after = [f"self.{field.name} = command.{field.name}" for field in cls.FIELDS if field.in_command]
    field = cls.body_field()
    if field is not None and field.codec is not None:
        scope["decode_body"] = field.codec.decode_in_place or field.codec.decode
        value = "command.body" if field.codec.is_raw else "decode_body(command.body)"
        if field.codec.decode_in_place is not None:
            value = "decode_body(*command.body_in_place())"
        elif not field.required:
            scope["empty_body"] = field.make_default
            value += " if command.body else empty_body()"
        after.append(f"self.{field.name} = {value}")
    assignments = "\n        ".join(lines) or "pass"
    source = f"""
def from_command(command):
    fields = command.ext_fields or nothing
    self = new(cls)
    self.received_fields = fields
    try:
        {assignments}
    except (KeyError, ValueError, TypeError, OverflowError):
        for name, value in cls.values_of(fields).items():
            setattr(self, name, value)
    {"; ".join(after) or "pass"}
    return self
"""
    return define(cls, source, scope)


def _refuse(total: int) -> None:
    raise FrameTooLargeError(total + 4, MAX_FRAME_SIZE)
