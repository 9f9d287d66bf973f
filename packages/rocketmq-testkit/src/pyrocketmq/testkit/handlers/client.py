"""Heartbeats, and questions about who is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.bodies.client import (
    Connection,
    ConsumerConnection,
    ConsumerIdList,
    ProducerConnection,
    ProducerInfo,
    ProducerTableInfo,
)
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import LanguageCode, ResponseCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import loads
from pyrocketmq.model.requests import (
    CheckClientConfig,
    GetAllProducerInfo,
    GetAllProducerInfoReply,
    GetConsumerConnectionList,
    GetConsumerConnectionListReply,
    GetConsumerListByGroup,
    GetConsumerListByGroupReply,
    GetProducerConnectionList,
    GetProducerConnectionListReply,
    HeartBeat,
    HeartBeatReply,
    UnregisterClient,
)
from pyrocketmq.model.subscription import SQL92, TAG
from pyrocketmq.testkit.clients import Channel
from pyrocketmq.testkit.filters import filter_of_sql
from pyrocketmq.testkit.handlers.common import WithoutFields, with_empty_header
from pyrocketmq.testkit.handlers.registry import BROKER, null_pointer
from pyrocketmq.testkit.refusal import Failure, Refusal
from pyrocketmq.testkit.sql92 import SqlError

if TYPE_CHECKING:
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange


class _PlainHeartBeatReply(WithoutFields, HeartBeatReply):
    """The answer of servers that say nothing in it."""


def _malformed_heartbeat(broker: BrokerServer, error: ProtocolError, exchange: Exchange) -> HeartBeatReply:
    """Take a heartbeat that is an object but says nothing."""
    if not exchange.body:
        raise Failure(f"java.lang.NullPointerException: {broker.profile.bodiless_heartbeat}")
    try:
        value = loads(exchange.body)
    except ProtocolError:
        null_pointer(broker, error, exchange)
    if value is None:
        raise Failure(f"java.lang.NullPointerException: {broker.profile.null_heartbeat}")
    if not isinstance(value, dict):
        null_pointer(broker, error, exchange)
    return _heartbeat_reply(broker, exchange, 0)


@BROKER.handles(HeartBeat, malformed=_malformed_heartbeat)
def heart_beat(broker: BrokerServer, request: HeartBeat, exchange: Exchange) -> HeartBeatReply:
    """Register a client's groups."""
    data = request.heartbeat_data
    command = exchange.command
    language = command.language.name if isinstance(command.language, LanguageCode) else LanguageCode.OTHER.name
    channel = Channel(exchange.connection, data.client_id, language, command.version, broker.clock.now())
    keeps_subscriptions = broker.profile.reports_heartbeat_v2 and bool(data.without_sub)
    for consumer in data.consumer_data_set:
        if broker.group_exists(consumer.group_name):
            broker.ensure_retry_topic(consumer.group_name, sys_flag=2 if consumer.unit_mode else 0)
            broker.consumers.register(consumer, channel, keeps_subscriptions=keeps_subscriptions)
    for producer in data.producer_data_set:
        broker.producers.register(producer.group_name, channel)
    return _heartbeat_reply(broker, exchange, data.heartbeat_fingerprint or 0)


def _heartbeat_reply(broker: BrokerServer, exchange: Exchange, fingerprint: int) -> HeartBeatReply:
    if not broker.profile.reports_heartbeat_v2:
        return _PlainHeartBeatReply()
    changed = broker.fingerprint_changed(exchange.connection, fingerprint)
    return HeartBeatReply(is_support_heart_beat_v2=True, is_sub_change=changed)


@BROKER.handles(UnregisterClient, absent={"client_id": ""})
def unregister_client(broker: BrokerServer, request: UnregisterClient, exchange: Exchange) -> EmptyReply:
    """Take a client out of its groups."""
    if request.producer_group is not None:
        broker.producers.unregister(request.producer_group, exchange.connection)
    if request.consumer_group is not None:
        broker.consumers.unregister(request.consumer_group, exchange.connection)
    return with_empty_header(EmptyReply())


def _malformed_check(broker: BrokerServer, error: ProtocolError, exchange: Exchange) -> EmptyReply:
    """Find nothing wrong with a subscription that is not there."""
    return EmptyReply()


