"""Administration of topics."""

from __future__ import annotations

from pyrocketmq.model.bodies.route import TopicQueueMappingDetail
from pyrocketmq.model.bodies.topic import (
    CreateTopicListRequestBody,
    TopicConfigAndQueueMapping,
    TopicConfigSerializeWrapper,
)
from pyrocketmq.model.declaration import Reply, Request, body
from pyrocketmq.model.declaration.body_codec import FastjsonBodyCodec, JsonBodyCodec
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.requests.base import TopicRequest


class CreateTopic(TopicRequest[EmptyReply]):
    """What requests that create a topic have in common.

    Attributes:
        topic: The topic.
        default_topic: The topic whose settings it takes over.
        read_queue_nums: Number of queues to read from.
        write_queue_nums: Number of queues to write to.
        perm: Bits: 4 readable, 2 writable, 1 inherited, 8 priority.
        topic_filter_type: A `TopicFilterType`.
        topic_sys_flag: Bits: 1 unit, 2 unit subscription.
        order: Whether NameServers should know it as ordered.
        attributes: Changes of further settings: `+key=value` sets, `-key` removes, joined by commas (5.x).
        force: Also where that changes a static topic (5.x).
    """

    topic: str
    default_topic: str = "TBW102"
    read_queue_nums: int
    write_queue_nums: int
    perm: int = 6
    topic_filter_type: str = "SINGLE_TAG"
    topic_sys_flag: int | None = None
    order: bool = False
    attributes: str | None = None
    force: bool | None = None


class UpdateAndCreateTopic(CreateTopic, code=RequestCode.UPDATE_AND_CREATE_TOPIC):
    """Create a topic, or change one. Refusals: 1 a bad name or attribute, 29 the same (5.3.2 and later)."""


class UpdateAndCreateTopicList(Request[EmptyReply], code=RequestCode.UPDATE_AND_CREATE_TOPIC_LIST, since="5.3.0"):
    """Create or change several topics."""

    topics: CreateTopicListRequestBody = body(JsonBodyCodec(CreateTopicListRequestBody))


class UpdateAndCreateStaticTopic(CreateTopic, code=RequestCode.UPDATE_AND_CREATE_STATIC_TOPIC, since="5.0.0"):
    """Create a static topic, or change one, with the mapping of its logical queues on this broker."""

    mapping: TopicQueueMappingDetail = body(JsonBodyCodec(TopicQueueMappingDetail))


class DeleteTopicInBroker(TopicRequest[EmptyReply], code=RequestCode.DELETE_TOPIC_IN_BROKER):
    """Delete a topic from a broker; one that is not there is no error."""

    topic: str


class GetAllTopicConfigReply(Reply):
    """Settings of all topics.

    Attributes:
        total_topic_num: Number of topics, where the answer is a page (5.4.0).
        topic_configs: The settings.
    """

    total_topic_num: int | None = None
    topic_configs: TopicConfigSerializeWrapper = body(FastjsonBodyCodec(TopicConfigSerializeWrapper))


class GetAllTopicConfig(Request[GetAllTopicConfigReply], code=RequestCode.GET_ALL_TOPIC_CONFIG):
    """Ask for the settings of all topics. The fields page through them, on 5.4.0 brokers set so.

    Attributes:
        topic_seq: Number of the first topic.
        max_topic_num: Number of topics.
        data_version: JSON of the version that the asker has.
    """

    topic_seq: int | None = None
    max_topic_num: int | None = None
    data_version: str | None = None


class GetTopicConfigReply(Reply):
    """Settings of a topic."""

    topic_config: TopicConfigAndQueueMapping = body(FastjsonBodyCodec(TopicConfigAndQueueMapping))


class GetTopicConfig(TopicRequest[GetTopicConfigReply], code=RequestCode.GET_TOPIC_CONFIG, since="5.0.0"):
    """Ask for the settings of a topic. Refusal 17: there is none."""

    topic: str
