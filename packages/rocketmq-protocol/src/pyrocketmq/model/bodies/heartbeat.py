"""Heartbeats: which groups a client belongs to, and what it subscribes."""

from __future__ import annotations

from pyrocketmq.model.declaration import JsonBody, Long, wire
from pyrocketmq.model.enums import ConsumeFromWhere, ConsumeType, MessageModel
from pyrocketmq.model.subscription import TAG, parse_tags, tag_hash


class SubscriptionData(JsonBody):
    """What a consumer group wants of one topic.

    Attributes:
        topic: The topic.
        sub_string: The expression as the application gave it; `*` for everything.
        tags_set: The tags of a tag expression; empty for everything.
        code_set: Their hash codes, signed 32-bit numbers; brokers filter by them alone.
        sub_version: When the subscription was made, in milliseconds; must not decrease.
        class_filter_mode: Of a filter that no longer exists.
        expression_type: `TAG` or `SQL92`.
    """

    topic: str
    sub_string: str = "*"
    tags_set: list[str] = wire(default_factory=list)
    code_set: list[int] = wire(default_factory=list)
    sub_version: Long = 0
    class_filter_mode: bool = False
    expression_type: str = "TAG"

    @classmethod
    def of(cls, topic: str, expression: str, expression_type: str, sub_version: int) -> SubscriptionData:
        """Return what an expression wants of a topic, tags and their hashes taken out of it.

        Args:
            topic: The topic.
            expression: Tags joined by `||`, `*` for everything, or an SQL92 expression.
            expression_type: `TAG` or `SQL92`.
            sub_version: When the subscription was made, in milliseconds since the epoch.

        Example:
            >>> SubscriptionData.of("orders", "a || b", "TAG", 1).tags_set
            ['a', 'b']
        """
        tags = parse_tags(expression) if expression_type == TAG else []
        return cls(
            topic=topic,
            sub_string=expression,
            tags_set=tags,
            code_set=[tag_hash(tag) for tag in tags],
            sub_version=sub_version,
            expression_type=expression_type,
        )


class ProducerData(JsonBody):
    """One producer group of a client."""

    group_name: str


class ConsumerData(JsonBody):
    """One consumer group of a client.

    Attributes:
        group_name: The group.
        consume_type: How the client gets its messages.
        message_model: Who of the group gets a message.
        consume_from_where: Where a new group starts; brokers only store it.
        subscription_data_set: The subscriptions; the same for all members, that of the retry topic included.
        unit_mode: Of a deployment in units; normally false.
    """

    group_name: str
    consume_type: ConsumeType | str = ConsumeType.CONSUME_PASSIVELY
    message_model: MessageModel | str = MessageModel.CLUSTERING
    consume_from_where: ConsumeFromWhere | str = ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET
    subscription_data_set: list[SubscriptionData] = wire(default_factory=list)
    unit_mode: bool = False


class HeartbeatData(JsonBody):
    """All groups of one client.

    Attributes:
        client_id: The client's id, `ip@instance`; all its connections share it.
        producer_data_set: Its producer groups.
        consumer_data_set: Its consumer groups.
        heartbeat_fingerprint: Hash of the subscriptions, for heartbeats without them (5.1.3 and later); 0 for none.
        without_sub: The subscriptions are left out, the broker knows them by their fingerprint (5.1.3 and later).
    """

    client_id: str = wire("clientID")
    producer_data_set: list[ProducerData] = wire(default_factory=list)
    consumer_data_set: list[ConsumerData] = wire(default_factory=list)
    heartbeat_fingerprint: int | None = None
    without_sub: bool | None = None


class CheckClientRequestBody(JsonBody):
    """A subscription that a broker should try to compile."""

    client_id: str
    group: str
    subscription_data: SubscriptionData
    namespace: str | None = None
