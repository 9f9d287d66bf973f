"""The consumer groups of a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.bodies.subscription_group import GroupRetryPolicy, SubscriptionGroupConfig
from pyrocketmq.model.names import check_group
from pyrocketmq.testkit.store.topics import READABLE

if TYPE_CHECKING:
    from pyrocketmq.testkit.clock import Clock


SYSTEM_GROUPS: Final = (
    "SELF_TEST_C_GROUP",
    "CID_ONSAPI_OWNER",
    "CID_ONSAPI_PERMISSION",
    "TOOLS_CONSUMER",
    "CID_ONS-HTTP-PROXY",
    "FILTERSRV_CONSUMER",
    "CID_ONSAPI_PULL",
)
"""Groups that every broker has from the start."""


class GroupTable:
    """Settings of all consumer groups, by name.

    Args:
        clock: Tells when something changed.
        checks_names: Whether a group with an illegal name is not created on demand.
        has_extended_settings: Whether settings have the members that 5.x added.
    """

    def __init__(self, clock: Clock, *, checks_names: bool, has_extended_settings: bool) -> None:
        self._clock = clock
        self._checks_names = checks_names
        self._has_extended_settings = has_extended_settings
        self._configs: dict[str, SubscriptionGroupConfig] = {}
        self._forbidden: set[tuple[str, str]] = set()
        self._changes = 0
        self._changed_at = clock.now()
        for group in (*SYSTEM_GROUPS, *(["CID_RMQ_SYS_TRANS"] if has_extended_settings else [])):
            self._configs[group] = self._completed(SubscriptionGroupConfig(group_name=group))

    def get(self, group: str) -> SubscriptionGroupConfig | None:
        """Return the settings of a group."""
        return self._configs.get(group)

    def get_or_create(self, group: str, *, auto_create: bool) -> SubscriptionGroupConfig | None:
        """Return the settings of a group, creating it where that is allowed."""
        config = self._configs.get(group)
        if config is None and auto_create and self._is_creatable(group):
            self.put(SubscriptionGroupConfig(group_name=group))
            config = self._configs[group]
        return config

    def all(self) -> dict[str, SubscriptionGroupConfig]:
        """Return the settings of all groups."""
        return dict(self._configs)

    def data_version(self) -> DataVersion:
        """Return the version of the table."""
        state = 0 if self._has_extended_settings else None
        return DataVersion(counter=self._changes, timestamp=self._changed_at, state_version=state)

    def put(self, config: SubscriptionGroupConfig) -> None:
        """Create a group, or replace its settings."""
        self._configs[config.group_name] = self._completed(config)
        self._changed()

    def delete(self, group: str) -> None:
        """Forget a group."""
        if self._configs.pop(group, None) is not None:
            self._changed()

    def forbid(self, group: str, topic: str, *, readable: bool) -> None:
        """Say whether a group may read a topic."""
        if readable:
            self._forbidden.discard((group, topic))
        else:
            self._forbidden.add((group, topic))

    def forbidden(self) -> dict[str, dict[str, int]]:
        """Return what groups must not do, by group and topic: the bit of what is forbidden."""
        table: dict[str, dict[str, int]] = {}
        for group, topic in sorted(self._forbidden):
            table.setdefault(group, {})[topic] = READABLE
        return table

    def is_forbidden(self, group: str, topic: str) -> bool:
        """Whether a group must not read a topic."""
        return (group, topic) in self._forbidden

    def copy_from(self, other: GroupTable) -> None:
        """Take over the groups of another table."""
        self._configs = other.all()
        self._forbidden = set(other._forbidden)
        self._changes, self._changed_at = other._changes, other._changed_at

    def _is_creatable(self, group: str) -> bool:
        if not self._checks_names:
            return True
        try:
            check_group(group)
        except ValueError:
            return False
        return True

    def _changed(self) -> None:
        self._changes += 1
        self._changed_at = self._clock.now()

    def _completed(self, config: SubscriptionGroupConfig) -> SubscriptionGroupConfig:
        """Give the settings that 5.x added their defaults, or leave them out as 4.9 does."""
        added: dict[str, object] = {
            "attributes": {},
            "consume_message_orderly": False,
            "consume_timeout_minute": 15,
            "group_retry_policy": GroupRetryPolicy(),
            "group_sys_flag": 0,
        }
        if not self._has_extended_settings:
            return config.replace(**dict.fromkeys([*added, "subscription_data_set"]))  # type: ignore[no-any-return]  # of the same class
        missing = {name: value for name, value in added.items() if getattr(config, name) is None}
        return config.replace(**missing)  # type: ignore[no-any-return]  # of the same class
