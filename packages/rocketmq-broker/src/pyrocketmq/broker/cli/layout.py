"""How the cells of a row are laid out on a terminal: side by side where they fit, one below the other where not."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.broker.cli.table import cut, width_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyrocketmq.broker.cli.table import Column

GAP: Final = "  "
_LEAST: Final = {"cut": 8, "wrapped": 24}
# Columns of the terminal that a cell keeps which is cut, or wrapped.


class Cell(NamedTuple):
    """One cell.

    Attributes:
        text: What it shows.
        style: Its style, empty for none.
    """

    text: str
    style: str = ""


def fits(columns: Sequence[Column], widths: Sequence[int], limit: int | None) -> bool:
    """Whether rows of such widths fit a terminal of `limit` columns, where cells are cut and wrapped as they may be."""
    if limit is None:
        return True
    least = (min(width, _least_of(column) or width) for column, width in zip(columns, widths, strict=True))
    return sum(least) + len(GAP) * (len(columns) - 1) <= limit


def fitting_widths(columns: Sequence[Column], widths: Sequence[int], limit: int | None) -> list[int]:
    """Return the widths of columns, those of the last ones smaller where the terminal is too narrow."""
    fitting = list(widths)
    if limit is None:
        return fitting
    excess = sum(fitting) + len(GAP) * (len(fitting) - 1) - limit
    for index in reversed(range(len(fitting))):
        least = _least_of(columns[index])
        if excess > 0 and least:
            taken = min(excess, max(0, fitting[index] - least))
            fitting[index] -= taken
            excess -= taken
    return fitting


def row_lines(
    columns: Sequence[Column], cells: Sequence[Cell], widths: Sequence[int], styled: Callable[[str, str], str]
) -> list[str]:
    """Return a row with its cells side by side; of several lines where a cell is wrapped.

    Args:
        columns: The columns.
        cells: A cell for each of them.
        widths: The width of each of them.
        styled: Gives a text a style.
    """
    lines = [_lines_of(column, cell.text, width) for column, cell, width in zip(columns, cells, widths, strict=True)]
    height = max(map(len, lines))
    return [
        GAP.join(
            _padded(column, part[number] if number < len(part) else "", cell.style, width, styled)
            for column, cell, width, part in zip(columns, cells, widths, lines, strict=True)
        ).rstrip()
        for number in range(height)
    ]


def record_lines(
    columns: Sequence[Column], cells: Sequence[Cell], limit: int, styled: Callable[[str, str], str]
) -> list[str]:
    """Return a row with its cells one below the other, each behind its title; empty ones are left out.

    Args:
        columns: The columns.
        cells: A cell for each of them.
        limit: Columns of the terminal.
        styled: Gives a text a style.
    """
    margin = max(width_of(column.heading) for column in columns)
    room = max(_LEAST["cut"], limit - margin - len(GAP))
    found: list[str] = []
    for column, cell in zip(columns, cells, strict=True):
        if not cell.text:
            continue
        parts = _lines_of(column, cell.text, room)
        title = column.heading
        if max(map(width_of, parts)) > room:  # what must be whole gets a line of its own
            found.append(styled(title, "bold"))
            title = ""
            indent = GAP
        else:
            indent = " " * margin + GAP
        for part in parts:
            before = styled(title, "bold") + " " * (len(indent) - width_of(title)) if title else indent
            found.append(before + styled(part, cell.style))
            title = ""
    return found


def _least_of(column: Column) -> int:
    return _LEAST["wrapped"] if column.wraps else _LEAST["cut"] if column.can_be_cut else 0


def _lines_of(column: Column, text: str, width: int) -> list[str]:
    if column.wraps:
        return wrap(text, width) or [""]
    return [cut(text, width) if column.can_be_cut else text]


def _padded(column: Column, text: str, style: str, width: int, styled: Callable[[str, str], str]) -> str:
    space = " " * (width - width_of(text))
    shown = styled(text, style)
    return space + shown if column.is_number else shown + space
