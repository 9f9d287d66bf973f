"""Access control of 4.9 (ACL 1.0): accounts in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.enums import RequestCode
from pyrocketmq.testkit.access.account import access_key_of, is_signed_by
from pyrocketmq.testkit.access.needs import ADMINISTRATION, GROUP, needs_of
from pyrocketmq.testkit.refusal import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.testkit.access.account import Account
    from pyrocketmq.testkit.access.needs import Need
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.refusal import Refusal

_NEVER_SIGNS_UNIQUE_KEY_QUERY: Final = 0


class PlainAccess:
    """Decides by accounts. Every refusal has code 1 and names an exception.

    Args:
        accounts: The accounts.
        cluster: Name of the cluster.
    """

    def __init__(self, accounts: Iterable[Account], cluster: str) -> None:
        self._accounts = {account.access_key: account for account in accounts}
        self._cluster = cluster

    def check(self, exchange: Exchange) -> None:
        """Let a request pass, or not.

        Raises:
            Refusal: it is not allowed.
        """
        account = self._sender_of(exchange)
        if account.admin:
            return
        code = exchange.command.code
        if code == RequestCode.SEND_BATCH_MESSAGE:
            return  # 4.9 looks at who sends a batch, and not at what they may do
        if code in ADMINISTRATION:
            raise _refusal(
                f"Need admin permission for request code={code}, but accessKey={account.access_key} is not", "checkPerm"
            )
        for need in needs_of(exchange, self._cluster):
            if not _is_allowed(account, need):
                raise _refusal(f"No default permission for {need.kind.lower()}:{need.name}", "checkPerm")

    def _sender_of(self, exchange: Exchange) -> Account:
        access_key = access_key_of(exchange)
        if access_key is None:
            raise _refusal("No accessKey is configured", "validate")
        account = self._accounts.get(access_key)
        if account is None:
            raise _refusal(f"No acl config for {access_key}", "validate")
        if not is_signed_by(exchange, account.secret_key, version=_NEVER_SIGNS_UNIQUE_KEY_QUERY):
            raise _refusal(f"Check signature failed for accessKey={access_key}", "validate")
        return account


def _is_allowed(account: Account, need: Need) -> bool:
    permissions = (account.groups if need.kind == GROUP else account.topics).get(need.name, "")
    return need.action.upper() in permissions.split("|")


def _refusal(text: str, method: str) -> Refusal:
    return Failure(
        f"org.apache.rocketmq.acl.common.AclException: {text}, "
        f"org.apache.rocketmq.acl.plain.PlainPermissionManager.{method}(PlainPermissionManager.java)"
    )
