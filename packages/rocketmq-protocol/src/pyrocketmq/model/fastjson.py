"""JSON as servers write it, and JSON as they accept it.

Servers write bodies with fastjson, a Java library whose output is JSON but for object keys: integers stand without
quotes (`{0:"127.0.0.1:10911"}`), and a map keyed by queues has whole objects for keys. They accept plain JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, TypeAlias, cast

from pyrocketmq.model.errors import ProtocolError

Scalar: TypeAlias = "str | int | float | bool | None"


class ObjectKey(tuple[tuple[str, Scalar], ...]):
    """An object that stands as a key of another: its members, sorted by name; hashable.

    `dict(key)` gives the members back. In RocketMQ such a key always is a message queue.

    Args:
        members: The members; plain values only.

    Example:
        >>> loads(b'{{"topic":"t","queueId":1}:7}')
        {ObjectKey({'queueId': 1, 'topic': 't'}): 7}
    """

    __slots__ = ()

    def __new__(cls, members: Mapping[str, Scalar]) -> ObjectKey:  # noqa: D102  # see the class
        return super().__new__(cls, sorted(members.items()))

    def __repr__(self) -> str:
        return f"ObjectKey({dict(self)!r})"


JsonKey: TypeAlias = "str | int | ObjectKey"
JsonObject: TypeAlias = "dict[JsonKey, JsonValue]"
JsonValue: TypeAlias = "JsonObject | list[JsonValue] | Scalar"
"""A parsed value."""

MAX_DEPTH: Final = 64
"""Objects and arrays may nest this deep; the deepest body of the protocol has seven levels."""


def loads(data: bytes | bytearray | memoryview) -> JsonValue:
    """Read what a server may have written.

    Beyond JSON, a key may be an integer or an object, and a number may be `NaN`, `Infinity` or `-Infinity`. Of
    members with the same key the last one counts.

    Args:
        data: The text, in UTF-8.

    Returns:
        The value; integer keys as `int`, object keys as `ObjectKey`.

    Raises:
        ProtocolError: the bytes are no such text; `offset` is the byte where it breaks off from the grammar.
    """
    try:
        text = str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError("JSON is not UTF-8", offset=error.start) from error
    try:
        value: JsonValue = _decode(text)
    except (ValueError, RecursionError):
        return _Reader(text).read()
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_too_deep(value):
        return _Reader(text).read()  # says where
    return value


_decode = json.JSONDecoder(strict=False).decode
_decode_at = json.JSONDecoder(strict=False).raw_decode


def _is_too_deep(value: JsonValue) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


_BLANKS = re.compile(r"[ \t\n\r]*")
_INTEGER_KEY = re.compile(r"[-+]?[0-9]+")


class _Reader:
    """Reads one text by recursive descent: a character is looked at once, nesting is bounded."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def read(self) -> JsonValue:
        value = self._value()
        if self._peek():
            raise self._error("text after the end of the value")
        return value

    def _peek(self) -> str:
        """Skip blanks and return the next character, or an empty text at the end."""
        blanks = _BLANKS.match(self._text, self._at)
        if blanks is not None:
            self._at = blanks.end()
        return self._text[self._at : self._at + 1]

    def _take(self, expected: str) -> str:
        """Skip blanks and the next character, which has to be one of those expected."""
        found = self._peek()
        if not found or found not in expected:
            raise self._error(f"expected one of {' '.join(expected)}")
        self._at += 1
        return found

    def _value(self) -> JsonValue:
        start = self._peek()
        if start not in ("{", "["):
            return self._scalar()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nesting deeper than {MAX_DEPTH} levels")
        value: JsonValue = self._object() if start == "{" else self._array()
        self._depth -= 1
        return value

    def _object(self) -> JsonObject:
        members: JsonObject = {}
        self._take("{")
        if self._peek() == "}":
            self._at += 1
            return members
        while True:
            key = self._key()
            self._take(":")
            members[key] = self._value()
            if self._take(",}") == "}":
                return members

    def _array(self) -> list[JsonValue]:
        items: list[JsonValue] = []
        self._take("[")
        if self._peek() == "]":
            self._at += 1
            return items
        while True:
            items.append(self._value())
            if self._take(",]") == "]":
                return items

    def _key(self) -> JsonKey:
        start = self._peek()
        if start == '"':
            return self._name()
        if start == "{":
            return self._object_key()
        integer = _INTEGER_KEY.match(self._text, self._at)
        if integer is None:
            raise self._error("expected a key")
        try:
            key = int(integer[0])
        except ValueError as error:
            raise self._error("a number with too many digits") from error
        self._at = integer.end()
        return key

    def _object_key(self) -> ObjectKey:
        """Read a key object; it holds plain values only."""
        members: dict[str, Scalar] = {}
        self._take("{")
        if self._peek() == "}":
            self._at += 1
            return ObjectKey(members)
        while True:
            name = self._name()
            self._take(":")
            members[name] = self._scalar()
            if self._take(",}") == "}":
                return ObjectKey(members)

    def _name(self) -> str:
        if self._peek() != '"':
            raise self._error("expected a name in quotes")
        return str(self._scalar())

    def _scalar(self) -> Scalar:
        if self._peek() in ("{", "["):
            raise self._error("expected a plain value")
        try:
            value, self._at = _decode_at(self._text, self._at)
        except json.JSONDecodeError as error:
            self._at = error.pos
            raise self._error(error.msg) from error
        except ValueError as error:
            raise self._error("a number with too many digits") from error
        return cast("Scalar", value)

    def _error(self, reason: str) -> ProtocolError:
        return ProtocolError(f"malformed JSON: {reason}", offset=len(self._text[: self._at].encode()))


