"""`rmq pull`: read messages that are there."""

from __future__ import annotations

from contextlib import closing

from pyrocketmq.broker.cli.command import Command, Invocation, argument, one_of
from pyrocketmq.broker.cli.messages import FORMS, MESSAGES, MessageWriter
from pyrocketmq.broker.cli.reading import READING, filter_of, offset_of
from pyrocketmq.broker.cli.session import READABLE
from pyrocketmq.broker.cli.values import Place, place, positive


def run(call: Invocation) -> None:
    """Read each queue up to the end that it has now."""
    options, session, output = call
    queues = session.queues(options.topic, READABLE, queue_id=options.queue, broker_name=options.broker_name)
    wanted = filter_of(call, queues)
    limit: int | None = None if options.all else options.count
    with output.table(MESSAGES, live=True) as rows, output.progress("messages", limit) as progress:
        writer = MessageWriter(output, rows, options)
        for mq in queues:
            client = session.client(mq.broker_name)
            start = offset_of(client, mq, options.start)
            with closing(
                client.iter_messages(
                    options.group,
                    mq.topic,
                    mq.queue_id,
                    start,
                    stop_at="end",
                    **wanted._asdict(),
                )
            ) as messages:
                for message in messages:
                    if writer.count == limit:
                        break
                    writer.show(mq.broker_name, message)
                    progress.advance()
            if writer.count == limit:
                break
    if not options.body:
        more = f"; it stops at {limit}, --all reads everything" if writer.count == limit else ""
        output.note(f"{writer.count} message{'' if writer.count == 1 else 's'}{more}", "dim")


COMMAND = Command(
    name="pull",
    summary="read messages that are there",
    description="Read messages of a topic, queue after queue, up to the end that each queue has now. Commits no "
    "offset. `rmq tail -f` goes on and waits for new ones.",
    run=run,
    arguments=(
        *READING,
        argument(
            "--from",
            dest="start",
            type=place,
            default=Place("earliest"),
            metavar="PLACE",
            help="earliest (default), latest, an offset, a time such as 2026-01-31T18:00, or 10m for so long ago",
        ),
        one_of(
            argument("--count", type=positive, default=32, metavar="N", help="at most N messages (default: 32)"),
            argument("--all", action="store_true", help="all messages"),
        ),
        FORMS,
    ),
    examples=(
        "rmq pull orders --namesrv localhost:9876",
        "rmq pull orders --queue 0 --from 10m --tag 'new || paid'",
        "rmq pull orders --all --body",
        "rmq pull orders --from 0 --count 1 --full",
    ),
    tables=(MESSAGES,),
)
