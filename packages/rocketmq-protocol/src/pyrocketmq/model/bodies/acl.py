"""Users and permissions: ACL 2.0 (5.3.0 and later) and ACL 1.0 (before)."""

from __future__ import annotations

from pyrocketmq.model.declaration import JsonBody, wire
from pyrocketmq.model.enums import AclAction, AclDecision, PolicyType, UserStatus, UserType


class UserInfo(JsonBody):
    """A user of ACL 2.0. Brokers give passwords back in clear text.

    Attributes:
        username: Name of the user; what requests carry as the access key.
        password: The secret key.
        user_type: A super user passes every check.
        user_status: Whether the user may log in.
    """

    username: str | None = None
    password: str | None = None
    user_type: UserType | str | None = None
    user_status: UserStatus | str | None = None


class PolicyEntryInfo(JsonBody):
    """What a policy says about one resource.

    Attributes:
        resource: `Topic:name`, `Group:name`, `Cluster:name` or `Namespace:name`; `*` is any name, `prefix*` a prefix.
        actions: What it is about.
        source_ips: Addresses and networks that requests must come from; empty for any.
        decision: Allow or deny.
    """

    resource: str | None = None
    actions: list[AclAction | str] | None = None
    source_ips: list[str] | None = None
    decision: AclDecision | str | None = None


class PolicyInfo(JsonBody):
    """Policies of one kind."""

    policy_type: PolicyType | str | None = None
    entries: list[PolicyEntryInfo] | None = None


class AclInfo(JsonBody):
    """What a subject, `User:name`, may do."""

    subject: str | None = None
    policies: list[PolicyInfo] | None = None


class PlainAccessConfig(JsonBody):
    """One account of ACL 1.0.

    Attributes:
        access_key: Name of the account.
        secret_key: Its secret.
        white_remote_address: Addresses that need no signature.
        admin: Whether it may administer.
        default_topic_perm: `DENY`, `PUB`, `SUB` or `PUB|SUB` for topics without a rule.
        default_group_perm: The same for groups.
        topic_perms: Rules for topics, `name=PUB|SUB`.
        group_perms: Rules for groups, `name=SUB`.
    """

    access_key: str | None = None
    secret_key: str | None = None
    white_remote_address: str | None = None
    admin: bool = False
    default_topic_perm: str | None = None
    default_group_perm: str | None = None
    topic_perms: list[str] | None = None
    group_perms: list[str] | None = None


class AclConfig(JsonBody):
    """All accounts of ACL 1.0, and the addresses that need no signature at all."""

    global_white_addrs: list[str] = wire(default_factory=list)
    plain_access_configs: list[PlainAccessConfig] = wire(default_factory=list)
