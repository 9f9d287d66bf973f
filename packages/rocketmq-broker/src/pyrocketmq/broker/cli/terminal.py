"""How wide a terminal is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import TextIO

_USUAL: Final = 80


def columns_of(terminal: TextIO) -> int:
    """Return the columns of a terminal: what `COLUMNS` says, else what it says itself, else 80."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    return os.get_terminal_size(terminal.fileno()).columns or _USUAL  # one that was never told its size says 0
