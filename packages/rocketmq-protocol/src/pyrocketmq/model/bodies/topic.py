"""Settings of topics, and lists of their names."""

from __future__ import annotations

from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.bodies.route import TopicQueueMappingDetail, TopicQueueMappingInfo
from pyrocketmq.model.declaration import JsonBody, wire
from pyrocketmq.model.enums import TopicFilterType


class TopicConfig(JsonBody):
    """Settings of a topic on one broker.

    Attributes:
        topic_name: The topic.
        read_queue_nums: Number of queues to read from.
        write_queue_nums: Number of queues to write to.
        perm: Bits: 4 readable, 2 writable, 1 inherited, 8 priority.
        topic_filter_type: One tag a message, or several.
        topic_sys_flag: Bits: 1 unit, 2 unit subscription; normally 0.
        order: Whether the topic is known to NameServers as ordered.
        attributes: Further settings such as `message.type` (5.x), without the plus sign of requests.
    """

    topic_name: str
    read_queue_nums: int = 16
    write_queue_nums: int = 16
    perm: int = 6
    topic_filter_type: TopicFilterType | str = TopicFilterType.SINGLE_TAG
    topic_sys_flag: int = 0
    order: bool = False
    attributes: dict[str, str] | None = None


class TopicConfigAndQueueMapping(TopicConfig):
    """Settings of a topic, with the queue mapping of a static one (5.x)."""

    mapping_detail: TopicQueueMappingDetail | None = None


class CreateTopicListRequestBody(JsonBody):
    """Settings of several topics."""

    topic_config_list: list[TopicConfig] = wire(default_factory=list)


class TopicConfigSerializeWrapper(JsonBody):
    """Settings of all topics of a broker, by name; those of static topics with their queue mapping (5.x)."""

    topic_config_table: dict[str, TopicConfig] = wire(default_factory=dict)
    data_version: DataVersion | None = None
    mapping_data_version: DataVersion | None = None
    topic_queue_mapping_info_map: dict[str, TopicQueueMappingInfo] | None = None
    topic_queue_mapping_detail_map: dict[str, TopicQueueMappingDetail] | None = None


class TopicList(JsonBody):
    """Names of topics; some answers name a broker's address too."""

    topic_list: list[str] = wire(default_factory=list)
    broker_addr: str | None = None
