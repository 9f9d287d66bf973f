"""What to do next after an error, in a few words behind its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.errors import (
    AuthorizationError,
    BrokerConnectionError,
    BrokerError,
    BrokerProtocolError,
    BrokerTimeoutError,
)
from pyrocketmq.model import ResponseCode

if TYPE_CHECKING:
    from pyrocketmq.broker.cli.session import Session

_MISSING = {
    int(ResponseCode.TOPIC_NOT_EXIST): "`rmq topic list` shows the topics, `rmq topic create` makes one",
    int(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST): "`rmq group list` shows the groups, `rmq group create` makes one",
}


def advice_on(error: Exception, session: Session) -> str | None:
    """Return what the user can do about an error; `None` where its own words have to do."""
    if not isinstance(error, BrokerError) or session.address is None:
        return None
    if isinstance(error, BrokerConnectionError | BrokerTimeoutError | BrokerProtocolError):
        return f"`rmq doctor {session.flags}` finds out why"
    if isinstance(error, AuthorizationError):
        return "set ROCKETMQ_BROKER_ACCESS_KEY and ROCKETMQ_BROKER_SECRET_KEY, or give --credentials FILE"
    return _MISSING.get(error.response_code or 0)
