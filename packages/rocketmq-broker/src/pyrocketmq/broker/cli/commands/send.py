"""`rmq send`: send messages."""

from __future__ import annotations

import sys
from itertools import cycle, islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.broker.cli.command import Command, Invocation, argument, one_of
from pyrocketmq.broker.cli.errors import CommandError, UnknownTopicError
from pyrocketmq.broker.cli.session import WRITABLE
from pyrocketmq.broker.cli.table import Column, Table, hidden, number
from pyrocketmq.broker.cli.values import moment, natural, pair, positive, span
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.model import Message, MessageQueue, SendStatus

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from pyrocketmq.broker.cli.output import Rows
    from pyrocketmq.broker.cli.session import Session
    from pyrocketmq.model import SendMessageResult

_STANDARD_INPUT: Final = "-"

SENT: Final = Table(
    (
        Column("broker_name", "broker that stored it", width=10),
        number("queue_id", "queue that it went to", 8),
        number("queue_offset", "its place in the queue; of a batch that of the first", 12),
        Column("status", "what became of it", width=8),
        Column("msg_id", "its unique id; of a batch all of them, joined by commas"),
        hidden("offset_msg_id", "the id that the broker gave it"),
    )
)


def run(call: Invocation) -> None:
    """Send.

    Raises:
        CommandError: a broker failed after some messages; the message says how many were sent.
    """
    options, session, output = call
    properties: dict[str, str] = dict(options.property)
    choices: dict[str, Any] = {  # of several types
        "tags": options.tag,
        "keys": options.key,
        "delay_level": options.delay_level,
        "deliver_after": options.after,
        "deliver_at": options.at,
        "sharding_key": options.sharding_key,
    }
    messages = (Message(options.topic, body, properties=properties, **choices) for body in _bodies(options) if body)
    queues = cycle(_queues(session, options))
    total = None if options.lines is not None else options.count
    with output.table(SENT, live=True) as rows, output.progress("messages", total) as progress:
        sender = _Sender(session, options, rows)
        try:
            while batch := list(islice(messages, options.batch)):
                sender.send(batch, next(queues))
                progress.advance(len(batch))
        except BrokerError as error:
            if progress.done:
                raise CommandError(f"{error}; {progress.done} messages were sent before") from error
            raise
    if options.quiet or options.oneway or progress.done > 1:
        output.note(f"{progress.done} message{'' if progress.done == 1 else 's'} sent")
    if not progress.done:
        raise CommandError("nothing was sent: there is no body, and brokers store no message without one")


class _Sender:
    """Sends batches of one or more messages, and shows what came of them."""

    def __init__(self, session: Session, options: argparse.Namespace, rows: Rows) -> None:
        self._session = session
        self._rows = rows
        self._group: str = options.group
        self._oneway: bool = options.oneway
        self._quiet: bool = options.quiet

    def send(self, batch: list[Message], mq: MessageQueue) -> None:
        client = self._session.client(mq.broker_name)
        first = batch[0]
        if len(batch) > 1 and self._oneway:
            client.oneway_batch_send_message(self._group, batch, mq)
        elif self._oneway:
            client.oneway_send_message(self._group, first.body, mq, first.properties)
        elif len(batch) > 1:
            self._show(client.sync_batch_send_message(self._group, batch, mq))
        else:
            self._show(client.sync_send_message(self._group, first.body, mq, first.properties))

    def _show(self, result: SendMessageResult) -> None:
        if self._quiet:
            return
        is_safe = result.status is SendStatus.SEND_OK
        self._rows.add(
            {
                "broker_name": result.message_queue.broker_name,
                "queue_id": result.message_queue.queue_id,
                "queue_offset": result.queue_offset,
                "status": result.status.name,
                "msg_id": result.msg_id,
                "offset_msg_id": result.offset_msg_id,
            },
            {"status": "green" if is_safe else "yellow"},
        )


def _queues(session: Session, options: argparse.Namespace) -> list[MessageQueue]:
    if options.queue is not None and options.broker_name is not None:
        return [MessageQueue(options.topic, options.broker_name, options.queue)]
    try:
        return session.queues(options.topic, WRITABLE, queue_id=options.queue, broker_name=options.broker_name)
    except UnknownTopicError:
        # A broker may be set to create it; then it also knows how many queues it has.
        queue = -1 if options.queue is None else options.queue
        return [MessageQueue(options.topic, options.broker_name or session.broker_names[0], queue)]


def _bodies(options: argparse.Namespace) -> Iterable[bytes]:
    if options.lines is not None:
        return _lines_of(options.lines)
    if options.file is None:
        return repeat(options.body.encode(errors="surrogateescape"), options.count)
    body = sys.stdin.buffer.read() if options.file == _STANDARD_INPUT else Path(options.file).read_bytes()
    return repeat(body, options.count)


def _lines_of(name: str) -> Iterator[bytes]:
    with open(sys.stdin.fileno(), "rb", closefd=False) if name == _STANDARD_INPUT else open(name, "rb") as file:
        for line in file:
            yield line.rstrip(b"\r\n")


COMMAND = Command(
    name="send",
    summary="send messages",
    description="Send messages, one after the other, to the queues of a topic in turn. A topic that does not exist is "
    "created where the broker is set so. Prints the ids.",
    run=run,
    arguments=(
        argument("topic", metavar="TOPIC", help="the topic"),
        one_of(
            argument("body", nargs="?", metavar="BODY", help="the body, as text"),
            argument("--file", metavar="FILE", help="the content of a file is the body; '-' for standard input"),
            argument("--lines", metavar="FILE", help="each line of a file is a body; '-' for standard input"),
            required=True,
        ),
        argument("--tag", metavar="TAG", help="the tag that consumers can filter by"),
        argument("--key", action="append", default=[], metavar="KEY", help="a key to find it by; repeatable"),
        argument(
            "--property", type=pair, action="append", default=[], metavar="NAME=VALUE", help="a property; repeatable"
        ),
        argument("--sharding-key", metavar="KEY", help="key of messages whose order matters to each other"),
        one_of(
            argument("--delay-level", type=natural, metavar="LEVEL", help="deliver later: 1 (1 s) to 18 (2 h)"),
            argument("--after", type=span, metavar="SPAN", help="deliver after 90s, 10m, 2h (5.x; 4.9 ignores it)"),
            argument("--at", type=moment, metavar="TIME", help="deliver at 2026-01-31T18:00 (5.x; 4.9 ignores it)"),
        ),
        argument("--count", type=positive, default=1, metavar="N", help="send the body N times (default: 1)"),
        argument("--batch", type=positive, default=1, metavar="N", help="send N messages in one request (default: 1)"),
        argument("--queue", type=natural, metavar="N", help="send to the queues of this number alone"),
        argument("--broker-name", metavar="NAME", help="send to this broker alone"),
        argument("--group", default="rmq", metavar="GROUP", help="the producer group (default: rmq)"),
        argument("--oneway", action="store_true", help="do not wait for answers"),
        argument("-q", "--quiet", action="store_true", help="show how many were sent instead of each"),
    ),
    examples=(
        "rmq send orders 'order 17' --tag new --key 17 --namesrv localhost:9876",
        "rmq send orders ping --count 1000 --batch 100 --quiet",
        "rmq send orders 'remind me' --delay-level 3 --property source=shell",
        "printf 'one\\ntwo\\n' | rmq send orders --lines - --queue 0",
    ),
    tables=(SENT,),
)
