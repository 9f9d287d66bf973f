"""Administration of consumer groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.bodies.subscription_group import GroupForbidden, SubscriptionGroupWrapper
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.requests import (
    DeleteSubscriptiongroup,
    GetAllSubscriptiongroupConfig,
    GetAllSubscriptiongroupConfigReply,
    GetSubscriptiongroupConfig,
    GetSubscriptiongroupConfigReply,
    UpdateAndCreateSubscriptiongroup,
    UpdateAndCreateSubscriptiongroupList,
    UpdateAndGetGroupForbidden,
    UpdateAndGetGroupForbiddenReply,
)
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange


@BROKER.handles(UpdateAndCreateSubscriptiongroup)
def update_and_create_subscriptiongroup(
    broker: BrokerServer, request: UpdateAndCreateSubscriptiongroup, exchange: Exchange
) -> EmptyReply:
    """Create a group, or replace all its settings."""
    broker.groups.put(request.config)
    return EmptyReply()


@BROKER.handles(UpdateAndCreateSubscriptiongroupList)
def update_and_create_subscriptiongroup_list(
    broker: BrokerServer, request: UpdateAndCreateSubscriptiongroupList, exchange: Exchange
) -> EmptyReply:
    """Create several groups, or replace all their settings."""
    for config in request.groups.group_config_list:
        broker.groups.put(config)
    return EmptyReply()


@BROKER.handles(GetAllSubscriptiongroupConfig)
def get_all_subscriptiongroup_config(
    broker: BrokerServer, request: GetAllSubscriptiongroupConfig, exchange: Exchange
) -> GetAllSubscriptiongroupConfigReply:
    """Give the settings of all groups."""
    table = broker.groups.all()
    is_extended = broker.profile.has_extended_json
    return GetAllSubscriptiongroupConfigReply(
        total_group_num=len(table) if is_extended else None,
        groups=SubscriptionGroupWrapper(
            subscription_group_table=table,
            forbidden_table=broker.groups.forbidden() if is_extended else None,
            data_version=broker.groups.data_version(),
        ),
    )


@BROKER.handles(GetSubscriptiongroupConfig)
def get_subscriptiongroup_config(
    broker: BrokerServer, request: GetSubscriptiongroupConfig, exchange: Exchange
) -> GetSubscriptiongroupConfigReply:
    """Give the settings of a group; asking creates it."""
    config = broker.groups.get(request.group) if broker.group_exists(request.group) else None
    if config is None:
        raise Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "No group in this broker")
    return GetSubscriptiongroupConfigReply(config=config)


@BROKER.handles(DeleteSubscriptiongroup)
def delete_subscriptiongroup(broker: BrokerServer, request: DeleteSubscriptiongroup, exchange: Exchange) -> EmptyReply:
    """Delete a group, and its offsets if the request says so in the words of this version."""
    broker.groups.delete(request.group_name)
    if broker.profile.cleans_offsets_of_deleted_groups and request.clean_offset:
        broker.offsets.delete_group(request.group_name)
    return EmptyReply()


@BROKER.handles(UpdateAndGetGroupForbidden)
def update_and_get_group_forbidden(
    broker: BrokerServer, request: UpdateAndGetGroupForbidden, exchange: Exchange
) -> UpdateAndGetGroupForbiddenReply:
    """Say whether a group may read a topic."""
    if request.readable is not None:
        broker.groups.forbid(request.group, request.topic, readable=request.readable)
    readable = not broker.groups.is_forbidden(request.group, request.topic)
    return UpdateAndGetGroupForbiddenReply(
        forbidden=GroupForbidden(group=request.group, topic=request.topic, readable=readable)
    )
