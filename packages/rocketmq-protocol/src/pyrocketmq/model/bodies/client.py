"""Who is connected to a broker."""

from __future__ import annotations

from pyrocketmq.model.bodies.heartbeat import SubscriptionData
from pyrocketmq.model.declaration import JsonBody, Long, wire
from pyrocketmq.model.enums import ConsumeFromWhere, ConsumeType, MessageModel


class ConsumerIdList(JsonBody):
    """Ids of the connected members of a consumer group, in no order."""

    consumer_id_list: list[str] = wire(default_factory=list)


class Connection(JsonBody):
    """One connected client.

    Attributes:
        client_id: Its id.
        client_addr: Address and port that it connects from.
        language: Name of its language; brokers leave out one that they do not know.
        version: Version number of its library.
    """

    client_id: str
    client_addr: str
    language: str | None = None
    version: int


class ConsumerConnection(JsonBody):
    """The connected members of a consumer group and what the group subscribes, by topic."""

    connection_set: list[Connection] = wire(default_factory=list)
    subscription_table: dict[str, SubscriptionData] = wire(default_factory=dict)
    consume_type: ConsumeType | str | None = None
    message_model: MessageModel | str | None = None
    consume_from_where: ConsumeFromWhere | str | None = None


class ProducerConnection(JsonBody):
    """The connected members of a producer group."""

    connection_set: list[Connection] = wire(default_factory=list)


class ProducerInfo(JsonBody):
    """One connected producer.

    Attributes:
        client_id: Its id.
        remote_ip: Address and port that it connects from, with a leading slash.
        language: Name of its language; brokers leave out one that they do not know.
        version: Version number of its library.
        last_update_timestamp: When its last heartbeat came, in milliseconds.
    """

    client_id: str
    remote_ip: str = wire("remoteIP")
    language: str | None = None
    version: int
    last_update_timestamp: Long


class ProducerTableInfo(JsonBody):
    """All connected producers, by group."""

    data: dict[str, list[ProducerInfo]] = wire(default_factory=dict)
