"""The difference of two values, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.testkit.conformance.json_value import Json


class Difference(NamedTuple):
    """One place where two values differ.

    Attributes:
        path: Where.
        recorded: What was recorded; `"(nothing)"` if there was nothing.
        found: What came.
    """

    path: str
    recorded: Json
    found: Json

    def __str__(self) -> str:
        return f"{self.path}: recorded {self.recorded!r}, found {self.found!r}"


NOTHING = "(nothing)"


def differences(recorded: Json, found: Json, path: str = "") -> Iterator[Difference]:
    """Yield where two values differ.

    Args:
        recorded: One value.
        found: The other.
        path: Where they stand.
    """
    if isinstance(recorded, Mapping) and isinstance(found, Mapping):
        for name in [*recorded, *(name for name in found if name not in recorded)]:
            yield from differences(recorded.get(name, NOTHING), found.get(name, NOTHING), _joined(path, name))
    elif isinstance(recorded, list) and isinstance(found, list) and len(recorded) == len(found):
        for index, (one, other) in enumerate(zip(recorded, found, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif recorded != found or isinstance(recorded, bool) != isinstance(found, bool):
        yield Difference(path, recorded, found)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
