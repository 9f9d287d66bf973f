"""Values on the command line: spans, times, places in a queue, names with values. Each is an `argparse` type."""

from __future__ import annotations

import argparse
import re
import time
from datetime import datetime
from typing import Final, Literal, NamedTuple

from pyrocketmq.broker.routes import parse_addresses
from pyrocketmq.remote import Address

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)").fullmatch
_SPAN_FORMS: Final = "a number with ms, s, m, h or d, such as 90s"
_TIME_FORMS: Final = f"2026-01-31T18:00, or {_SPAN_FORMS}, for so long ago"


class Place(NamedTuple):
    """A place in a queue: its start, its end, an offset, or a time.

    Attributes:
        kind: Which of them.
        value: The offset, or milliseconds since the epoch.
    """

    kind: Literal["earliest", "latest", "offset", "time"]
    value: int = 0


def span(text: str) -> float:
    """Read a span of time and return its seconds."""
    found = _SPAN(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time: expected {_SPAN_FORMS}")
    return float(found[1]) * _UNITS[found[2]]


def moment(text: str) -> datetime:
    """Read a time in the ISO format; without a zone it is local."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no time: expected 2026-01-31T18:00 or the like") from None


def place(text: str) -> Place:
    """Read a place in a queue."""
    if text == "earliest":
        return Place("earliest")
    if text == "latest":
        return Place("latest")
    if text.isascii() and text.isdecimal():
        return Place("offset", int(text))
    return Place("time", _past(text, f"earliest, latest, an offset, {_TIME_FORMS}"))


def place_in_time(text: str) -> Place:
    """Read a place in a queue that means something in every queue: no offset."""
    found = place(text)
    if found.kind == "offset":
        raise argparse.ArgumentTypeError(f"{text!r} is no time: expected earliest, latest, {_TIME_FORMS}")
    return found


def _past(text: str, expected: str) -> int:
    found = _SPAN(text)
    if found is not None:
        return round((time.time() - float(found[1]) * _UNITS[found[2]]) * 1000)
    try:
        return round(datetime.fromisoformat(text).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no place in a queue: expected {expected}") from None


def pair(text: str) -> tuple[str, str]:
    """Read NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not name or not equals or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def positive(text: str) -> int:
    """Read a whole number above 0."""
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def natural(text: str) -> int:
    """Read a whole number, 0 included."""
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def seconds(text: str) -> float:
    """Read a number of seconds above 0."""
    try:
        number = float(text.removesuffix("s"))
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return number


def address(text: str) -> str:
    """Read the address of a broker; it stays a text."""
    try:
        return str(Address.parse(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def addresses(text: str) -> str:
    """Read the addresses of NameServers; they stay a text."""
    try:
        return ";".join(map(str, parse_addresses(text)))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
