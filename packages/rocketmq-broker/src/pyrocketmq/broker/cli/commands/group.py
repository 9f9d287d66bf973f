"""`rmq group`: the consumer groups of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.cli.changes import change_on_brokers, table_of_changes
from pyrocketmq.broker.cli.command import Command, CommandGroup, Invocation, argument
from pyrocketmq.broker.cli.errors import CommandError
from pyrocketmq.broker.cli.table import Column, Table, hidden, number
from pyrocketmq.broker.cli.values import natural
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.release import release_name
from pyrocketmq.model import ResponseCode
from pyrocketmq.model.bodies import SubscriptionGroupConfig

if TYPE_CHECKING:
    from pyrocketmq.broker.client import BrokerClient

_GROUP: Final = argument("group", metavar="GROUP", help="the consumer group")
_INTERNAL: Final = (
    "CID_RMQ_SYS_",
    "CID_ONSAPI_",
    "CID_ONS-HTTP-PROXY",
    "TOOLS_CONSUMER",
    "FILTERSRV_CONSUMER",
    "SELF_TEST_C_GROUP",
    "__MONITOR_CONSUMER",
    "CID_DEFAULT_HEARTBEAT_SYN",
)

GROUPS: Final = Table(
    (
        Column("group", "the consumer group", can_be_cut=True),
        Column("broker_name", "the broker"),
        number("members", "how many are connected"),
        Column("may_read", "whether it may read at all"),
        number("retries", "retries before a message is a dead letter"),
        hidden("orderly", "whether its pops keep the order of each queue (5.x)"),
    )
)
MEMBERS: Final = Table(
    (
        Column("client_id", "id of a member", can_be_cut=True),
        Column("broker_name", "the broker that it is connected to"),
        Column("address", "where it connects from"),
        Column("language", "language of its client"),
        Column("version", "version of its client"),
    ),
    kind="member",
)
SUBSCRIPTIONS: Final = Table(
    (
        Column("topic", "a topic that it subscribes", can_be_cut=True),
        Column("broker_name", "the broker"),
        Column("type", "`TAG` or `SQL92`"),
        Column("expression", "which messages", can_be_cut=True),
    ),
    kind="subscription",
)
LAGS: Final = Table(
    (
        Column("topic", "a topic that it has offsets in", can_be_cut=True),
        Column("broker_name", "the broker"),
        number("queues", "number of queues"),
        number("lag", "messages that it has not consumed"),
    ),
    kind="lag",
)


def list_groups(call: Invocation) -> None:
    """List groups."""
    options, session, output = call
    with output.table(GROUPS) as rows:
        for name, client in session.clients():
            for group, config in sorted(client.get_subscription_groups().items()):
                if options.all or not group.startswith(_INTERNAL):
                    rows.add(
                        {
                            "group": group,
                            "broker_name": name,
                            "members": len(client.get_consumer_list(group)),
                            "may_read": config.consume_enable,
                            "retries": config.retry_max_times,
                            "orderly": bool(config.consume_message_orderly),
                        }
                    )
    if not rows.count:
        output.note("there are no groups; --all shows the internal ones")


def show(call: Invocation) -> None:
    """Show members, subscriptions and lag of a group.

    Raises:
        CommandError: no broker knows it.
    """
    options, session, output = call
    known = False
    with output.table(MEMBERS) as members, output.table(SUBSCRIPTIONS) as subscriptions, output.table(LAGS) as lags:
        for name, client in session.clients():
            # Asking for one group alone would create it.
            known |= options.group in client.get_subscription_groups()
            try:
                connections = client.get_consumer_connections(options.group)
            except BrokerError as error:
                if error.response_code != ResponseCode.CONSUMER_NOT_ONLINE:
                    raise
            else:
                for each in connections.connection_set:
                    members.add(
                        {
                            "client_id": each.client_id,
                            "broker_name": name,
                            "address": each.client_addr,
                            "language": each.language,
                            "version": release_name(each.version),
                        }
                    )
                for topic, wanted in sorted(connections.subscription_table.items()):
                    subscriptions.add(
                        {
                            "topic": topic,
                            "broker_name": name,
                            "type": wanted.expression_type,
                            "expression": wanted.sub_string,
                        }
                    )
            by_topic: dict[str, list[int]] = {}
            for mq, entry in client.get_consume_stats(options.group).offset_table.items():
                by_topic.setdefault(mq.topic, []).append(entry.broker_offset - entry.consumer_offset)
            for topic, queues in sorted(by_topic.items()):
                lags.add({"topic": topic, "broker_name": name, "queues": len(queues), "lag": sum(queues)})
    if not (known or members.count or lags.count):
        raise _unknown(options.group)
    if not members.count:
        output.note("nobody of the group is connected")
    if not lags.count:
        output.note("the group has committed no offset")


def create(call: Invocation) -> None:
    """Create a group on all brokers."""
    options = call.options
    config = SubscriptionGroupConfig(
        group_name=options.group,
        retry_max_times=options.retries,
        consume_enable=not options.disabled,
        consume_message_orderly=options.orderly or None,
    )
    change_on_brokers(call, "group", lambda client: client.create_subscription_group(config), "created")


def delete(call: Invocation) -> None:
    """Delete a group on all brokers.

    Raises:
        CommandError: no broker knows it.
    """
    options = call.options

    def delete_on(client: BrokerClient) -> bool:
        if options.group not in client.get_subscription_groups():
            return False
        client.delete_subscription_group(options.group, clean_offset=options.offsets)
        return True

    if not change_on_brokers(call, "group", delete_on, "deleted"):
        raise _unknown(options.group)


def _unknown(group: str) -> CommandError:
    return CommandError(f"there is no group {group!r}: `rmq group list` shows all")


COMMANDS = CommandGroup(
    name="group",
    summary="list, show, create and delete consumer groups",
    commands=(
        Command(
            name="list",
            summary="list the groups",
            description="List the consumer groups of all brokers. Internal ones only with --all.",
            run=list_groups,
            arguments=(argument("--all", action="store_true", help="internal groups too"),),
            examples=("rmq group list --namesrv localhost:9876",),
            tables=(GROUPS,),
        ),
        Command(
            name="show",
            summary="show members, subscriptions and lag of a group",
            description="Show who of a group is connected, what it subscribes, and how many messages it lags behind.",
            run=show,
            arguments=(_GROUP,),
            examples=("rmq group show billing --namesrv localhost:9876",),
            tables=(MEMBERS, SUBSCRIPTIONS, LAGS),
        ),
        Command(
            name="create",
            summary="create a group, or replace its settings",
            description="Create a consumer group on all brokers, or replace its settings.",
            run=create,
            arguments=(
                _GROUP,
                argument("--retries", type=natural, default=16, metavar="N", help="default: %(default)s"),
                argument("--orderly", action="store_true", help="pops keep the order of each queue (5.x)"),
                argument("--disabled", action="store_true", help="it must not read"),
            ),
            examples=("rmq group create mail --retries 3 --namesrv localhost:9876",),
            tables=(table_of_changes("group"),),
        ),
        Command(
            name="delete",
            summary="delete a group",
            description="Delete a consumer group on all brokers. Does not ask.",
            run=delete,
            arguments=(_GROUP, argument("--offsets", action="store_true", help="its offsets too")),
            examples=("rmq group delete mail --offsets --namesrv localhost:9876",),
            tables=(table_of_changes("group"),),
        ),
    ),
)
