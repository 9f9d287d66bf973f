"""Administration of consumer groups."""

from __future__ import annotations

from pyrocketmq.model.bodies.subscription_group import (
    GroupForbidden,
    SubscriptionGroupConfig,
    SubscriptionGroupList,
    SubscriptionGroupWrapper,
)
from pyrocketmq.model.declaration import Reply, Request, body
from pyrocketmq.model.declaration.body_codec import FastjsonBodyCodec, JsonBodyCodec
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.requests.base import TopicRequest


class UpdateAndCreateSubscriptiongroup(Request[EmptyReply], code=RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP):
    """Create a consumer group, or replace its settings."""

    config: SubscriptionGroupConfig = body(JsonBodyCodec(SubscriptionGroupConfig))


class UpdateAndCreateSubscriptiongroupList(
    Request[EmptyReply], code=RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, since="5.3.1"
):
    """Create several consumer groups, or replace their settings."""

    groups: SubscriptionGroupList = body(JsonBodyCodec(SubscriptionGroupList))


class GetAllSubscriptiongroupConfigReply(Reply):
    """Settings of all groups.

    Attributes:
        total_group_num: Number of groups, where the answer is a page (5.4.0).
        groups: The settings.
    """

    total_group_num: int | None = None
    groups: SubscriptionGroupWrapper = body(FastjsonBodyCodec(SubscriptionGroupWrapper))


class GetAllSubscriptiongroupConfig(
    Request[GetAllSubscriptiongroupConfigReply], code=RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG
):
    """Ask for the settings of all groups. The fields page through them, on 5.4.0 brokers set so.

    Attributes:
        group_seq: Number of the first group.
        max_group_num: Number of groups.
        data_version: JSON of the version that the asker has.
    """

    group_seq: int | None = None
    max_group_num: int | None = None
    data_version: str | None = None


class GetSubscriptiongroupConfigReply(Reply):
    """Settings of a group."""

    config: SubscriptionGroupConfig = body(FastjsonBodyCodec(SubscriptionGroupConfig))


class GetSubscriptiongroupConfig(
    Request[GetSubscriptiongroupConfigReply], code=RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, since="5.0.0"
):
    """Ask for the settings of a group. A broker that creates groups by itself creates this one; else refusal 26."""

    group: str


class DeleteSubscriptiongroup(Request[EmptyReply], code=RequestCode.DELETE_SUBSCRIPTIONGROUP):
    """Delete a group.

    Attributes:
        group_name: The group.
        clean_offset: Whether to delete its offsets too, as 5.x calls it.
        remove_offset: The same, as 4.9 calls it.
    """

    group_name: str
    clean_offset: bool | None = None
    remove_offset: bool | None = None


class UpdateAndGetGroupForbiddenReply(Reply):
    """Whether a group may read a topic."""

    forbidden: GroupForbidden = body(FastjsonBodyCodec(GroupForbidden))


class UpdateAndGetGroupForbidden(
    TopicRequest[UpdateAndGetGroupForbiddenReply], code=RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, since="5.0.0"
):
    """Tell, or ask, whether a group may read a topic.

    Attributes:
        group: The group.
        topic: The topic.
        readable: The new setting; by default none.
    """

    group: str
    topic: str
    readable: bool | None = None
