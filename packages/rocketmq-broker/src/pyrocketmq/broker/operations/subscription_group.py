"""Settings of consumer groups on a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.bodies import SubscriptionGroupList
from pyrocketmq.model.names import check_group
from pyrocketmq.model.requests import (
    DeleteSubscriptiongroup,
    GetAllSubscriptiongroupConfig,
    GetSubscriptiongroupConfig,
    UpdateAndCreateSubscriptiongroup,
    UpdateAndCreateSubscriptiongroupList,
    UpdateAndGetGroupForbidden,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model.bodies import SubscriptionGroupConfig


def create_subscription_group(
    context: ClientContext,
    config: SubscriptionGroupConfig,
    timeout: float | None = None,
) -> Plan[None]:
    """Create a consumer group, or replace its settings (UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, 200).

    Args:
        config: All settings of the group; what is left out takes its default, also in a group that exists.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.
        ValueError: the name is not allowed.

    Example:
        ```python
        client.create_subscription_group(SubscriptionGroupConfig(group_name="billing", retry_max_times=3))
        ```
    """
    check_group(config.group_name)
    yield from call(context, UpdateAndCreateSubscriptiongroup(config=config), timeout)


def create_subscription_groups(
    context: ClientContext, configs: Iterable[SubscriptionGroupConfig], timeout: float | None = None
) -> Plan[None]:
    """Create several consumer groups, or replace their settings (UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, 225).

    From 5.3.1 on.

    Args:
        configs: All settings of each group; what is left out takes its default.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerResponseError: the broker is too old.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.
        ValueError: a name is not allowed.

    Example:
        ```python
        client.create_subscription_groups([SubscriptionGroupConfig(group_name=name) for name in ("billing", "mail")])
        ```
    """
    groups = list(configs)
    for config in groups:
        check_group(config.group_name)
    body = SubscriptionGroupList(group_config_list=groups)
    yield from call(context, UpdateAndCreateSubscriptiongroupList(groups=body), timeout)


def get_subscription_group(
    context: ClientContext,
    consumer_group: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[SubscriptionGroupConfig]:
    """Ask for the settings of a group (GET_SUBSCRIPTIONGROUP_CONFIG, 352; from 5.0.0 on).

    For 4.9 see `get_subscription_groups`. A broker that creates groups by itself, as it does by default, creates this
    one.

    Args:
        consumer_group: The group.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The settings.

    Raises:
        BrokerResponseError: there is no such group, or the broker is too old.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        tries = client.get_subscription_group("billing").retry_max_times
        ```
    """
    reply = yield from call(context, GetSubscriptiongroupConfig(group=consumer_group), timeout, retry)
    return reply.config


def get_subscription_groups(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[dict[str, SubscriptionGroupConfig]]:
    """Ask for the settings of all groups (GET_ALL_SUBSCRIPTIONGROUP_CONFIG, 201).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The settings by group.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        print(sorted(client.get_subscription_groups()))
        ```
    """
    reply = yield from call(context, GetAllSubscriptiongroupConfig(), timeout, retry)
    return reply.groups.subscription_group_table


def delete_subscription_group(
    context: ClientContext, consumer_group: str, *, clean_offset: bool = False, timeout: float | None = None
) -> Plan[None]:
    """Delete a group (DELETE_SUBSCRIPTIONGROUP, 207); one that is not there is no error.

    Args:
        consumer_group: The group.
        clean_offset: Delete its offsets too.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.delete_subscription_group("billing", clean_offset=True)
        ```
    """
    request = DeleteSubscriptiongroup(
        group_name=consumer_group,
        # The two lines of servers call it differently and ignore what they do not know.
        clean_offset=clean_offset,
        remove_offset=clean_offset,
    )
    yield from call(context, request, timeout)


def set_group_forbidden(
    context: ClientContext, consumer_group: str, topic: str, forbidden: bool, timeout: float | None = None
) -> Plan[None]:
    """Forbid a group to read a topic, or allow it again (UPDATE_AND_GET_GROUP_FORBIDDEN, 353; from 5.0.0 on).

    It counts for members of the group; a pull that carries its own subscription is not asked.

    Args:
        consumer_group: The group.
        topic: The topic.
        forbidden: Whether the group must not read it.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerResponseError: the broker refused, or is too old.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.set_group_forbidden("billing", "orders", True)
        ```
    """
    request = UpdateAndGetGroupForbidden(group=consumer_group, topic=topic, readable=not forbidden)
    yield from call(context, request, timeout)


def is_group_forbidden(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[bool]:
    """Ask whether a group must not read a topic (UPDATE_AND_GET_GROUP_FORBIDDEN, 353; from 5.0.0 on).

    Args:
        consumer_group: The group.
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        Whether the group must not read the topic.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerResponseError: the broker refused, or is too old.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        if client.is_group_forbidden("billing", "orders"):
            client.set_group_forbidden("billing", "orders", False)
        ```
    """
    reply = yield from call(context, UpdateAndGetGroupForbidden(group=consumer_group, topic=topic), timeout, retry)
    return not reply.forbidden.readable