def dumps_json(value: JsonValue) -> bytes:
    """Write plain JSON, which every server and tool reads.

    Keys are sorted and quoted, characters beyond ASCII escaped: a NameServer writes a strict route so, byte for byte.

    Raises:
        ProtocolError: the value holds something that JSON has no form for, an object as a key above all.
    """
    try:
        return _dump_ascii(_with_text_keys(value)).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"value cannot be written as JSON: {error}") from error


def dumps_fastjson(value: JsonValue) -> bytes:
    """Write what a server writes: integer keys without quotes, objects as keys, keys sorted, text in UTF-8.

    Raises:
        ProtocolError: the value holds something that has no form there.
    """
    try:
        return _text_of(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"value cannot be written as JSON: {error}") from error


_dump_ascii = json.JSONEncoder(sort_keys=True, allow_nan=False, separators=(",", ":")).encode
_dump_scalar = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _with_text_keys(value: JsonValue) -> object:
    """Return the value with integer keys as texts, so that keys can be sorted."""
    if isinstance(value, dict):
        return {_text_key(key): _with_text_keys(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_with_text_keys(item) for item in value]
    return value


def _text_key(key: JsonKey) -> str:
    if isinstance(key, ObjectKey):
        raise TypeError(f"{key!r} is a key")
    return key if isinstance(key, str) else int.__repr__(key)


def _text_of(value: JsonValue) -> str:
    if isinstance(value, dict):
        members = sorted((_rank(key), _text_of_key(key), member) for key, member in value.items())
        return "{" + ",".join([f"{key}:{_text_of(member)}" for _, key, member in members]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_text_of(item) for item in value]) + "]"
    return _dump_scalar(value)


def _rank(key: JsonKey) -> int:
    """Return what keys are sorted by before their text: integers by number, ahead of the others."""
    return key if isinstance(key, int) else 1 << 63


def _text_of_key(key: JsonKey) -> str:
    if isinstance(key, int):
        return int.__repr__(key)
    return _text_of(dict(key)) if isinstance(key, ObjectKey) else _dump_scalar(key)
