"""What commands print: a readable table that grows line by line, or JSON lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BOLD: Final = "\x1b[1m"
_PLAIN: Final = "\x1b[0m"


class Output:
    """Writes rows of named columns.

    Args:
        stream: Where to.
        as_json: Write one JSON object a row instead of a table.
    """

    def __init__(self, stream: TextIO, *, as_json: bool) -> None:
        self._stream = stream
        self._as_json = as_json
        self._widths: Mapping[str, int] = {}

    def start_table(self, widths: Mapping[str, int]) -> None:
        """Begin a table.

        Args:
            widths: Columns and their widths in characters, negative to align on the right; 0 for the last column.
        """
        self._widths = widths
        if not self._as_json:
            self._print([name.upper() for name in widths], _BOLD)

    def row(self, values: Mapping[str, object]) -> None:
        """Write a row; in JSON with every value, in a table with those that have a column."""
        if self._as_json:
            print(json.dumps(values, ensure_ascii=False), file=self._stream, flush=True)
        else:
            self._print([str(values.get(name, "")) for name in self._widths])

    def note(self, text: str) -> None:
        """Write a line for a human reader; not in JSON."""
        if not self._as_json:
            print(text, file=self._stream, flush=True)

    def _print(self, cells: Sequence[str], style: str = "") -> None:
        padded = [
            cell if width == 0 else cell.rjust(-width) if width < 0 else cell.ljust(width)
            for cell, width in zip(cells, self._widths.values(), strict=True)
        ]
        line = "  ".join(padded).rstrip()
        print(f"{style}{line}{_PLAIN}" if style and self._stream.isatty() else line, file=self._stream, flush=True)
