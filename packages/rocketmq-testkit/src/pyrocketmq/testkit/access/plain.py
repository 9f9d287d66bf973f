"""Access control of 4.9 (ACL 1.0): accounts in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.enums import AclAction, RequestCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.names import RETRY_PREFIX
from pyrocketmq.model.requests import HeartBeat
from pyrocketmq.testkit.access.account import access_key_of, is_signed_by
from pyrocketmq.testkit.access.needs import GROUP, group_need, topic_need
from pyrocketmq.testkit.refusal import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyrocketmq.testkit.access.account import Account
    from pyrocketmq.testkit.access.needs import Need
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.refusal import Refusal

_NEVER_SIGNS_UNIQUE_KEY_QUERY: Final = 0

_ADMINISTRATION: Final = frozenset(
    (
        RequestCode.UPDATE_AND_CREATE_TOPIC,
        RequestCode.DELETE_TOPIC_IN_BROKER,
        RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
        RequestCode.DELETE_SUBSCRIPTIONGROUP,
        RequestCode.UPDATE_BROKER_CONFIG,
    )
)
# Requests that are taken from administrators only.

_TOPIC_FIELDS: Final = {
    RequestCode.SEND_MESSAGE: ("topic", AclAction.PUB),
    RequestCode.SEND_MESSAGE_V2: ("b", AclAction.PUB),
    RequestCode.PULL_MESSAGE: ("topic", AclAction.SUB),
    RequestCode.UPDATE_CONSUMER_OFFSET: ("topic", AclAction.SUB),
    RequestCode.QUERY_MESSAGE: ("topic", AclAction.SUB),
}
_GROUP_FIELDS: Final = {
    RequestCode.PULL_MESSAGE: "consumerGroup",
    RequestCode.UPDATE_CONSUMER_OFFSET: "consumerGroup",
    RequestCode.CONSUMER_SEND_MSG_BACK: "group",
    RequestCode.UNREGISTER_CLIENT: "consumerGroup",
    RequestCode.GET_CONSUMER_LIST_BY_GROUP: "consumerGroup",
}
# Where requests name what they are about. Batches are not among them: 4.9 looks at who sends one, and not at what they
# may do.


class PlainAccess:
    """Decides by accounts. Every refusal has code 1 and names an exception.

    Args:
        accounts: The accounts.
    """

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._accounts = {account.access_key: account for account in accounts}

    def check(self, exchange: Exchange) -> None:
        """Let a request pass, or not.

        Raises:
            Refusal: it is not allowed.
        """
        account = self._sender_of(exchange)
        if account.admin:
            return
        code = exchange.command.code
        if code in _ADMINISTRATION:
            raise _refusal(
                f"Need admin permission for request code={code}, but accessKey={account.access_key} is not", "checkPerm"
            )
        for need in _in_order_of_refusal(_needs_of(exchange)):
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


def _needs_of(exchange: Exchange) -> Iterator[Need]:
    code, fields = exchange.command.code, exchange.fields
    if code == RequestCode.HEART_BEAT:
        yield from _heartbeat_needs(exchange)
    if code in _TOPIC_FIELDS:
        field, action = _TOPIC_FIELDS[RequestCode(code)]
        yield topic_need(fields.get(field, ""), action)
    if code in _GROUP_FIELDS and (group := fields.get(_GROUP_FIELDS[RequestCode(code)])):
        yield group_need(group, AclAction.SUB)


def _heartbeat_needs(exchange: Exchange) -> Iterator[Need]:
    try:
        data = HeartBeat.from_command(exchange.command).heartbeat_data
    except ProtocolError:
        return  # the handler says what is wrong with it
    for consumer in data.consumer_data_set:
        yield group_need(consumer.group_name, AclAction.SUB)
        for subscription in consumer.subscription_data_set:
            yield topic_need(subscription.topic, AclAction.SUB)


def _in_order_of_refusal(needs: Iterable[Need]) -> list[Need]:
    """Return needs as the iteration over a `HashMap` gives them whose keys are topics, and retry topics for groups."""
    found = list(dict.fromkeys(needs))
    buckets = 16
    while len(found) > buckets * 3 // 4:
        buckets *= 2
    return sorted(found, key=lambda need: _spread_hash(_topic_of(need)) % buckets)


def _topic_of(need: Need) -> str:
    return RETRY_PREFIX + need.name if need.kind == GROUP else need.name


def _spread_hash(text: str) -> int:
    value = 0
    for character in text:
        value = (31 * value + ord(character)) % (1 << 32)
    return value ^ value >> 16


def _is_allowed(account: Account, need: Need) -> bool:
    permissions = (account.groups if need.kind == GROUP else account.topics).get(need.name, "").split("|")
    return any(action.upper() in permissions for action in need.actions)


def _refusal(text: str, method: str) -> Refusal:
    return Failure(
        f"org.apache.rocketmq.acl.common.AclException: {text}, "
        f"org.apache.rocketmq.acl.plain.PlainPermissionManager.{method}(PlainPermissionManager.java)"
    )
