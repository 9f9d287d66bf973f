"""`rmq tail`: the last messages of a topic, and with `-f` those that come."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, closing
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.async_broker_manager import create_async_broker_manager
from pyrocketmq.broker.cli.command import Command, Invocation, argument
from pyrocketmq.broker.cli.messages import FORMS, MESSAGES, MessageWriter
from pyrocketmq.broker.cli.reading import READING, filter_of
from pyrocketmq.broker.cli.session import READABLE
from pyrocketmq.broker.cli.values import natural, positive
from pyrocketmq.broker.errors import BrokerError

if TYPE_CHECKING:
    from pyrocketmq.broker.async_broker_manager import AsyncBrokerManager
    from pyrocketmq.broker.cli.reading import Filter
    from pyrocketmq.model import MessageExt, MessageQueue

_PAUSE: Final = 1.0
_WAITING_MESSAGES: Final = 256


def run(call: Invocation) -> None:
    """Show the last messages, then follow if told to."""
    options, session, output = call
    queues = session.queues(options.topic, READABLE, queue_id=options.queue, broker_name=options.broker_name)
    with output.table(MESSAGES, live=True) as rows:
        writer = MessageWriter(output, rows, options)
        wanted = filter_of(call, queues)
        ends = _show_last(call, queues, wanted, writer)
        if options.follow and writer.count != options.count:
            try:
                asyncio.run(_follow(call, ends, wanted, writer))
            except KeyboardInterrupt:  # the way to end it
                output.end_interrupted_line()


def _show_last(
    call: Invocation, queues: list[MessageQueue], wanted: Filter, writer: MessageWriter
) -> dict[MessageQueue, int]:
    """Show the last messages of all queues in the order of time; return where each queue ends."""
    options, session, _ = call
    ends: dict[MessageQueue, int] = {}
    last: list[tuple[int, str, MessageExt]] = []
    for mq in queues:
        client = session.client(mq.broker_name)
        end = ends[mq] = client.get_max_offset(mq.topic, mq.queue_id)
        start = max(client.get_min_offset(mq.topic, mq.queue_id), end - options.lines)
        if start >= end:
            continue
        with closing(
            client.iter_messages(
                options.group,
                mq.topic,
                mq.queue_id,
                start,
                stop_at=end,
                **wanted._asdict(),
                suspend_timeout=0,
            )
        ) as messages:
            last += [(message.store_timestamp, mq.broker_name, message) for message in messages]
    last.sort(key=itemgetter(0))
    for _, broker_name, message in last[len(last) - min(options.lines, len(last)) :]:
        if writer.count != options.count:
            writer.show(broker_name, message)
    return ends


async def _follow(call: Invocation, ends: dict[MessageQueue, int], wanted: Filter, writer: MessageWriter) -> None:
    """Show messages of all queues as they come, in one stream; ends when there are as many as wanted."""
    options, session, _ = call
    arrived: asyncio.Queue[tuple[str, MessageExt]] = asyncio.Queue(_WAITING_MESSAGES)
    manager = await create_async_broker_manager(session.required_address, **session.settings)
    async with manager:
        followers = [
            asyncio.create_task(_follow_queue(call, manager, mq, offset, wanted, arrived))
            for mq, offset in ends.items()
        ]
        printing = asyncio.create_task(_print(arrived, writer, options.count))
        try:
            done, _ = await asyncio.wait([printing, *followers], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (printing, *followers):
                task.cancel()
            await asyncio.gather(printing, *followers, return_exceptions=True)


async def _print(arrived: asyncio.Queue[tuple[str, MessageExt]], writer: MessageWriter, limit: int | None) -> None:
    while writer.count != limit:
        writer.show(*await arrived.get())


async def _follow_queue(
    call: Invocation,
    manager: AsyncBrokerManager,
    mq: MessageQueue,
    offset: int,
    wanted: Filter,
    arrived: asyncio.Queue[tuple[str, MessageExt]],
) -> None:
    """Hand on the messages of one queue; goes on when a broker comes back."""
    while True:
        try:
            async with (
                manager.connection(mq.broker_name) as client,
                aclosing(
                    client.iter_messages(
                        call.options.group,
                        mq.topic,
                        mq.queue_id,
                        offset,
                        **wanted._asdict(),
                    )
                ) as messages,
            ):
                async for message in messages:
                    await arrived.put((mq.broker_name, message))
                    offset = message.queue_offset + 1
        except BrokerError as error:
            if error.response_code is not None and not error.retriable:
                raise  # a refusal: it would be the same again
            call.output.warn(f"queue {mq.queue_id}: {error}; trying again")
            await asyncio.sleep(_PAUSE)


COMMAND = Command(
    name="tail",
    summary="show the last messages, and with -f those that come",
    description="Show the last messages of a topic, over all its queues in the order of time. With -f wait for new "
    "ones, until Ctrl-C; when a broker goes away and comes back, it goes on where it was. Commits no offset.",
    run=run,
    arguments=(
        *READING,
        argument("-f", "--follow", action="store_true", help="wait for new messages"),
        argument(
            "-n", "--lines", type=natural, default=10, metavar="N", help="begin with the last N messages (default: 10)"
        ),
        argument("--count", type=positive, metavar="N", help="end after N messages"),
        FORMS,
    ),
    examples=(
        "rmq tail -f orders --count 1 --namesrv localhost:9876",
        "rmq tail orders -n 3 --json",
        "rmq tail orders --tag new --full",
    ),
    tables=(MESSAGES,),
)
