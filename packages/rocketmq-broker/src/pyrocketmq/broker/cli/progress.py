"""One line that shows how far something is, on a terminal; nothing anywhere else.

Written here and not taken from a library: without that library everything would have to work as well, so there would
be two ways to show one line.
"""

from __future__ import annotations

import os
import time
from typing import Final, TextIO

from pyrocketmq.broker.cli.terminal import columns_of

_PERIOD: Final = 0.1
_PATIENCE: Final = 0.5
# Seconds after which something takes long enough for a reader to wonder.
_BAR_WIDTH: Final = 24
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """How far something is.

    Args:
        stream: Where to show it, if that is a terminal.
        unit: What is counted, in the plural.
        total: How many there will be, if that is known.

    Attributes:
        done: How many there are by now.
    """

    def __init__(self, stream: TextIO, unit: str, total: int | None) -> None:
        self._stream = stream if stream.isatty() and os.environ.get("TERM") != "dumb" else None
        self._unit = unit
        self._total = total
        self._started = time.monotonic()
        self._show_at = self._started + _PATIENCE
        self._is_visible = False
        self.done = 0

    def advance(self, count: int = 1, detail: str = "") -> None:
        """Count some more; show it, if it takes long, but not more often than a reader can follow.

        Args:
            count: How many more there are.
            detail: What else to show.
        """
        self.done += count
        now = time.monotonic()
        if self._stream is None or now < self._show_at:
            return
        self._show_at = now + _PERIOD
        self._is_visible = True
        width = columns_of(self._stream) - 1  # a full line would make the terminal scroll
        line = self.line(now - self._started, detail, width)
        self._stream.write(_CLEAR + line)
        self._stream.flush()

    def hide(self) -> None:
        """Take the line away, until the next `advance`."""
        if self._stream is not None and self._is_visible:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._is_visible = False

    def line(self, elapsed: float, detail: str = "", width: int = 80) -> str:
        """Return the line, with as much in it as fits.

        Args:
            elapsed: Seconds since the start.
            detail: What else to show.
            width: Columns of the terminal.
        """
        rate = self.done / elapsed if elapsed > 0 else 0.0
        counted = f"{self.done:,} {self._unit}, {rate:,.0f}/s"
        forms = [counted]
        if self._total:
            part = min(self.done / self._total, 1.0)
            full = round(part * _BAR_WIDTH)
            left = f", {(self._total - self.done) / rate:,.0f} s left" if 0 < self.done < self._total else ""
            forms = [
                f"[{'#' * full}{'.' * (_BAR_WIDTH - full)}] {part:4.0%}  {counted}{left}",
                f"{part:4.0%}  {counted}{left}",
                f"{part:4.0%}  {counted}",
                f"{part:4.0%}",
            ]
        if detail:
            forms.insert(0, f"{forms[0]}, {detail}")
        return next((form for form in forms if len(form) <= width), forms[-1][: max(width, 0)])
