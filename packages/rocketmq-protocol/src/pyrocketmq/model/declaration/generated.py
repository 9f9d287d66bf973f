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
    from collections.abc import Callable

    from pyrocketmq.model.declaration.header import Header, Request

_PREFIX = Struct(">II").pack


def encoder_of(cls: type[Request[Any]]) -> Callable[..., bytes]:
    """Generate `Request.to_frame` of one class."""
    scope: dict[str, Any] = {**SCOPE, "prefix": _PREFIX, "join": b"".join, "refuse": _refuse}
    lines: list[str] = []
    fields = ""
    nullable = False
    for index, row in enumerate(cls.wires()):
        value = row.kind.dump_source.replace("VALUE", "v")
        if row.required:
            value = row.kind.dump_source.replace("VALUE", f"self.{row.name}")
            fields += f'{"," if fields else ""}"{row.wire_name}":{value}'
        elif row.default is None:
            nullable = True
            lines.append(f"if (v := self.{row.name}) is not None: rest += f',\"{row.wire_name}\":{value}'")
        else:
            # An unchanged default is a constant, compared by identity: most fields of most requests are.
            scope[f"default{index}"] = row.default
            scope[f"constant{index}"] = f',"{row.wire_name}":"{row.kind.dump(row.default)}"'
            written = f"""f',"{row.wire_name}":{value}'"""
            lines.append(f"part{index} = constant{index} if (v := self.{row.name}) is default{index} else {written}")
            fields += f"{{part{index}}}"
    if nullable:
        lines.insert(0, "rest = ''")
        fields += "{rest}"
    if fields.startswith("{"):  # no required field: drop the comma that every optional one brings
        lines.append(f"parts = f'{fields}'[1:]")
        fields = "{parts}"
    field = cls.body_field()
    body = "b''"
    if field is not None and field.codec is not None:
        scope["encode_body"] = field.codec.encode
        body = f"b'' if (v := self.{field.name}) is None else encode_body(v)"
    start = f'"code":{int(cls.CODE)},"language":"{LanguageCode.PYTHON.name}","version":{CLIENT_VERSION}'
    assignments = "\n        ".join(lines) or "pass"
    source = f"""
def to_frame(self, opaque, flag=0):
    if self.received_fields is not None:
        return self.to_command(opaque, flag).encode()
    try:
        {assignments}
        header = f'{{{{{start},"opaque":{{opaque}},"flag":{{flag}},"extFields":{{{{{fields}}}}}}}}}'.encode()
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
    """Generate `Header.from_command` of one class."""
    scope: dict[str, Any] = {**SCOPE, "new": object.__new__, "nothing": {}}
    lines: list[str] = []
    for index, row in enumerate(cls.wires()):
        loaded = row.kind.load_source.replace("VALUE", "v")
        if row.required:
            lines.append(f"v = fields['{row.wire_name}']; self.{row.name} = {loaded}")
        else:
            scope[f"default{index}"] = row.default
            value = f"default{index} if v is None else ({loaded})"
            lines.append(f"v = get('{row.wire_name}'); self.{row.name} = {value}")
    after = [f"self.{field.name} = command.{field.name}" for field in cls.FIELDS if field.in_command]
    field = cls.body_field()
    if field is not None and field.codec is not None:
        scope["decode_body"] = field.codec.decode
        value = "decode_body(command.body)"
        if not field.required:
            scope["empty_body"] = field.make_default
            value += " if command.body else empty_body()"
        after.append(f"self.{field.name} = {value}")
    assignments = "\n        ".join(lines) or "pass"
    source = f"""
def from_command(cls, command):
    fields = command.ext_fields or nothing
    get = fields.get
    self = new(cls)
    self.received_fields = fields
    try:
        {assignments}
    except (KeyError, ValueError, TypeError, OverflowError):
        cls.values_of(fields)
        raise
    {"; ".join(after) or "pass"}
    return self
"""
    return define(cls, source, scope)


def _refuse(total: int) -> None:
    raise FrameTooLargeError(total + 4, MAX_FRAME_SIZE)
