"""What a consumer group wants of each topic, as heartbeats say it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from pyrocketmq.model.bodies import ConsumerData, SubscriptionData
from pyrocketmq.model.enums import MessageModel
from pyrocketmq.model.names import check_group, check_topic, retry_topic
from pyrocketmq.model.subscription import ALL, TAG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.model.enums import ConsumeFromWhere, ConsumeType


def subscription_data(topic: str, sub_expression: str = ALL, expression_type: str = TAG) -> SubscriptionData:
    """Return what a heartbeat says about one topic.

    Args:
        topic: The topic.
        sub_expression: Which messages: tags joined by `||`, `*` for all, or an SQL92 expression.
        expression_type: `"TAG"` or `"SQL92"`.

    Raises:
        ValueError: the topic is not allowed.

    Example:
        ```python
        subscription_data("orders", "price > 10 AND color = 'red'", "SQL92")
        ```
    """
    return _subscription_data(check_topic(topic), sub_expression, expression_type)


def _subscription_data(topic: str, sub_expression: str, expression_type: str) -> SubscriptionData:
    return SubscriptionData.of(topic, sub_expression, expression_type, int(time.time() * 1000))


def consumer_data(
    consumer_group: str,
    subscriptions: Mapping[str, str] | Iterable[SubscriptionData],
    consume_type: ConsumeType,
    message_model: MessageModel,
    consume_from_where: ConsumeFromWhere,
) -> ConsumerData:
    """Return what a heartbeat says about one consumer group.

    Args:
        consumer_group: The group.
        subscriptions: Tag expressions by topic, or subscriptions. That of the group's retry topic is added.
        consume_type: How the client gets its messages.
        message_model: Who of the group gets a message.
        consume_from_where: Where a new group starts; brokers only store it.

    Raises:
        ValueError: a name is not allowed.
    """
    check_group(consumer_group)
    if isinstance(subscriptions, Mapping):
        expressions = cast("Mapping[str, str]", subscriptions)
        wanted = [subscription_data(topic, expression) for topic, expression in expressions.items()]
    else:
        wanted = list(subscriptions)
    retry = retry_topic(consumer_group)
    if message_model is MessageModel.CLUSTERING and all(each.topic != retry for each in wanted):
        wanted.append(_subscription_data(retry, ALL, TAG))  # may be longer than a topic may be otherwise
    return ConsumerData(
        group_name=consumer_group,
        consume_type=consume_type,
        message_model=message_model,
        consume_from_where=consume_from_where,
        subscription_data_set=wanted,
    )
