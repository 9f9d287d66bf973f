"""Access control of 5.3 and later (ACL 2.0): users, and policies about resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.bodies.acl import AclInfo, PolicyEntryInfo, PolicyInfo, UserInfo
from pyrocketmq.model.enums import (
    AclAction,
    AclDecision,
    PolicyType,
    ResponseCode,
    UserStatus,
    UserType,
)
from pyrocketmq.testkit.access.account import access_key_of, is_signed_by
from pyrocketmq.testkit.access.needs import GROUP, TOPIC
from pyrocketmq.testkit.access.user_needs import needs_of, refuse_unreadable
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.testkit.access.account import Account
    from pyrocketmq.testkit.access.needs import Need
    from pyrocketmq.testkit.exchange import Exchange


class UserAccess:
    """Decides by users and policies. Every refusal has code 16.

    Args:
        accounts: Users and policies to begin with; requests may change them.
        cluster: Name of the cluster.

    Attributes:
        users: The users, by name.
        policies: What they may do, by subject `User:name`.
    """

    def __init__(self, accounts: Iterable[Account], cluster: str) -> None:
        self.users: dict[str, UserInfo] = {}
        self.policies: dict[str, AclInfo] = {}
        self._cluster = cluster
        for account in accounts:
            user = UserInfo(
                username=account.access_key,
                password=account.secret_key,
                user_type=UserType.SUPER if account.admin else UserType.NORMAL,
                user_status=UserStatus.ENABLE,
            )
            self.users[account.access_key] = user
            entries = _entries_of(account)
            if entries:
                subject = f"User:{account.access_key}"
                policy = PolicyInfo(policy_type=PolicyType.CUSTOM, entries=entries)
                self.policies[subject] = AclInfo(subject=subject, policies=[policy])

    def check(self, exchange: Exchange) -> None:
        """Let a request pass, or not.

        Raises:
            Refusal: it is not allowed.
        """
        name, user = self._sender_of(exchange)
        refuse_unreadable(exchange)
        if user.user_type == UserType.SUPER:
            return
        for need in needs_of(exchange, self._cluster):
            reason = self._objection(name, need)
            if reason is not None:
                source = exchange.connection.peer[0]
                raise _refusal(
                    f"User:{name} has no permission to access {need.kind}:{need.name} from {source}, {reason}"
                )

    def _sender_of(self, exchange: Exchange) -> tuple[str, UserInfo]:
        name = access_key_of(exchange)
        if name is None:
            raise _refusal("username cannot be null.")
        user = self.users.get(name)
        if user is None:
            raise _refusal(f"User:{name} is not found.")
        if user.user_status == UserStatus.DISABLE:
            raise _refusal(f"User:{name} is disabled.")
        if not is_signed_by(exchange, user.password or ""):
            raise _refusal("check signature failed.")
        return name, user

    def _objection(self, name: str, need: Need) -> str | None:
        acl = self.policies.get(f"User:{name}")
        matching = [
            entry
            for policy in (() if acl is None else acl.policies or ())
            for entry in policy.entries or ()
            if _is_about(entry, need)
        ]
        if not matching:
            return "no matched policies."
        best = max(matching, key=lambda entry: (_precision(entry), entry.decision == AclDecision.DENY))
        return "the decision is deny." if best.decision == AclDecision.DENY else None


def _entries_of(account: Account) -> list[PolicyEntryInfo]:
    entries: list[PolicyEntryInfo] = []
    for kind, table in ((TOPIC, account.topics), (GROUP, account.groups)):
        for name, permissions in table.items():
            is_denied = permissions == "DENY"
            actions = [AclAction.ALL] if is_denied else [AclAction(part.title()) for part in permissions.split("|")]
            entries.append(
                PolicyEntryInfo(
                    resource=f"{kind}:{name}",
                    actions=list(actions),
                    source_ips=[],
                    decision=AclDecision.DENY if is_denied else AclDecision.ALLOW,
                )
            )
    return entries


def _is_about(entry: PolicyEntryInfo, need: Need) -> bool:
    actions = entry.actions or []
    if AclAction.ALL not in actions and not any(action in actions for action in need.actions):
        return False
    resource = entry.resource or ""
    if resource == "*":
        return True
    kind, _, name = resource.partition(":")
    if kind != need.kind:
        return False
    return need.name.startswith(name[:-1]) if name.endswith("*") else need.name == name


def _precision(entry: PolicyEntryInfo) -> tuple[bool, int]:
    """Return how closely an entry names what it is about: a whole name, then the longest prefix."""
    resource = entry.resource or ""
    return not resource.endswith("*"), len(resource)


def _refusal(remark: str) -> Refusal:
    return Refusal(ResponseCode.NO_PERMISSION, remark)
