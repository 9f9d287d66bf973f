"""What commands print: aligned tables or JSON lines; colour and progress on terminals only."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from pyrocketmq.broker.cli.progress import Progress
from pyrocketmq.broker.cli.table import cut, width_of

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from pyrocketmq.broker.cli.table import Column, Table

STYLES: Final = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}

_GAP: Final = "  "
_LEAST_CUT: Final = 8
# Columns of the terminal that a cell keeps which is cut; a row that does not fit even so is wrapped.


class Output:
    """Writes the results of one command.

    Args:
        stdout: Where results go.
        stderr: Where progress and warnings go.
        as_json: Write one JSON object a row instead of tables.
    """

    def __init__(self, stdout: TextIO, stderr: TextIO, *, as_json: bool) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self.as_json = as_json
        self._is_terminal = stdout.isatty()
        self._progress: Progress | None = None

    @property
    def width(self) -> int | None:
        """Columns of the terminal; `None` where results go elsewhere and nothing is to be cut."""
        return shutil.get_terminal_size().columns if self._is_terminal else None

    def styled(self, text: str, style: str) -> str:
        """Return a text in one of the `STYLES`, where results go to a terminal that shows them."""
        is_plain = not self._is_terminal or not text or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return text if is_plain else f"\x1b[{STYLES[style]}m{text}\x1b[0m"

    @contextmanager
    def table(self, table: Table, *, live: bool = False) -> Generator[Rows]:
        """Begin a table.

        Args:
            table: Its columns.
            live: Show each row at once, instead of all together at the end, when it is known how wide they are.
        """
        rows = Rows(self, table, live=live)
        yield rows
        rows.end()

    def note(self, text: str, style: str = "") -> None:
        """Write a line for a human reader; not in JSON."""
        if not self.as_json:
            self.write(self.styled(text, style) if style else text)

    def warn(self, text: str) -> None:
        """Write a line to standard error."""
        self._write_around_progress(f"rmq: {text}", self._stderr)

    def write(self, line: str) -> None:
        """Write a line of results."""
        self._write_around_progress(line, self._stdout)

    @contextmanager
    def progress(self, unit: str, total: int | None = None) -> Generator[Progress]:
        """Show how far something is, if standard error is a terminal.

        Args:
            unit: What is counted, in the plural.
            total: How many there will be, if that is known.
        """
        progress = self._progress = Progress(self._stderr, unit, total)
        try:
            yield progress
        finally:
            progress.hide()
            self._progress = None

    def _write_around_progress(self, line: str, stream: TextIO) -> None:
        # The line of progress is always the last one, so it makes place for what comes before it.
        if self._progress is not None:
            self._progress.hide()
        print(line, file=stream, flush=True)


class Rows:
    """Takes the rows of one table."""

    def __init__(self, output: Output, table: Table, *, live: bool) -> None:
        self._output = output
        self._table = table
        self._names = [column.name for column in table.columns]
        self._columns = [column for column in table.columns if column.in_table]
        self._live = live
        self._waiting: list[tuple[list[str], Mapping[str, str]]] = []
        self._widths = [max(column.width, len(column.name)) for column in self._columns]
        self._has_head = False
        self.count = 0

    def add(self, values: Mapping[str, object], styles: Mapping[str, str] | None = None) -> None:
        """Add a row.

        Args:
            values: A value for each column, as JSON shows it.
            styles: Styles of cells, by column.

        Raises:
            TypeError: the values are not those that the table declares.
        """
        if list(values) != self._names:
            raise TypeError(f"a row has {list(values)}, its table declares {self._names}")
        self.count += 1
        if self._output.as_json:
            kind = {} if self._table.kind is None else {"kind": self._table.kind}
            self._output.write(json.dumps({**kind, **values}, ensure_ascii=False))
            return
        cells = [column.show(values[column.name]) for column in self._columns]
        self._waiting.append((cells, styles or {}))
        if self._live:
            self.end()

    def end(self) -> None:
        """Show the rows that wait."""
        if not self._waiting:
            return
        for cells, _ in self._waiting:
            self._widths = [max(width, width_of(cell)) for width, cell in zip(self._widths, cells, strict=True)]
        if self._live:
            # A body is as wide as it likes; the next row has no use for its width.
            self._widths[-1] = max(self._columns[-1].width, len(self._columns[-1].name))
        if not self._has_head:
            self._has_head = True
            self._output.write(self._output.styled(self._line([name.upper() for name in self._titles()], {}), "bold"))
        for cells, styles in self._waiting:
            self._output.write(self._line(cells, styles))
        self._waiting.clear()

    def _titles(self) -> list[str]:
        return [column.name.replace("_", " ") for column in self._columns]

    def _line(self, cells: Sequence[str], styles: Mapping[str, str]) -> str:
        widths = self._fitting_widths(cells)
        last = len(cells) - 1
        return _GAP.join(
            self._cell(column, cell, widths[index], styles.get(column.name, ""), pad=index < last)
            for index, (column, cell) in enumerate(zip(self._columns, cells, strict=True))
        ).rstrip()

    def _cell(self, column: Column, cell: str, width: int, style: str, *, pad: bool) -> str:
        if column.can_be_cut and self._output.width is not None:
            cell = cut(cell, width)
        space = " " * (width - width_of(cell))
        cell = self._output.styled(cell, style) if style else cell
        if column.is_number:
            return space + cell
        return cell + space if pad else cell

    def _fitting_widths(self, cells: Sequence[str]) -> list[int]:
        """Return the widths of the columns of a row, so that the row fits the terminal where that can be."""
        widths = [max(width, width_of(cell)) for width, cell in zip(self._widths, cells, strict=True)]
        limit = self._output.width
        if limit is None:
            return widths
        excess = sum(widths) + len(_GAP) * (len(widths) - 1) - limit
        for index in reversed(range(len(widths))):
            if excess > 0 and self._columns[index].can_be_cut:
                taken = min(excess, max(0, widths[index] - _LEAST_CUT))
                widths[index] -= taken
                excess -= taken
        return widths
