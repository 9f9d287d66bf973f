"""`rmq offset`: where groups stand, and moving them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.cli.command import Command, CommandGroup, Invocation, argument
from pyrocketmq.broker.cli.errors import CommandError
from pyrocketmq.broker.cli.reading import offset_of
from pyrocketmq.broker.cli.session import READABLE
from pyrocketmq.broker.cli.table import Column, Table, number, show_time
from pyrocketmq.broker.cli.values import natural, place_in_time
from pyrocketmq.broker.errors import OffsetError
from pyrocketmq.broker.operations.offset_admin import TO_END

if TYPE_CHECKING:
    from pyrocketmq.broker.cli.values import Place
    from pyrocketmq.broker.client import BrokerClient
    from pyrocketmq.model import MessageQueue

_GROUP: Final = argument("group", metavar="GROUP", help="the consumer group")
_TOPIC: Final = argument("topic", metavar="TOPIC", help="the topic")

OFFSETS: Final = Table(
    (
        Column("topic", "the topic", can_be_cut=True),
        Column("broker_name", "the broker"),
        number("queue_id", "the queue"),
        number("committed", "offset of the next message that the group will consume"),
        number("end", "end of the queue"),
        number("lag", "messages between the two"),
        Column("last_timestamp", "when the last consumed message was stored, in milliseconds", show=show_time),
    )
)
MOVED: Final = Table(
    (
        Column("topic", "the topic", can_be_cut=True),
        Column("broker_name", "the broker"),
        number("queue_id", "the queue"),
        number("offset", "where the group goes on"),
    )
)


def show(call: Invocation) -> None:
    """Show the offsets of a group.

    Raises:
        CommandError: it has none.
    """
    options, session, output = call
    total = 0
    with output.table(OFFSETS) as rows:
        for name, client in session.clients():
            stats = client.get_consume_stats(options.group, options.topic)
            for mq, entry in sorted(stats.offset_table.items()):
                lag = entry.broker_offset - entry.consumer_offset
                total += lag
                rows.add(
                    {
                        "topic": mq.topic,
                        "broker_name": mq.broker_name or name,
                        "queue_id": mq.queue_id,
                        "committed": entry.consumer_offset,
                        "end": entry.broker_offset,
                        "lag": lag,
                        "last_timestamp": entry.last_timestamp or None,
                    },
                    {"lag": "yellow" if lag else "green"},
                )
    if not rows.count:
        raise CommandError(
            f"group {options.group!r} has no offsets: it has committed nothing yet; `rmq group list` shows all"
        )
    output.note(f"lag {total} in all", "dim")


def set_offset(call: Invocation) -> None:
    """Set the offset of a group in one queue.

    Raises:
        CommandError: the offset lies outside the queue.
    """
    options, session, output = call
    queues = session.queues(options.topic, READABLE, queue_id=options.queue, broker_name=options.broker_name)
    if len(queues) > 1:
        names = ", ".join(mq.broker_name for mq in queues)
        raise CommandError(f"{len(queues)} brokers have queue {options.queue}: choose one with --broker-name ({names})")
    mq = queues[0]
    client = session.client(mq.broker_name)
    start, end = client.get_min_offset(mq.topic, mq.queue_id), client.get_max_offset(mq.topic, mq.queue_id)
    if not start <= options.offset <= end:
        raise CommandError(f"offset {options.offset} lies outside the queue, which reaches from {start} to {end}")
    client.update_consumer_offset(options.group, mq.topic, mq.queue_id, options.offset, wait=True)
    with output.table(MOVED) as rows:
        rows.add(_moved(mq, options.offset))


def reset(call: Invocation) -> None:
    """Move a group to a time in all queues of a topic."""
    options, session, output = call
    queues = session.queues(options.topic, READABLE)
    with output.table(MOVED) as rows:
        for name in dict.fromkeys(mq.broker_name for mq in queues):
            own = [mq for mq in queues if mq.broker_name == name]
            for mq, offset in sorted(_reset_on(session.client(name), options.group, own, options.to).items()):
                rows.add(_moved(mq, offset))
    output.note("members that are connected go on there with their next pull", "dim")


def _reset_on(client: BrokerClient, group: str, queues: list[MessageQueue], to: Place) -> dict[MessageQueue, int]:
    timestamp = {"earliest": 0, "latest": TO_END}.get(to.kind, to.value)
    try:
        moved = client.reset_offset(group, queues[0].topic, timestamp)
    except OffsetError:
        if client.get_consumer_list(group):
            raise
        # 4.9 has the members move themselves. Where there is none, nobody will overwrite what is committed for them.
        moved = {mq: offset_of(client, mq, to) for mq in queues}
        for mq, offset in moved.items():
            client.update_consumer_offset(group, mq.topic, mq.queue_id, offset, wait=True)
    return moved


def _moved(mq: MessageQueue, offset: int) -> dict[str, object]:
    return {"topic": mq.topic, "broker_name": mq.broker_name, "queue_id": mq.queue_id, "offset": offset}


COMMANDS = CommandGroup(
    name="offset",
    summary="where groups stand, and moving them",
    commands=(
        Command(
            name="show",
            summary="show the offsets of a group, and its lag",
            description="Show where a group stands in each queue, and how many messages it has not consumed.",
            run=show,
            arguments=(
                _GROUP,
                argument("topic", nargs="?", metavar="TOPIC", help="this topic alone"),
            ),
            examples=("rmq offset show billing --namesrv localhost:9876", "rmq offset show billing orders --json"),
            tables=(OFFSETS,),
        ),
        Command(
            name="set",
            summary="set the offset of a group in one queue",
            description="Set where a group goes on in one queue. Members that are connected overwrite it with theirs: "
            "stop them before.",
            run=set_offset,
            arguments=(
                _GROUP,
                _TOPIC,
                argument("queue", type=natural, metavar="QUEUE", help="number of the queue"),
                argument("offset", type=natural, metavar="OFFSET", help="offset of the next message to consume"),
                argument("--broker-name", metavar="NAME", help="the broker, where several have that queue"),
            ),
            examples=("rmq offset set billing orders 0 1 --namesrv localhost:9876",),
            tables=(MOVED,),
        ),
        Command(
            name="reset",
            summary="move a group to a time",
            description="Move a group to a time in all queues of a topic. On 4.9 the connected members move "
            "themselves; where there are none, the offsets are set.",
            run=reset,
            arguments=(
                _GROUP,
                _TOPIC,
                argument(
                    "--to",
                    type=place_in_time,
                    required=True,
                    metavar="TIME",
                    help="earliest, latest, a time such as 2026-01-31T18:00, or 10m for so long ago",
                ),
            ),
            examples=(
                "rmq offset reset billing orders --to earliest --namesrv localhost:9876",
                "rmq offset reset billing orders --to 2h",
            ),
            tables=(MOVED,),
        ),
    ),
)
