"""`rmq query`: find messages by an id or a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.cli.command import Command, Invocation, argument, one_of
from pyrocketmq.broker.cli.errors import CommandError
from pyrocketmq.broker.cli.messages import MESSAGES, full_lines, message_row
from pyrocketmq.broker.cli.values import positive
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.message_id import decode_offset_message_id
from pyrocketmq.remote import Address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.broker.cli.session import Session
    from pyrocketmq.model import MessageExt


def run(call: Invocation) -> None:
    """Find and show.

    Raises:
        CommandError: nothing is found.
    """
    options, session, output = call
    found = list(_find(call))
    if not found:
        wanted = options.id or options.key or options.unique_key or options.offset_id
        raise CommandError(
            f"no message of topic {options.topic!r} has {wanted!r}; "
            "a broker's index follows its messages by up to half a second, and ends with them"
        )
    with output.table(MESSAGES) as rows:
        for broker_name, message in found:
            if options.table or output.as_json:
                rows.add(message_row(broker_name, message))
                continue
            output.note(f"{broker_name or session.address}, topic {message.topic}, queue {message.queue_id}:", "bold")
            for line in full_lines(message):
                output.write(line)


def _find(call: Invocation) -> Iterator[tuple[str, MessageExt]]:
    options, session, _ = call
    topic: str = options.topic
    if options.offset_id is not None:
        yield from _by_offset_id(session, topic, options.offset_id)
        return
    found = False
    for name, client in session.clients():
        if options.key is not None:
            messages = client.query_message(topic, options.key, options.count)
        else:
            messages = client.query_message_by_unique_key(topic, options.id or options.unique_key)
        for message in messages:
            found = True
            yield name, message
    if options.id is not None and not found:
        try:
            yield from _by_offset_id(session, topic, options.id)
        except (CommandError, ProtocolError, BrokerError):
            return  # then it was the other kind of id, and its message is not there


def _by_offset_id(session: Session, topic: str, offset_id: str) -> Iterator[tuple[str, MessageExt]]:
    """Read the message with an offset id from the broker that the id names."""
    place = decode_offset_message_id(offset_id)
    stored_at = str(Address(place.host, place.port))
    if session.is_direct:
        name, client = next(session.clients())
        yield name, client.view_message(offset_id, topic)
        return
    for name, data in session.cluster.broker_addr_table.items():
        if stored_at in data.broker_addrs.values():
            yield name, session.client(name).view_message(offset_id, topic)
            return
    raise CommandError(f"the id says that the message is at {stored_at}, and no broker of that address is registered")


COMMAND = Command(
    name="query",
    summary="find messages by an id or a key",
    description="Find messages of a topic and show everything of them. `--id` takes either kind of id.",
    run=run,
    arguments=(
        argument("topic", metavar="TOPIC", help="the topic"),
        one_of(
            argument("--id", metavar="ID", help="the unique id of a message, or its offset id"),
            argument("--key", metavar="KEY", help="one of its keys"),
            argument("--unique-key", metavar="ID", help="the unique id that the client gave it"),
            argument("--offset-id", metavar="ID", help="the id that the broker gave it"),
            required=True,
        ),
        argument("--count", type=positive, default=32, metavar="N", help="at most N for a key (default: 32)"),
        argument("--table", action="store_true", help="show a row for each message"),
    ),
    examples=(
        "rmq query orders --key 17 --namesrv localhost:9876",
        "rmq query orders --key 17 --table",
    ),
    tables=(MESSAGES,),
)
