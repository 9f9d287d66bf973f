"""What commands print: aligned tables or JSON lines; colour and progress on terminals only."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from textwrap import wrap
from typing import TYPE_CHECKING, Final, TextIO

from pyrocketmq.broker.cli.layout import Cell, fits, fitting_widths, record_lines, row_lines
from pyrocketmq.broker.cli.progress import Progress
from pyrocketmq.broker.cli.table import width_of
from pyrocketmq.broker.cli.terminal import columns_of

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from pyrocketmq.broker.cli.table import Table

STYLES: Final = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_LEAST_WIDTH: Final = 20
# Columns that wrapped lines have even on the narrowest terminal.


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
        return columns_of(self._stdout) if self._is_terminal else None

    def styled(self, text: str, style: str) -> str:
        """Return a text in one of the `STYLES`, where results go to a terminal that shows them; in none for `""`."""
        is_plain = not self._is_terminal or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return text if is_plain or not (text and style) else f"\x1b[{STYLES[style]}m{text}\x1b[0m"

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

    def note(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """Write a line for a human reader; not in JSON.

        Args:
            text: The line; on a terminal that is too narrow it goes on in further ones.
            style: One of the `STYLES`, or empty.
            indent: Columns before it.
        """
        if self.as_json:
            return
        space = " " * indent
        parts = [text] if self.width is None else wrap(text, max(self.width - indent, _LEAST_WIDTH)) or [text]
        for part in parts:
            self.write(space + self.styled(part, style))

    def end_interrupted_line(self) -> None:
        """Begin a new line after the `^C` that a terminal shows."""
        if self._is_terminal:
            print(file=self._stderr)

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
        self._waiting: list[list[Cell]] = []
        self._widths = [max(column.width, width_of(column.heading)) for column in self._columns]
        self._is_side_by_side: bool | None = None
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
        styles = styles or {}
        self._waiting.append(
            [Cell(column.show(values[column.name]), styles.get(column.name, "")) for column in self._columns]
        )
        if self._live:
            self.end()

    def end(self) -> None:
        """Show the rows that wait."""
        if not self._waiting:
            return
        limit = self._output.width
        rows, self._waiting = self._waiting, []
        widths = self._widths
        for cells in rows:
            widths = [max(width, width_of(cell.text)) for width, cell in zip(widths, cells, strict=True)]
        is_first = self._is_side_by_side is None
        if is_first:
            self._is_side_by_side = fits(self._columns, widths, limit)
        if not self._is_side_by_side:
            for number, cells in enumerate(rows):
                if number or not is_first:
                    self._output.write("")
                self._write(record_lines(self._columns, cells, limit or 0, self._output.styled))
            return
        fitting = fitting_widths(self._columns, widths, limit)
        if is_first:
            head = [Cell(column.heading) for column in self._columns]
            plain = row_lines(self._columns, head, fitting, lambda text, _: text)
            self._write([self._output.styled(line, "bold") for line in plain])
        for cells in rows:
            self._write(row_lines(self._columns, cells, fitting, self._output.styled))
        # Of rows that come one by one the last cell is as wide as it likes; the next row has no use for its width.
        self._widths = [*widths[:-1], self._widths[-1]]

    def _write(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._output.write(line)
