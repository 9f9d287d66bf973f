"""Settings of consumer groups."""

from __future__ import annotations

from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.bodies.heartbeat import SubscriptionData
from pyrocketmq.model.declaration import JsonBody, Long, wire
from pyrocketmq.model.enums import GroupRetryPolicyType


class ExponentialRetryPolicy(JsonBody):
    """Delays that grow by a factor; in milliseconds."""

    initial: Long = 5000
    max: Long = 7_200_000
    multiplier: Long = 2


class CustomizedRetryPolicy(JsonBody):
    """Delays one by one, in milliseconds; the last one repeats."""

    next: list[Long] = wire(default_factory=list)


class GroupRetryPolicy(JsonBody):
    """Delays between the retries of a group (5.x); the policy that the type names counts."""

    type: GroupRetryPolicyType | str = GroupRetryPolicyType.CUSTOMIZED
    exponential_retry_policy: ExponentialRetryPolicy | None = None
    customized_retry_policy: CustomizedRetryPolicy | None = None


class SimpleSubscriptionData(JsonBody):
    """What a group subscribes, as its settings keep it (5.x)."""

    topic: str
    expression_type: str | None = None
    expression: str | None = None
    version: Long = 0


class SubscriptionGroupConfig(JsonBody):
    """Settings of a consumer group on one broker.

    Attributes:
        group_name: The group; alone it is enough to create one.
        consume_enable: Whether the group may read at all.
        consume_from_min_enable: Whether it may start at the beginning of a queue.
        consume_broadcast_enable: Whether it may broadcast.
        consume_message_orderly: Whether its pops keep the order of each queue (5.x).
        retry_queue_nums: Number of queues of its retry topic.
        retry_max_times: Retries before a message goes to the dead letter topic.
        group_retry_policy: Delays between them (5.x).
        broker_id: The broker it reads from: 0 is the master.
        which_broker_when_consume_slowly: The broker it is sent to when it lags behind.
        notify_consumer_ids_changed_enable: Whether members hear of changes of the membership.
        group_sys_flag: Bits: 1 unit; normally 0 (5.x).
        consume_timeout_minute: Minutes after which a message counts as not consumed (5.x).
        subscription_data_set: What it subscribes (5.x).
        attributes: Further settings (5.x).
    """

    group_name: str
    consume_enable: bool = True
    consume_from_min_enable: bool = True
    consume_broadcast_enable: bool = True
    consume_message_orderly: bool | None = None
    retry_queue_nums: int = 1
    retry_max_times: int = 16
    group_retry_policy: GroupRetryPolicy | None = None
    broker_id: Long = 0
    which_broker_when_consume_slowly: Long = 1
    notify_consumer_ids_changed_enable: bool = True
    group_sys_flag: int | None = None
    consume_timeout_minute: int | None = None
    subscription_data_set: list[SimpleSubscriptionData] | None = None
    attributes: dict[str, str] | None = None


class SubscriptionGroupList(JsonBody):
    """Settings of several groups."""

    group_config_list: list[SubscriptionGroupConfig] = wire(default_factory=list)


class SubscriptionGroupWrapper(JsonBody):
    """Settings of all groups of a broker, by name; and which topics a group must not read (5.4)."""

    subscription_group_table: dict[str, SubscriptionGroupConfig] = wire(default_factory=dict)
    forbidden_table: dict[str, dict[str, int]] | None = None
    data_version: DataVersion | None = None


class GroupForbidden(JsonBody):
    """Whether a group may read a topic."""

    group: str
    topic: str
    readable: bool | None = None


class GroupList(JsonBody):
    """Names of groups."""

    group_list: list[str] = wire(default_factory=list)


class QuerySubscriptionResponseBody(JsonBody):
    """What a group subscribes of a topic."""

    group: str
    topic: str
    subscription_data: SubscriptionData | None = None
