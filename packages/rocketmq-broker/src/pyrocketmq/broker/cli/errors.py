"""How a command fails on its own account."""

from __future__ import annotations


class CommandError(Exception):
    """A command cannot do what it was asked, for a reason that its message tells; the exit code is 1."""


class UsageError(CommandError):
    """The command line asks for something that makes no sense; the exit code is 2."""


class UnknownTopicError(CommandError):
    """No broker has the topic.

    Args:
        topic: The topic.
    """

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"there is no topic {topic!r}: `rmq topic list` shows all, `rmq topic create {topic}` makes it"
        )
