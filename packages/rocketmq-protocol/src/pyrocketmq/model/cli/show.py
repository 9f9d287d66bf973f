"""The two forms of output: lines for readers, and a JSON object for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.enums import LanguageCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.model.cli.describe import Description
    from pyrocketmq.model.cli.plain import Plain

_LONGEST_TEXT: Final = 200
_STEP: Final = "  "


def json_line(description: Description, source: str, start: int) -> str:
    """Return a frame as a JSON object in one line.

    Args:
        description: The frame.
        source: Where it comes from.
        start: Position of its first byte there.
    """
    command = description.command
    members: dict[str, Plain] = {
        "source": source,
        "start": start,
        "kind": description.kind,
        "code": command.code,
        "name": description.name,
        "request": description.request,
        "opaque": command.opaque,
        "flag": command.flag,
        "language": _language_of(description),
        "version": command.version,
        "serialize_type": command.serialize_type.name,
        "remark": command.remark,
        "fields": {row.name: row.value for row in description.fields},
        "body": description.body,
        "problem": None if description.problem is None else str(description.problem),
    }
    return json.dumps(members)


def readable_lines(description: Description, source: str, start: int) -> Iterator[str]:
    """Return a frame as lines; arguments as in `json_line`.

    Texts stand in quotes, with escapes for what a terminal could take as a command.
    """
    command = description.command
    body_size = len(command.body)
    kind = "one-way request" if description.kind == "oneway" else description.kind
    if command.is_response:
        kind += f" to {description.request or 'an unknown request'}:"
    size = 8 + description.header_size + body_size
    yield f"{source}, byte {start}: {kind} {description.name or 'unknown'} ({command.code}), opaque {command.opaque}"
    yield (
        f"{_STEP}{size} bytes: {command.serialize_type.name} header of {description.header_size}, body of {body_size}; "
        f"language {_language_of(description)}, version {command.version}, flag {command.flag}"
    )
    if command.remark is not None:
        yield f"{_STEP}remark: {_scalar(command.remark)}"
    for row in description.fields:
        yield from lines_of(f"{_printable(row.name)} ({_origin(row.name, row.wire_name, row.type)})", row.value, _STEP)
    if body_size:
        yield from lines_of("body", description.body, _STEP)
    if description.problem is not None:
        yield f"{_STEP}problem: {description.problem}"


def _origin(name: str, wire_name: str, declared_type: str | None) -> str:
    if declared_type is None:
        return "not declared"
    return declared_type if name == wire_name else f"{wire_name}, {declared_type}"


def _language_of(description: Description) -> str | int:
    language = description.command.language
    return language.name if isinstance(language, LanguageCode) else language


def lines_of(name: str, value: Plain, indent: str) -> Iterator[str]:
    """Return a named value as lines, what is in it deeper than the name.

    Args:
        name: The name.
        value: The value.
        indent: What stands before each line.
    """
    if isinstance(value, dict) and value:
        yield f"{indent}{name}:"
        for key, member in value.items():
            yield from lines_of(_printable(key), member, indent + _STEP)
    elif isinstance(value, list) and value:
        yield f"{indent}{name}:"
        for index, item in enumerate(value):
            yield from lines_of(f"[{index}]", item, indent + _STEP)
    else:
        yield f"{indent}{name}: {_scalar(value)}"


def _printable(name: str) -> str:
    return name if name.isprintable() else repr(name)


def _scalar(value: Plain) -> str:
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return f"{value[:_LONGEST_TEXT]!r}... ({len(value)} characters)"
    return repr(value) if isinstance(value, str) else json.dumps(value)
