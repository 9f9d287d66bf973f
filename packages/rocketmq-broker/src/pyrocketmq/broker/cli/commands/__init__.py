"""The sub-commands of `rmq`, one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.cli.commands import (
    bench,
    cluster,
    demo,
    doctor,
    group,
    offset,
    pull,
    query,
    send,
    tail,
    topic,
)

if TYPE_CHECKING:
    from pyrocketmq.broker.cli.command import Command, CommandGroup

COMMANDS: Final[tuple[Command | CommandGroup, ...]] = (
    demo.COMMAND,
    send.COMMAND,
    pull.COMMAND,
    tail.COMMAND,
    query.COMMAND,
    offset.COMMANDS,
    topic.COMMANDS,
    group.COMMANDS,
    cluster.COMMAND,
    bench.COMMANDS,
    doctor.COMMAND,
)
"""All of them, in the order of the help."""
