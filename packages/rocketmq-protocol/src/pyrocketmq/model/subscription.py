"""Subscriptions: which messages of a topic a group wants."""

from __future__ import annotations

from typing import Final

ALL: Final = "*"
"""The expression that takes every message."""

TAG: Final = "TAG"
SQL92: Final = "SQL92"

_JAVA_BLANKS: Final = "".join(map(chr, range(0x21)))
"""What Java trims from a text; Python would keep control characters and take other blanks, such as U+3000."""


def tag_hash(tag: str) -> int:
    """Return the hash by which brokers compare tags, a signed 32-bit number.

    It is Java's: 31 times the hash so far plus the next UTF-16 code unit. Brokers compare nothing else, so a client
    has to compare the tag itself again.

    Example:
        >>> tag_hash("TagA")
        2598919
    """
    value = 0
    units = tag.encode("utf-16-be", "surrogatepass")
    for index in range(0, len(units), 2):
        value = (31 * value + (units[index] << 8 | units[index + 1])) & 0xFFFFFFFF
    return value - 0x100000000 if value & 0x80000000 else value


def parse_tags(expression: str | None) -> list[str]:
    """Return the tags of an expression such as `a || b`, each once; none where it takes all messages.

    Example:
        >>> parse_tags("a || b")
        ['a', 'b']
        >>> parse_tags("*")
        []
    """
    if not expression or expression == ALL:
        return []
    return list(dict.fromkeys([tag for part in expression.split("||") if (tag := part.strip(_JAVA_BLANKS))]))
