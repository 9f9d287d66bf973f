"""What a request asks, without what is another at every run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.cli.describe import Describer

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyrocketmq.model.cli.plain import Plain

CHOSEN_IDS: Final = frozenset(
    ("CORRELATION_ID", "REPLY_TO_CLIENT", "UNIQ_KEY", "clientHost", "client_id", "clientID", "msg_id", "transaction_id")
)
"""Ids that a client chooses: answers repeat them, so a player puts those of its own client in their place."""

VOLATILE: Final = CHOSEN_IDS | {
    "AccessKey",
    "INSTANCE_ID",
    "SecurityToken",
    "Signature",
    "TIMER_DELIVER_MS",
    "begin_timestamp",
    "born_time",
    "born_timestamp",
    "end_timestamp",
    "heartbeat_fingerprint",
    "sub_version",
}
"""Parts of requests that are times, ids or signatures: another at every run, and no part of what is asked."""


class Content(NamedTuple):
    """A request, taken apart.

    Attributes:
        name: Its name and code, for readers.
        parts: Path and value of everything that it asks.
        ids: Path and value of the ids that its client chose.
    """

    name: str
    parts: dict[str, str]
    ids: dict[str, str]

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """What is equal for requests that ask the same."""
        return tuple(sorted(self.parts.items()))

    def differences(self, other: Content) -> list[str]:
        """Say where another request asks something else."""
        paths = sorted(self.parts.keys() | other.parts.keys())
        return [
            f"{path} is {self.parts.get(path, 'missing')}, recorded {other.parts.get(path, 'none')}"
            for path in paths
            if self.parts.get(path) != other.parts.get(path)
        ]


def content_of(frame: bytes | bytearray, ignored: Collection[str] = ()) -> Content:
    """Take a request apart.

    Args:
        frame: The request.
        ignored: Names of fields, properties and members that do not count, besides those that never do.

    Raises:
        ProtocolError: it is no frame.
    """
    described = Describer().describe(frame)
    code = int(described.command.code)
    content = Content(f"{described.name or 'unknown request'} ({code})", {"code": str(code)}, {})
    rows: dict[str, Plain] = {row.name: row.value for row in described.fields}
    _take_apart(content, ignored, "fields", rows)
    _take_apart(content, ignored, "body", described.body)
    return content


def _take_apart(content: Content, ignored: Collection[str], path: str, value: Plain) -> None:
    if isinstance(value, dict) and value:
        for name, member in value.items():
            _take_apart(content, ignored, f"{path}.{name}", member)
        return
    if isinstance(value, list) and value:
        for index, item in enumerate(_in_order(path, value)):
            _take_apart(content, ignored, f"{path}.{index}", item)
        return
    name = path.rpartition(".")[2]
    text = value if isinstance(value, str) else json.dumps(value)
    if name in CHOSEN_IDS:
        content.ids[path] = text
    if name not in VOLATILE and name not in ignored:
        content.parts[path] = text


def _in_order(path: str, items: list[Plain]) -> list[Plain]:
    """Return the items of a list; those of a Java set, which have no order, in one that two runs share."""
    if not path.endswith("_set"):
        return items
    return sorted(items, key=lambda item: json.dumps(_stable(item), sort_keys=True))


def _stable(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {name: _stable(member) for name, member in value.items() if name not in VOLATILE}
    return [_stable(item) for item in value] if isinstance(value, list) else value
