"""The types that a header field can have, and how RocketMQ spells them."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

Long: TypeAlias = int
"""A 64-bit integer; plain `int` in a declaration means 32 bits."""


class Kind:
    """One type of header field.

    Attributes:
        name: What the reference page calls it.
        dump: Value to text; raises `TypeError` for a value of another type.
        load: What was received to value; raises `ValueError`, `TypeError` or `OverflowError`.
        dump_source: Part of an f-string that writes value `VALUE` as JSON text.
        load_source: Python expression for the value of what was received, `VALUE`.
    """

    __slots__ = ("dump", "dump_source", "load", "load_source", "name")

    def __init__(
        self, name: str, dump: Callable[[Any], str], load: Callable[[Any], Any], dump_source: str, load_source: str
    ) -> None:
        self.name = name
        self.dump = dump
        self.load = load
        self.dump_source = dump_source
        self.load_source = load_source


def load_text(value: object) -> str:
    """Take a text, or a bare JSON number or boolean as its text; servers do."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise TypeError(f"not a text: {value!r}")


def load_bool(value: object) -> bool:
    """Take "true" in any case as true and everything else as false; servers do."""
    return load_text(value).lower() == "true"


def dump_bool(value: object) -> str:
    """Return the text of a boolean."""
    return "true" if value else "false"


# Formatting anything but a plain int would let a text in an int field inject header fields. `int.__repr__` refuses
# whatever is no int, and writes those of subclasses as numbers; for a plain one it takes twice as long as formatting.
_DUMP_NUMBER: Final = '"{v if (v := VALUE).__class__ is int else number(v)}"'
KINDS: Final = {
    "str": Kind("string", str.__str__, load_text, "{quote(VALUE)}", "VALUE if VALUE.__class__ is str else text(VALUE)"),
    "int": Kind("int", int.__repr__, int, _DUMP_NUMBER, "int(VALUE)"),
    "Long": Kind("long", int.__repr__, int, _DUMP_NUMBER, "int(VALUE)"),
    "bool": Kind(
        "bool",
        dump_bool,
        load_bool,
        '"{true if VALUE else false}"',
        "VALUE == 'true' or VALUE != 'false' and boolean(VALUE)",
    ),
}
"""By the annotation that a declaration writes."""

quote: Final = encode_basestring_ascii
"""Writes a text as JSON; plain ASCII."""

SCOPE: Final[dict[str, object]] = {
    "quote": quote,
    "number": int.__repr__,
    "text": load_text,
    "boolean": load_bool,
    "true": dump_bool(True),
    "false": dump_bool(False),
}
"""The names that the sources use."""
