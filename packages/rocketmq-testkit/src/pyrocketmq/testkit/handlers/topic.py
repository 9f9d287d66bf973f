"""Administration of topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.bodies.topic import TopicConfig, TopicConfigAndQueueMapping, TopicConfigSerializeWrapper
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import ResponseCode, TopicFilterType
from pyrocketmq.model.errors import FieldError, ProtocolError
from pyrocketmq.model.requests import (
    DeleteTopicInBroker,
    GetAllTopicConfig,
    GetAllTopicConfigReply,
    GetTopicConfig,
    GetTopicConfigReply,
    UpdateAndCreateTopic,
    UpdateAndCreateTopicList,
)
from pyrocketmq.testkit.handlers.common import WithoutFields, refuse_bad_topic_name
from pyrocketmq.testkit.handlers.registry import BROKER, null_pointer
from pyrocketmq.testkit.refusal import NOT_SET, Failure, Refusal
from pyrocketmq.testkit.store.topic_attributes import AttributeChangeError, changed_attributes

if TYPE_CHECKING:
    from typing import NoReturn

    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange


def _malformed(broker: BrokerServer, error: ProtocolError, exchange: Exchange) -> NoReturn:
    if exchange.code == UpdateAndCreateTopic.CODE and "topicFilterType" not in exchange.fields:
        raise _bad_filter_type("null")
    if isinstance(error, FieldError) and error.field == "topic":
        raise Refusal(broker.profile.invalid_parameter, "The specified topic is blank.")
    null_pointer(broker, error, exchange)


def _bad_filter_type(filter_type: str) -> Failure:
    return Failure(
        "org.apache.rocketmq.remoting.exception.RemotingCommandException: "
        f"topicFilterType = [{filter_type}] value invalid"
    )


@BROKER.handles(UpdateAndCreateTopic, malformed=_malformed, needed=("topic_filter_type",))
def update_and_create_topic(broker: BrokerServer, request: UpdateAndCreateTopic, exchange: Exchange) -> EmptyReply:
    """Create a topic, or replace its settings."""
    topic = request.topic
    refuse_bad_topic_name(broker.profile, topic)
    _refuse_system_topic(broker, topic)
    if request.topic_filter_type not in tuple(TopicFilterType):
        raise _bad_filter_type(request.topic_filter_type)
    known = broker.topics.get(topic)
    attributes: dict[str, str] | None = None
    if broker.profile.has_attributes:
        try:
            attributes = changed_attributes(None if known is None else known.attributes or {}, request.attributes or "")
        except AttributeChangeError as error:
            raise Refusal(ResponseCode.SYSTEM_ERROR, str(error)) from error
    config = TopicConfig(
        topic_name=topic,
        read_queue_nums=request.read_queue_nums,
        write_queue_nums=request.write_queue_nums,
        perm=request.perm,
        topic_filter_type=request.topic_filter_type,
        topic_sys_flag=request.topic_sys_flag or 0,
        order=request.order and broker.profile.keeps_topic_order,
        attributes=attributes,
    )
    _put(broker, config)
    return EmptyReply(remark=NOT_SET)


@BROKER.handles(UpdateAndCreateTopicList)
def update_and_create_topic_list(
    broker: BrokerServer, request: UpdateAndCreateTopicList, exchange: Exchange
) -> EmptyReply:
    """Create several topics, or replace their settings."""
    configs = request.topics.topic_config_list
    for config in configs:
        refuse_bad_topic_name(broker.profile, config.topic_name)
        _refuse_system_topic(broker, config.topic_name)
    for config in configs:
        _put(broker, config)
    return EmptyReply(remark=NOT_SET)


def _put(broker: BrokerServer, config: TopicConfig) -> None:
    if not broker.profile.has_extended_json or broker.topics.get(config.topic_name) != config:
        broker.topics.put(config)


@BROKER.handles(DeleteTopicInBroker, malformed=_malformed)
def delete_topic_in_broker(broker: BrokerServer, request: DeleteTopicInBroker, exchange: Exchange) -> EmptyReply:
    """Delete a topic, if it is there."""
    if not request.topic.strip():
        raise Refusal(broker.profile.invalid_parameter, "The specified topic is blank.")
    _refuse_system_topic(broker, request.topic)
    broker.delete_topic(request.topic)
    return EmptyReply()


def _refuse_system_topic(broker: BrokerServer, topic: str) -> None:
    if broker.topics.is_system(topic):
        raise Refusal(broker.profile.invalid_parameter, f"The topic[{topic}] is conflict with system topic.")


class _PlainTopicsReply(WithoutFields, GetAllTopicConfigReply):
    """The answer of servers that do not number topics."""


@BROKER.handles(GetAllTopicConfig)
def get_all_topic_config(
    broker: BrokerServer, request: GetAllTopicConfig, exchange: Exchange
) -> GetAllTopicConfigReply:
    """Give the settings of all topics."""
    table = broker.topics.all()
    is_extended = broker.profile.has_extended_json
    reply = GetAllTopicConfigReply if is_extended else _PlainTopicsReply
    return reply(
        total_topic_num=len(table),
        topic_configs=TopicConfigSerializeWrapper(
            topic_config_table=table,
            data_version=broker.topics.data_version(),
            mapping_data_version=broker.topics.data_version() if is_extended else None,
            topic_queue_mapping_info_map={} if is_extended else None,
            topic_queue_mapping_detail_map={} if is_extended else None,
        ),
    )


@BROKER.handles(GetTopicConfig)
def get_topic_config(broker: BrokerServer, request: GetTopicConfig, exchange: Exchange) -> GetTopicConfigReply:
    """Give the settings of a topic."""
    config = broker.topics.get(request.topic)
    if config is None:
        raise Refusal(ResponseCode.TOPIC_NOT_EXIST, f"No topic in this broker. topic: {request.topic}")
    settings = {field.name: getattr(config, field.name) for field in config.FIELDS}
    return GetTopicConfigReply(topic_config=TopicConfigAndQueueMapping(**settings))
