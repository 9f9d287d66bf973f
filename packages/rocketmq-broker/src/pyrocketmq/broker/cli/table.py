"""Tables that commands print, declared once: their columns are the members of the JSON lines too."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import east_asian_width

from pyrocketmq.logging.formatter import printable

if TYPE_CHECKING:
    from collections.abc import Callable


def show_value(value: object) -> str:
    """Show a value as it is; nothing for `None`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(map(show_value, value))  # pyright: ignore[reportUnknownArgumentType]  # of any kind
    return printable(str(value))


def show_time(value: int | None) -> str:
    """Show milliseconds since the epoch in local time; nothing for 0 and `None`."""
    if not value:
        return ""
    try:
        return datetime.fromtimestamp(value / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):  # no time that a calendar has: whoever sent it may have set any number
        return str(value)


def show_rate(value: float | None) -> str:
    """Show a number with one digit after the point."""
    return "" if value is None else f"{value:,.1f}"


def show_millis(value: float | None) -> str:
    """Show milliseconds with a precision that fits them."""
    return "" if value is None else f"{value:.3f}" if value < 10 else f"{value:,.1f}"


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for each wide character."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, width: int) -> str:
    """Return a text shortened to so many columns, with an ellipsis where something is missing."""
    if width_of(text) <= width:
        return text
    taken = 0
    for position, character in enumerate(text):
        taken += width_of(character)
        if taken > width - 1:
            return text[:position] + "…"
    return text


class Column(NamedTuple):
    """One column of a table, and one member of a JSON line.

    Attributes:
        name: Its name.
        meaning: What it holds, for the reference page.
        width: Columns of the terminal that it takes at least, where rows are shown as they come.
        is_number: Whether it is aligned on the right.
        show: From the JSON value to the text of a cell.
        in_table: Whether it is shown in tables too.
        can_be_cut: Whether it is shortened where a row is wider than the terminal.
        wraps: Whether it goes on in further lines where a row is wider than the terminal.
        title: What stands over it in tables; by default its name.
    """

    name: str
    meaning: str
    width: int = 0
    is_number: bool = False
    show: Callable[[Any], str] = show_value  # each column holds a type of its own
    in_table: bool = True
    can_be_cut: bool = False
    wraps: bool = False
    title: str = ""

    @property
    def heading(self) -> str:
        """What stands over it in tables."""
        return (self.title or self.name.replace("_", " ")).upper()


class Table(NamedTuple):
    """What rows of one kind look like.

    Attributes:
        columns: Its columns.
        kind: What its rows are, where a command prints several kinds; JSON lines then tell it as `kind`.
    """

    columns: tuple[Column, ...]
    kind: str | None = None


def number(
    name: str,
    meaning: str,
    width: int = 0,
    show: Callable[[Any], str] = show_value,  # as in `Column`
    title: str = "",
) -> Column:
    """Declare a column of numbers."""
    return Column(name, meaning, width, is_number=True, show=show, title=title)


def hidden(name: str, meaning: str) -> Column:
    """Declare a member of JSON lines that tables do not show."""
    return Column(name, meaning, in_table=False)
