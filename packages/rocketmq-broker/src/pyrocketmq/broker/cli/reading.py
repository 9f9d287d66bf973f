"""What `pull` and `tail` have in common: arguments, filters, and where reading begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.broker.cli.command import argument, one_of
from pyrocketmq.broker.cli.values import natural
from pyrocketmq.broker.subscriptions import subscription_data
from pyrocketmq.model.subscription import ALL, SQL92, TAG

if TYPE_CHECKING:
    from pyrocketmq.broker.cli.command import Invocation
    from pyrocketmq.broker.cli.values import Place
    from pyrocketmq.broker.client import BrokerClient
    from pyrocketmq.model import MessageQueue

GROUP: Final = "TOOLS_CONSUMER"
"""A group that every broker has, so that reading creates none."""

READING: Final = (
    argument("topic", metavar="TOPIC", help="the topic"),
    argument("--queue", type=natural, metavar="N", help="read the queues of this number alone"),
    argument("--broker-name", metavar="NAME", help="read from this broker alone"),
    one_of(
        argument("--tag", metavar="EXPRESSION", help="only messages with one of the tags: 'a || b'"),
        argument("--sql", metavar="EXPRESSION", help='only messages whose properties match: "price > 10"'),
    ),
    argument("--group", default=GROUP, metavar="GROUP", help="the consumer group to read as (default: %(default)s)"),
)
"""Arguments of commands that read messages."""


class Filter(NamedTuple):
    """Which messages are wanted, as pulls say it."""

    sub_expression: str
    expression_type: str


def filter_of(call: Invocation, queues: list[MessageQueue]) -> Filter:
    """Return the filter that the arguments ask for.

    Args:
        call: Brings the arguments.
        queues: What will be read.

    Raises:
        BrokerError: a broker does not filter by SQL, or the expression does not compile.
    """
    options, session, _ = call
    if options.sql is None:
        return Filter(options.tag or ALL, TAG)
    # Pulls say nothing of an expression that does not compile: they give everything.
    for name in dict.fromkeys(mq.broker_name for mq in queues):
        session.client(name).check_client_config(GROUP, subscription_data(options.topic, options.sql, SQL92))
    return Filter(options.sql, SQL92)


def offset_of(client: BrokerClient, mq: MessageQueue, place: Place) -> int:
    """Return the offset of a place in a queue."""
    if place.kind == "offset":
        return place.value
    if place.kind == "earliest":
        return client.get_min_offset(mq.topic, mq.queue_id)
    end = client.get_max_offset(mq.topic, mq.queue_id)
    if place.kind == "latest":
        return end
    found = client.search_offset_by_timestamp(mq.topic, mq.queue_id, place.value)
    # For a time after all messages 4.9 gives the last message instead of the end.
    if 0 < found == end - 1:
        last = client.pull_message(GROUP, mq.topic, mq.queue_id, found, 1)
        if last.messages and last.messages[0].store_timestamp < place.value:
            return end
    return found
