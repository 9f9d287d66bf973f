"""What the fake supports: one row for each request code, read off the tables of handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyrocketmq.model.enums import RequestCode
from pyrocketmq.testkit import broker_server, nameserver
from pyrocketmq.testkit.handlers.registry import BROKER, NAMESERVER

if TYPE_CHECKING:
    from pyrocketmq.testkit.version import Profile

HANDLER_MODULES = (*broker_server.HANDLER_MODULES, *nameserver.HANDLER_MODULES)
"""Importing them fills the tables."""


class Support(NamedTuple):
    """One request code.

    Attributes:
        code: The number.
        name: Its name.
        broker: Whether the fake broker handles it; otherwise it answers what a broker answers to an unknown code.
        nameserver: The same for the fake NameServer.
        since: The first server version that knows it; `None` for all.
        before: The first that does not know it any more.
        simplified: In what the answer is simpler than a real server's.
    """

    code: int
    name: str
    broker: bool
    nameserver: bool
    since: str | None
    before: str | None
    simplified: str | None

    def is_known_to(self, profile: Profile) -> bool:
        """Whether servers of a version know it, as far as the fake supports it."""
        is_there = profile.knows(self.since) and (self.before is None or not profile.knows(self.before))
        return (self.broker or self.nameserver) and is_there


def support_table() -> list[Support]:
    """Return a row for each request code that servers know of, by number."""
    rows: list[Support] = []
    for code in sorted(RequestCode):
        handler = BROKER.get(code) or NAMESERVER.get(code)
        rows.append(
            Support(
                int(code),
                code.name,
                BROKER.get(code) is not None,
                NAMESERVER.get(code) is not None,
                None if handler is None else handler.request.SINCE,
                None if handler is None else handler.before,
                None if handler is None else handler.simplified,
            )
        )
    return rows
