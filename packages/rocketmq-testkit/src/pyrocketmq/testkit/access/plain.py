"""Access control of 4.9 (ACL 1.0): accounts in a file, who they are and what they may do."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.bodies.acl import AclConfig, PlainAccessConfig
from pyrocketmq.model.enums import AclAction, RequestCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import loads
from pyrocketmq.model.names import RETRY_PREFIX
from pyrocketmq.model.requests import HeartBeat
from pyrocketmq.testkit.access.account import access_key_of, is_signed_by
from pyrocketmq.testkit.access.needs import GROUP, group_need, topic_need
from pyrocketmq.testkit.refusal import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyrocketmq.testkit.access.account import Account
    from pyrocketmq.testkit.access.needs import Need
    from pyrocketmq.testkit.clock import Clock
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.refusal import Refusal

_NEVER_SIGNS_UNIQUE_KEY_QUERY: Final = 0
_TOO_SHORT: Final = 6
# Characters that a name or a secret must exceed.

_PERMISSIONS: Final = frozenset(("DENY", "PUB", "SUB", "PUB|SUB", "SUB|PUB"))
_BYTE: Final = r"(25[0-5]|2[0-4]\d|1?\d?\d|\*)"
_IPV4: Final = rf"({_BYTE}\.){{3}}"
_ADDRESS: Final = re.compile(
    rf"{_IPV4}{_BYTE}(,{_IPV4}{_BYTE})*|{_IPV4}\d+-\d+|{_IPV4}\{{\d+(,\d+)*\}}|[0-9a-fA-F:*{{}},-]*:[0-9a-fA-F:*{{}},-]*|\*"
)
# One address or several, a range in the last place, choices there; the same for IPv6; any address.

_NO_HEARTBEAT: Final = (
    'Cannot invoke "org.apache.rocketmq.common.protocol.heartbeat.HeartbeatData.getConsumerDataSet()" '
    'because "heartbeatData" is null'
)

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


class InvalidAccountError(ValueError):
    """An account that no broker takes; the text is what it answers."""


class PlainAccess:
    """Decides by accounts. Every refusal has code 1 and names an exception.

    Args:
        accounts: The accounts to begin with; requests may change them.
        clock: Tells when they did.

    Attributes:
        path: The file that holds them, as requests name it.
        first_version: JSON of the version that they began with.
        version: JSON of their version now.
    """

    path: Final = "/home/rocketmq/conf/plain_acl.yml"

    def __init__(self, accounts: Iterable[Account], clock: Clock) -> None:
        self._accounts = {account.access_key: _config_of(account) for account in accounts}
        self._white_addresses: list[str] = []
        self._clock = clock
        self._changes = 0
        self.first_version = self.version = self._new_version()

    @property
    def config(self) -> AclConfig:
        """All accounts, and the addresses that need no signature."""
        return AclConfig(global_white_addrs=self._white_addresses, plain_access_configs=list(self._accounts.values()))

    def put(self, account: PlainAccessConfig) -> None:
        """Add an account, or change what is given of one that is there; either becomes the last.

        Raises:
            InvalidAccountError: a value in it is none.
        """
        name, secret = account.access_key, account.secret_key
        if name is None or secret is None or min(len(name), len(secret)) <= _TOO_SHORT:
            shown = ["null" if text is None else text for text in (name, secret)]
            raise InvalidAccountError(
                f"The accessKey={shown[0]} and secretKey={shown[1]} cannot be null and length should longer than 6"
            )
        for rule in (*(account.topic_perms or ()), *(account.group_perms or ())):
            _check_rule(rule)
        address = account.white_remote_address
        if address and _ADDRESS.fullmatch(address) is None:
            raise InvalidAccountError(f"Netaddress examine Exception netaddress is {address}")
        known = self._accounts.pop(name, PlainAccessConfig())
        given = {field.name: getattr(account, field.name) for field in account.FIELDS}
        self._accounts[name] = known.replace(**{field: value for field, value in given.items() if value is not None})
        self._changed()

    def delete(self, access_key: str | None) -> bool:
        """Forget an account; returns whether there was one."""
        if access_key is None or self._accounts.pop(access_key, None) is None:
            return False
        self._changed()
        return True

    def set_white_addresses(self, addresses: list[str]) -> None:
        """Keep addresses that are to need no signature; 4.9.7 shows them, and goes on to ask for one."""
        self._white_addresses = addresses
        self._changed()

    def _changed(self) -> None:
        self._changes += 1
        self.version = self._new_version()

    def _new_version(self) -> str:
        return f'{{"counter":{self._changes},"timestamp":{self._clock.now()}}}'

    def check(self, exchange: Exchange) -> None:
        """Let a request pass, or not.

        Raises:
            Refusal: it is not allowed.
        """
        needs = _in_order_of_refusal(_needs_of(exchange))
        account = self._sender_of(exchange)
        if account.admin or _is_at(exchange.connection.peer[0], account.white_remote_address or ""):
            return
        code = exchange.command.code
        if code in _ADMINISTRATION:
            raise _refusal(
                f"Need admin permission for request code={code}, but accessKey={account.access_key} is not", "checkPerm"
            )
        for need in needs:
            if not _is_allowed(account, need):
                raise _refusal(f"No default permission for {need.kind.lower()}:{need.name}", "checkPerm")

    def _sender_of(self, exchange: Exchange) -> PlainAccessConfig:
        access_key = access_key_of(exchange)
        if access_key is None:
            raise _refusal("No accessKey is configured", "validate")
        account = self._accounts.get(access_key)
        if account is None:
            raise _refusal(f"No acl config for {access_key}", "validate")
        if not _is_at(exchange.connection.peer[0], account.white_remote_address or "") and not is_signed_by(
            exchange, account.secret_key or "", version=_NEVER_SIGNS_UNIQUE_KEY_QUERY
        ):
            raise _refusal(f"Check signature failed for accessKey={access_key}", "validate")
        return account


def _config_of(account: Account) -> PlainAccessConfig:
    return PlainAccessConfig(
        access_key=account.access_key,
        secret_key=account.secret_key,
        admin=account.admin,
        topic_perms=_rules_of(account.topics),
        group_perms=_rules_of(account.groups),
    )


def _rules_of(table: Mapping[str, str]) -> list[str] | None:
    return [f"{name}={permissions}" for name, permissions in table.items()] or None


def _check_rule(rule: str) -> None:
    name, equals, permissions = rule.partition("=")
    if not name or not equals or "=" in permissions:
        raise InvalidAccountError(
            f"Parse Resource format error for {rule}.\n"
            "The expected resource format is 'Res=Perm'. For example: topicA=SUB"
        )
    if permissions.strip() not in _PERMISSIONS:
        raise InvalidAccountError(
            f"Parse resource permission error for {rule}.\n"
            "The expected permissions are 'SUB' or 'PUB' or 'SUB|PUB' or 'PUB|SUB'."
        )


def _is_at(source: str, addresses: str) -> bool:
    """Whether an address is one of those that an account needs no signature from."""
    head, _, last = addresses.rpartition(".")
    own_head, _, own_last = source.rpartition(".")
    if "{" in last:
        return head == own_head and own_last in last.strip("{}").split(",")
    if "-" in last and head == own_head:
        low, _, high = last.partition("-")
        return int(low) <= int(own_last) <= int(high)
    return any(fnmatchcase(source, one) for one in addresses.split(","))


def _needs_of(exchange: Exchange) -> Iterator[Need]:
    code, fields = exchange.command.code, exchange.command.ext_fields
    if fields is None:
        return  # whoever signs has some
    if code == RequestCode.HEART_BEAT:
        yield from _heartbeat_needs(exchange)
    if code in _TOPIC_FIELDS:
        field, action = _TOPIC_FIELDS[RequestCode(code)]
        yield topic_need(fields.get(field, ""), action)
    if code in _GROUP_FIELDS and (group := fields.get(_GROUP_FIELDS[RequestCode(code)])):
        yield group_need(group, AclAction.SUB)


def _heartbeat_needs(exchange: Exchange) -> Iterator[Need]:
    """Read a heartbeat before anybody is asked for a name; one that cannot be read has an error of its own here."""
    if not exchange.body:
        raise _refusal('Cannot read the array length because "bytes" is null', "parse")
    try:
        value = loads(exchange.body)
    except ProtocolError as error:
        raise _refusal(error.reason, "parse") from error
    if value is None or value == []:
        raise _refusal(_NO_HEARTBEAT, "parse")
    try:
        data = HeartBeat.from_command(exchange.command).heartbeat_data
    except ProtocolError as error:
        if isinstance(value, dict):
            return  # the handler says what is wrong with it
        raise _refusal(error.reason, "parse") from error
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


def _is_allowed(account: PlainAccessConfig, need: Need) -> bool:
    is_group = need.kind == GROUP
    rules = dict(rule.split("=", 1) for rule in (account.group_perms if is_group else account.topic_perms) or ())
    default = account.default_group_perm if is_group else account.default_topic_perm
    permissions = rules.get(need.name, default or "").split("|")
    return any(action.upper() in permissions for action in need.actions)


def _refusal(text: str, method: str) -> Refusal:
    validator = "PlainAccessValidator" if method == "parse" else "PlainPermissionManager"
    return Failure(
        f"org.apache.rocketmq.acl.common.AclException: {text}, "
        f"org.apache.rocketmq.acl.plain.{validator}.{method}({validator}.java)"
    )
