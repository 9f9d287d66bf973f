"""What brokers tell NameServers."""

from __future__ import annotations

from pyrocketmq.model.bodies.topic import TopicConfigSerializeWrapper
from pyrocketmq.model.declaration import JsonBody, wire


class RegisterBrokerBody(JsonBody):
    """All topics of a broker that registers."""

    topic_config_serialize_wrapper: TopicConfigSerializeWrapper | None = None
    filter_server_list: list[str] = wire(default_factory=list)
