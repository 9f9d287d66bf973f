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
from pyrocketmq.testkit.handlers.common import WithoutFields, has_legal_characters
from pyrocketmq.testkit.handlers.registry import BROKER, null_pointer
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from pyrocketmq.model.errors import ProtocolError
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange


def _malformed(broker: BrokerServer, error: ProtocolError, exchange: Exchange) -> EmptyReply | None:
    if broker.profile.illegal_group is None:
        null_pointer(broker, error, exchange)
    if not exchange.body:
        return EmptyReply()
    raise Refusal(broker.profile.invalid_parameter, "The specified group is blank.")


@BROKER.handles(UpdateAndCreateSubscriptiongroup, malformed=_malformed)
def update_and_create_subscriptiongroup(
    broker: BrokerServer, request: UpdateAndCreateSubscriptiongroup, exchange: Exchange
) -> EmptyReply:
    """Create a group, or replace all its settings."""
    _refuse_bad_name(broker, request.config.group_name)
    broker.groups.put(request.config)
    return EmptyReply()


@BROKER.handles(UpdateAndCreateSubscriptiongroupList)
def update_and_create_subscriptiongroup_list(
    broker: BrokerServer, request: UpdateAndCreateSubscriptiongroupList, exchange: Exchange
) -> EmptyReply:
    """Create several groups, or replace all their settings."""
    for config in request.groups.group_config_list:
        _refuse_bad_name(broker, config.group_name)
        broker.groups.put(config)
    return EmptyReply()


def _refuse_bad_name(broker: BrokerServer, group: str) -> None:
    illegal = broker.profile.illegal_group
    if illegal is None:
        return
    if not group.strip():
        raise Refusal(broker.profile.invalid_parameter, "The specified group is blank.")
    if not has_legal_characters(group):
        raise Refusal(broker.profile.invalid_parameter, illegal.format(group=group))


class _PlainGroupsReply(WithoutFields, GetAllSubscriptiongroupConfigReply):
    """The answer of servers that do not number groups."""


@BROKER.handles(GetAllSubscriptiongroupConfig)
def get_all_subscriptiongroup_config(
    broker: BrokerServer, request: GetAllSubscriptiongroupConfig, exchange: Exchange
) -> GetAllSubscriptiongroupConfigReply:
    """Give the settings of all groups."""
    table = broker.groups.all()
    is_extended = broker.profile.has_extended_json
    reply = GetAllSubscriptiongroupConfigReply if is_extended else _PlainGroupsReply
    return reply(
        total_group_num=len(table),
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
    if request.clean_offset if broker.profile.reads_clean_offset else request.remove_offset:
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
        remark="", forbidden=GroupForbidden(group=request.group, topic=request.topic, readable=readable)
    )
