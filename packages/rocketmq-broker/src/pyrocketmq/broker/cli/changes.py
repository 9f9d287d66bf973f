"""What commands have in common that change something on all brokers: they do it, and show what was done where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pyrocketmq.broker.cli.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.broker.cli.command import Invocation
    from pyrocketmq.broker.client import BrokerClient

Kind = Literal["topic", "group"]


def table_of_changes(kind: Kind) -> Table:
    """Declare the table of what was changed."""
    return Table(
        (Column(kind, f"the {kind}"), Column("broker_name", "the broker"), Column("result", "what was done")),
    )


def change_on_brokers(
    call: Invocation,
    kind: Kind,
    change: Callable[[BrokerClient], object],
    result: str,
    broker_name: str | None = None,
) -> int:
    """Change a topic or a group, which an argument of its kind names, and return on how many brokers.

    Args:
        call: Brings the arguments.
        kind: What is changed.
        change: Does it on a broker; returns `False` where there is nothing to do.
        result: What was done, in a word.
        broker_name: Only on this broker.
    """
    name: str = getattr(call.options, kind)
    with call.output.table(table_of_changes(kind)) as rows:
        for broker, client in call.session.clients(broker_name):
            if change(client) is not False:
                rows.add({kind: name, "broker_name": broker, "result": result})
        return rows.count
