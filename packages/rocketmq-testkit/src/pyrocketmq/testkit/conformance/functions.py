"""The named functions of cases: values that are computed, and matchers that say what a value has to be.

In the data a call is an object with one member, whose name begins with a dollar sign: `{"$sum": ["${offset}", 1]}`.
Everything else stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.message_id import decode_offset_message_id, offset_message_id
from pyrocketmq.testkit.conformance.json_value import CaseFormatError
from pyrocketmq.testkit.endpoint import endpoint_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.conformance.json_value import Json


class ConformanceError(AssertionError):
    """A server did not do what a case states."""


def check(holds: bool, otherwise: str) -> None:
    """See that something holds.

    Raises:
        ConformanceError: it does not.
    """
    if not holds:
        raise ConformanceError(otherwise)


def _sum(terms: list[Json]) -> Json:
    return sum(int(_text(term)) for term in terms)


def _commit_offset(arguments: list[Json]) -> Json:
    (offset_id,) = arguments
    return decode_offset_message_id(_text(offset_id)).commit_log_offset


def _offset_id(arguments: list[Json]) -> Json:
    address, commit_offset = arguments
    return offset_message_id(*endpoint_of(_text(address)), int(_text(commit_offset)))


def _repeat(arguments: list[Json]) -> Json:
    text, times = arguments
    return _text(text) * int(_text(times))


VALUES: Final[Mapping[str, Callable[[list[Json]], Json]]] = {
    "$sum": _sum,
    "$commit_offset": _commit_offset,
    "$offset_id": _offset_id,
    "$repeat": _repeat,
}
"""Functions that compute a value: a sum; the commit offset in an offset id; the offset id of an address and a commit
offset; a text, so many times."""


def _is_present(found: Json, wanted: Json) -> bool:
    return (found is not None) is wanted


def _matches(found: Json, pattern: Json) -> bool:
    return found is not None and re.search(_text(pattern), _text(found)) is not None


def _is_at_least(found: Json, bound: Json) -> bool:
    return found is not None and int(_text(found)) >= int(_text(bound))


def _is_at_most(found: Json, bound: Json) -> bool:
    return found is not None and int(_text(found)) <= int(_text(bound))


MATCHERS: Final[Mapping[str, Callable[[Json, Json], bool]]] = {
    "$present": _is_present,
    "$matches": _matches,
    "$at_least": _is_at_least,
    "$at_most": _is_at_most,
}
"""Functions that judge a value: whether there is one; whether a regular expression is found in it; its bounds."""


def call_of(value: Json) -> tuple[str, Json] | None:
    """Return name and argument of a call, `None` for anything else."""
    if isinstance(value, Mapping) and len(value) == 1:
        (name, argument), *_ = value.items()
        if name.startswith("$"):
            return name, argument
    return None


def computed(name: str, argument: Json) -> Json:
    """Return what a function makes of its arguments.

    Raises:
        CaseFormatError: there is no such function.
    """
    if name not in VALUES:
        raise CaseFormatError(f"there is no function {name}; there are {', '.join(VALUES)}")
    return VALUES[name](argument if isinstance(argument, list) else [argument])


def match(what: str, expected: Json, found: Json, *, hint: str = "") -> None:
    """See that a value is as expected.

    An object is a subset, a list is matched item by item, `None` stands for nothing or an empty text, a call of a
    matcher judges, and anything else is equal as text, as header fields are texts.

    Args:
        what: What is looked at, for the error.
        expected: Values and matchers.
        found: What came.
        hint: Further text for the error.

    Raises:
        ConformanceError: it is not.
    """
    call = call_of(expected)
    if call is not None:
        name, argument = call
        if name not in MATCHERS:
            raise CaseFormatError(f"there is no matcher {name}; there are {', '.join(MATCHERS)}")
        if not MATCHERS[name](found, argument):
            raise ConformanceError(f"{what} is {found!r}, expected {name[1:].replace('_', ' ')} {argument!r}{hint}")
    elif isinstance(expected, Mapping):
        if not isinstance(found, Mapping):
            raise ConformanceError(f"{what} is {found!r}, expected an object{hint}")
        for name, value in expected.items():
            match(f"{what}.{name}", value, found.get(name), hint=hint)
    elif isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            raise ConformanceError(f"{what} is {found!r}, expected a list of {len(expected)}{hint}")
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            match(f"{what}[{index}]", one, other, hint=hint)
    elif (_text(expected) or None) != (_text(found) or None):
        raise ConformanceError(f"{what} is {found!r}, expected {expected!r}{hint}")


def _text(value: Json) -> str:
    """Return a value as header fields spell it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
