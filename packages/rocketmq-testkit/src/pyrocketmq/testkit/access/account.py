"""Accounts as a test gives them, and what both forms of access control have in common."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from pyrocketmq.model.acl import ACCESS_KEY, SIGNATURE, signature_of, signed_content
from pyrocketmq.model.command import RemotingCommand

if TYPE_CHECKING:
    from pyrocketmq.testkit.exchange import Exchange

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Account(NamedTuple):
    """Somebody who may use a broker.

    Attributes:
        access_key: The name; what requests carry.
        secret_key: The secret; what they are signed with.
        admin: Whether everything is allowed.
        topics: By topic, what is allowed: `PUB`, `SUB`, `PUB|SUB` or `DENY`. Brokers of 5.x know `CREATE`, `UPDATE`,
            `DELETE`, `GET`, `LIST` and `ALL` besides; to ask for the offsets of a queue, say, takes `GET`.
        groups: By consumer group, the same; `SUB` is what consumers need.
    """

    access_key: str
    secret_key: str
    admin: bool = False
    topics: Mapping[str, str] = _NOTHING
    groups: Mapping[str, str] = _NOTHING


class AccessControl(Protocol):
    """Decides about requests."""

    def check(self, exchange: Exchange) -> None:
        """Let a request pass, or not.

        Raises:
            Refusal: it is not allowed.
        """
        ...


def access_key_of(exchange: Exchange) -> str | None:
    """Return who a request says it is from."""
    return exchange.fields.get(ACCESS_KEY) or None


def is_signed_by(exchange: Exchange, secret_key: str, *, version: int | None = None) -> bool:
    """Whether a request is signed with a secret.

    Args:
        exchange: The request.
        secret_key: The secret.
        version: The version that decides which fields are signed, where that is not the request's own.
    """
    command = exchange.command
    if version is not None:
        command = RemotingCommand(command.code, version=version, body=command.body)
    expected = signature_of(signed_content(command, exchange.fields), secret_key)
    return hmac.compare_digest(expected.encode(), exchange.fields.get(SIGNATURE, "").encode())
