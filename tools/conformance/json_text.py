"""Writes JSON for people: what fits into a line stands in one, so that a difference reads as one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pyrocketmq.testkit.conformance.json_value import Json

_WIDTH: Final = 118


def json_text(value: Json, indent: int = 0) -> str:
    """Return a value as JSON text.

    Args:
        value: The value.
        indent: Columns that its lines are moved to the right by.
    """
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= _WIDTH or not isinstance(value, Mapping | list) or not value:
        return flat
    inner = " " * (indent + 1)
    if isinstance(value, Mapping):
        items = [f"{json.dumps(name, ensure_ascii=False)}: {json_text(one, indent + 1)}" for name, one in value.items()]
        return "{\n" + ",\n".join(inner + item for item in items) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(inner + json_text(one, indent + 1) for one in value) + "\n" + " " * indent + "]"
