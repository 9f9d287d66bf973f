"""Tokens of filter expressions."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class SqlError(ValueError):
    """An expression does not compile."""


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: `number`, `string`, `name`, `symbol`, `keyword` or `end`.
        text: The token; keywords in upper case, strings without their quotes.
        position: Where it starts.
    """

    kind: str
    text: str
    position: int


KEYWORDS: Final = frozenset(("NOT", "AND", "OR", "BETWEEN", "IS", "IN", "TRUE", "FALSE", "NULL"))
STRING_KEYWORDS: Final = frozenset(("CONTAINS", "STARTSWITH", "ENDSWITH"))
"""Keywords that 5.x added."""

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<number>(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+[lL]?)
      | '(?P<string>(?:[^']|'')*)'
      | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
      | (?P<symbol><>|>=|<=|[=<>(),+-])
      | (?P<end>$)
    )""",
    re.VERBOSE,
).match


def tokens_of(expression: str, *, has_string_keywords: bool) -> list[Token]:
    """Return the tokens of an expression, an `end` last.

    Raises:
        SqlError: something in it is no token.
    """
    tokens: list[Token] = []
    position = 0
    keywords = KEYWORDS | STRING_KEYWORDS if has_string_keywords else KEYWORDS
    while not tokens or tokens[-1].kind != "end":
        match = _TOKEN(expression, position)
        if match is None or match.lastgroup is None:
            wrong = len(expression) - len(expression[position:].lstrip())
            raise SqlError(f"Lexical error at line 1, column {wrong + 1}.  Encountered: {expression[wrong]!r}")
        kind, text = match.lastgroup, match[match.lastgroup]
        if kind == "string":
            text = text.replace("''", "'")
        elif kind == "name" and text.upper() in keywords:
            kind, text = "keyword", text.upper()
        tokens.append(Token(kind, text, match.start(match.lastgroup)))
        position = match.end()
    return tokens