@BROKER.handles(CheckClientConfig, malformed=_malformed_check)
def check_client_config(broker: BrokerServer, request: CheckClientConfig, exchange: Exchange) -> EmptyReply:
    """Try to compile a subscription."""
    subscription = request.client_config.subscription_data
    if subscription.expression_type == TAG:
        return EmptyReply()
    if not broker.settings.enabled("enablePropertyFilter"):
        raise Refusal(
            ResponseCode.SYSTEM_ERROR,
            f"The broker does not support consumer to filter message by {subscription.expression_type}",
        )
    try:
        filter_of_sql(subscription.expression_type, subscription.sub_string, broker.profile)
    except SqlError as error:
        if subscription.expression_type != SQL92:
            remark = (
                'Cannot invoke "org.apache.rocketmq.filter.FilterSpi.compile(String)" because the return value of '
                '"org.apache.rocketmq.filter.FilterFactory.get(String)" is null'
            )
            raise Refusal(ResponseCode.SUBSCRIPTION_PARSE_FAILED, remark) from error
        remark = f"org.apache.rocketmq.filter.parser.ParseException: {error}"
        raise Refusal(ResponseCode.SUBSCRIPTION_PARSE_FAILED, remark) from error
    return EmptyReply()


@BROKER.handles(GetConsumerListByGroup)
def get_consumer_list_by_group(
    broker: BrokerServer, request: GetConsumerListByGroup, exchange: Exchange
) -> GetConsumerListByGroupReply:
    """Name the members of a consumer group."""
    group = broker.consumers.get(request.consumer_group)
    if group is None:
        raise Refusal(ResponseCode.SYSTEM_ERROR, f"no consumer for this group, {request.consumer_group}", {})
    ids = [channel.client_id for channel in group.channels.values()]
    return with_empty_header(GetConsumerListByGroupReply(consumer_list=ConsumerIdList(consumer_id_list=ids)))


@BROKER.handles(GetConsumerConnectionList)
def get_consumer_connection_list(
    broker: BrokerServer, request: GetConsumerConnectionList, exchange: Exchange
) -> GetConsumerConnectionListReply:
    """Describe the connections of a consumer group."""
    group = broker.consumers.get(request.consumer_group)
    if group is None:
        raise Refusal(ResponseCode.CONSUMER_NOT_ONLINE, f"the consumer group[{request.consumer_group}] not online")
    return GetConsumerConnectionListReply(
        connections=ConsumerConnection(
            connection_set=[_connection_of(channel) for channel in group.channels.values()],
            subscription_table=dict(group.subscriptions),
            consume_type=group.consume_type,
            message_model=group.message_model,
            consume_from_where=group.consume_from_where,
        )
    )


@BROKER.handles(GetProducerConnectionList)
def get_producer_connection_list(
    broker: BrokerServer, request: GetProducerConnectionList, exchange: Exchange
) -> GetProducerConnectionListReply:
    """Describe the connections of a producer group."""
    channels = broker.producers.get(request.producer_group)
    if channels is None:
        raise Refusal(ResponseCode.SYSTEM_ERROR, f"the producer group[{request.producer_group}] not exist")
    connections = [_connection_of(channel) for channel in channels]
    return GetProducerConnectionListReply(connections=ProducerConnection(connection_set=connections))


@BROKER.handles(GetAllProducerInfo)
def get_all_producer_info(
    broker: BrokerServer, request: GetAllProducerInfo, exchange: Exchange
) -> GetAllProducerInfoReply:
    """Describe all producers."""
    data = {
        group: [_producer_of(channel) for channel in channels] for group, channels in broker.producers.all().items()
    }
    return GetAllProducerInfoReply(producers=ProducerTableInfo(data=data))


def _connection_of(channel: Channel) -> Connection:
    return Connection(
        client_id=channel.client_id,
        client_addr=channel.connection.peer_text,
        language=channel.language,
        version=channel.version,
    )


def _producer_of(channel: Channel) -> ProducerInfo:
    return ProducerInfo(
        client_id=channel.client_id,
        remote_ip=f"/{channel.connection.peer_text}",
        language=channel.language,
        version=channel.version,
        last_update_timestamp=channel.last_heartbeat,
    )
