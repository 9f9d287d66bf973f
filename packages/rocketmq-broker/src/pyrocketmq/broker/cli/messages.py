"""Messages as commands show them: a row of a table, all of it readable, its body alone, or a JSON line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from pyrocketmq.broker.cli.command import argument, one_of
from pyrocketmq.broker.cli.table import Column, Table, hidden, number, show_time
from pyrocketmq.logging.formatter import printable
from pyrocketmq.model.cli.plain import plain
from pyrocketmq.model.cli.show import lines_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from pyrocketmq.broker.cli.output import Output, Rows
    from pyrocketmq.model import MessageExt


def _show_body(body: Any) -> str:  # as `plain` gives it: text, hexadecimal, or what a trace holds
    if isinstance(body, dict) and "size" in body:
        members = cast("dict[str, Any]", body)
        return printable(members["text"]) if "text" in members else f"0x{members['hex']}"
    return json.dumps(body, ensure_ascii=False)


MESSAGES: Final = Table(
    (
        Column("broker_name", "name of the broker", in_table=False),
        Column("queue", "broker and queue", width=12),
        number("queue_offset", "its place in the queue", 12),
        Column("store_timestamp", "when the broker stored it, in milliseconds since the epoch", 19, show=show_time),
        Column("tags", "its tag", width=8, can_be_cut=True),
        Column("keys", "its keys", width=8, can_be_cut=True),
        Column("body", "its content: `size`, and `text` or `hex`", width=8, show=_show_body, can_be_cut=True),
        hidden("msg_id", "the unique id that the client gave it"),
        hidden("offset_msg_id", "the id that the broker gave it"),
        hidden("message", "everything else, as `rmq-decode --json` shows a message"),
    )
)

FORMS: Final = one_of(
    argument("--full", action="store_true", help="show everything of each message instead of a row"),
    argument("--body", action="store_true", help="write the bodies alone, each with a line end"),
)
"""Arguments that choose how messages are shown."""


class MessageWriter:
    """Shows messages in the form that the arguments choose.

    Args:
        output: Where to.
        rows: The table for rows.
        options: The arguments, with those of `FORMS`.
    """

    def __init__(self, output: Output, rows: Rows, options: argparse.Namespace) -> None:
        self._output = output
        self._rows = rows
        self._is_full: bool = options.full
        self._is_body: bool = options.body
        self.count = 0

    def show(self, broker_name: str, message: MessageExt) -> None:
        """Show a message that a broker of this name has."""
        self.count += 1
        if self._is_body:
            sys.stdout.flush()
            # Bytes as they are: they need not be text.
            sys.stdout.buffer.write(message.body + b"\n")
            sys.stdout.buffer.flush()
        elif self._is_full and not self._output.as_json:
            self._output.write(f"{broker_name or 'broker'}, topic {message.topic}, queue {message.queue_id}:")
            for line in full_lines(message):
                self._output.write(line)
        else:
            self._rows.add(message_row(broker_name, message))


def message_row(broker_name: str, message: MessageExt) -> Mapping[str, object]:
    """Return the values of a message for a row of `MESSAGES`."""
    described: Any = plain(message)  # members of several types
    row = {
        "broker_name": broker_name,
        "queue": f"{broker_name}/{message.queue_id}" if broker_name else str(message.queue_id),
        "queue_offset": described.pop("queue_offset"),
        "store_timestamp": described.pop("store_timestamp"),
        "tags": message.tags,
        "keys": message.keys,
        "body": described.pop("body", described.get("raw_body")),
        "msg_id": described.pop("msg_id"),
        "offset_msg_id": described.pop("offset_msg_id"),
    }
    return row | {"message": described}


def full_lines(message: MessageExt) -> list[str]:
    """Return everything of a message, one member a line, as `rmq-decode` shows it."""
    described: Any = plain(message)  # members of several types
    return [line for name, value in described.items() for line in lines_of(_labelled(name, value), value, "  ")]


def _labelled(name: str, value: Any) -> str:  # of any member
    is_time = name.endswith("_timestamp") and isinstance(value, int)
    return f"{name} ({show_time(value)})" if is_time else name
