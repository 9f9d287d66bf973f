"""`rmq topic`: the topics of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.cli.changes import change_on_brokers, table_of_changes
from pyrocketmq.broker.cli.command import Command, CommandGroup, Invocation, argument
from pyrocketmq.broker.cli.errors import UnknownTopicError
from pyrocketmq.broker.cli.session import READABLE, WRITABLE, topic_config
from pyrocketmq.broker.cli.table import Column, Table, hidden, number, show_time
from pyrocketmq.broker.cli.values import pair, positive
from pyrocketmq.model.names import DEAD_LETTER_PREFIX, RETRY_PREFIX

if TYPE_CHECKING:
    from pyrocketmq.broker.cli.output import Rows
    from pyrocketmq.broker.client import BrokerClient
    from pyrocketmq.model.bodies import TopicConfig, TopicStatsTable

_TOPIC: Final = argument("topic", metavar="TOPIC", help="the topic")
_PERMISSIONS: Final = {"rw": READABLE | WRITABLE, "r": READABLE, "w": WRITABLE}

TOPICS: Final = Table(
    (
        Column("topic", "the topic", can_be_cut=True),
        Column("broker_name", "the broker"),
        number("read_queues", "number of queues to read from"),
        number("write_queues", "number of queues to write to"),
        Column("permission", "`r` for readable, `w` for writable"),
        hidden("attributes", "further settings (5.x)"),
    )
)
QUEUES: Final = Table(
    (
        Column("broker_name", "the broker"),
        number("queue_id", "the queue"),
        Column("permission", "`r` for readable, `w` for writable"),
        number("start", "offset of the oldest message"),
        number("end", "offset that the next message will get"),
        number("messages", "messages between the two"),
        Column("last_timestamp", "when the last message was stored, in milliseconds", show=show_time),
    )
)


def list_topics(call: Invocation) -> None:
    """List topics."""
    options, session, output = call
    with output.table(TOPICS) as rows:
        found: list[tuple[str, str, TopicConfig]] = []
        for name, client in session.clients():
            internal = set[str]() if options.all else set(client.get_system_topics())
            for topic, config in client.get_topic_configs().items():
                is_own = not (topic in internal or topic.startswith((RETRY_PREFIX, DEAD_LETTER_PREFIX, "rmq_sys_")))
                if options.all or is_own:
                    found.append((topic, name, config))
        for topic, name, config in sorted(found, key=lambda each: each[:2]):
            rows.add(
                {
                    "topic": topic,
                    "broker_name": name,
                    "read_queues": config.read_queue_nums,
                    "write_queues": config.write_queue_nums,
                    "permission": _permission(config.perm),
                    "attributes": config.attributes or {},
                }
            )
    if not rows.count:
        output.note("there are no topics; --all shows the internal ones")


def show(call: Invocation) -> None:
    """Show the queues of a topic.

    Raises:
        UnknownTopicError: no broker has it.
    """
    options, session, output = call
    names = (
        session.broker_names
        if session.is_direct
        else [data.broker_name for data in session.route(options.topic).queue_datas]
    )
    with output.table(QUEUES) as rows:
        for name in sorted(names):
            client = session.client(name)
            config = topic_config(client, options.topic)
            stats = client.get_topic_stats(options.topic)
            _add_queues(rows, name, config, stats)
            for attribute, value in (config.attributes or {}).items():
                output.note(f"{name}: {attribute} is {value}", "dim")


def _add_queues(rows: Rows, name: str, config: TopicConfig, stats: TopicStatsTable) -> None:
    for mq, ends in sorted(stats.offset_table.items()):
        rows.add(
            {
                "broker_name": mq.broker_name or name,
                "queue_id": mq.queue_id,
                "permission": _permission(config.perm),
                "start": ends.min_offset,
                "end": ends.max_offset,
                "messages": ends.max_offset - ends.min_offset,
                "last_timestamp": ends.last_update_timestamp or None,
            }
        )


def create(call: Invocation) -> None:
    """Create a topic on all brokers, or on one."""
    options = call.options

    def create_on(client: BrokerClient) -> None:
        client.create_topic(
            options.topic,
            options.queues,
            perm=_PERMISSIONS[options.permission],
            order=options.order,
            attributes=dict(options.attribute),
        )

    change_on_brokers(call, "topic", create_on, "created", options.broker_name)


def delete(call: Invocation) -> None:
    """Delete a topic on all brokers, then in the routes.

    Raises:
        UnknownTopicError: no broker has it.
    """
    options, session, _ = call

    def delete_on(client: BrokerClient) -> bool:
        try:
            topic_config(client, options.topic)
        except UnknownTopicError:
            return False
        client.delete_topic(options.topic)
        return True

    if not change_on_brokers(call, "topic", delete_on, "deleted"):
        raise UnknownTopicError(options.topic)
    if not session.is_direct:
        session.nameserver.delete_topic(options.topic)


def _permission(bits: int) -> str:
    return ("r" if bits & READABLE else "") + ("w" if bits & WRITABLE else "")


COMMANDS = CommandGroup(
    name="topic",
    summary="list, show, create and delete topics",
    commands=(
        Command(
            name="list",
            summary="list the topics",
            description="List the topics of all brokers. Internal ones, and those of retries and dead letters, only "
            "with --all.",
            run=list_topics,
            arguments=(argument("--all", action="store_true", help="internal topics too"),),
            examples=("rmq topic list --namesrv localhost:9876", "rmq topic list --all --json"),
            tables=(TOPICS,),
        ),
        Command(
            name="show",
            summary="show the queues of a topic",
            description="Show where the queues of a topic are, where they begin and end, and when a message came last.",
            run=show,
            arguments=(_TOPIC,),
            examples=("rmq topic show orders --namesrv localhost:9876",),
            tables=(QUEUES,),
        ),
        Command(
            name="create",
            summary="create a topic, or change it",
            description="Create a topic on all brokers, or change its settings.",
            run=create,
            arguments=(
                _TOPIC,
                argument("--queues", type=positive, default=4, metavar="N", help="queues on each broker (default: 4)"),
                argument("--permission", choices=sorted(_PERMISSIONS), default="rw", help="default: %(default)s"),
                argument("--order", action="store_true", help="keep the order over failures of brokers"),
                argument(
                    "--attribute",
                    type=pair,
                    action="append",
                    default=[],
                    metavar="NAME=VALUE",
                    help="an attribute (5.x), such as message.type=FIFO; repeatable",
                ),
                argument("--broker-name", metavar="NAME", help="on this broker alone"),
            ),
            examples=("rmq topic create bills --queues 8 --namesrv localhost:9876",),
            tables=(table_of_changes("topic"),),
        ),
        Command(
            name="delete",
            summary="delete a topic and its messages",
            description="Delete a topic and its messages on all brokers. Does not ask.",
            run=delete,
            arguments=(_TOPIC,),
            examples=("rmq topic delete bills --namesrv localhost:9876",),
            tables=(table_of_changes("topic"),),
        ),
    ),
)
