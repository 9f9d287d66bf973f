"""What reads JSON headers: `orjson` where it is installed (extra `speed`), otherwise the standard library.

Whatever `orjson` refuses is left to the standard library, so that both accept the same headers. They give the same
values too, but for bare integers of more than 64 bits: `orjson` rounds them, and nothing in a header can be one. The
environment variable `PYROCKETMQ_PURE=1`, looked at on import, turns `orjson` off.
"""

from __future__ import annotations

import os
from importlib import import_module
from json import JSONDecoder
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    Scan: TypeAlias = Callable[[str, int], tuple[Any, int]]  # a JSON value, and where it ends

PURE_VARIABLE: Final = "PYROCKETMQ_PURE"

_scan_with_json: Final[Scan] = vars(JSONDecoder())["scan_once"]  # no public name gives a value and its end as fast


def scan_with(loads: Callable[[str], Any]) -> Scan:
    """Return a scanner on top of the `loads` of `orjson`."""

    def scan_with_orjson(text: str, start: int) -> tuple[Any, int]:
        try:
            return loads(text[start:]), len(text)
        except ValueError:
            return _scan_with_json(text, start)

    return scan_with_orjson


def _choose_scan() -> Scan:
    if os.environ.get(PURE_VARIABLE, "") in ("", "0"):
        try:
            return scan_with(import_module("orjson").loads)
        except ImportError:
            pass  # it is optional
    return _scan_with_json


scan: Final = _choose_scan()
"""Returns the JSON value at a position of a text, and where it ends; raises `StopIteration` or `ValueError`."""


def is_pure() -> bool:
    """Whether the standard library reads headers, because `orjson` is not installed or turned off."""
    return scan is _scan_with_json
