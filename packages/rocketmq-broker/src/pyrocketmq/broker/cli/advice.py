"""What to do next after an error, in a few words behind its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.errors import (
    AuthorizationError,
    BrokerConnectionError,
    BrokerError,
    BrokerProtocolError,
    BrokerTimeoutError,
)

if TYPE_CHECKING:
    from pyrocketmq.broker.cli.session import Session


WANTS_CREDENTIALS: Final = "set ROCKETMQ_BROKER_ACCESS_KEY and ROCKETMQ_BROKER_SECRET_KEY, or give --credentials FILE"
ADVERTISE: Final = "set brokerIP1 (and listenPort) of the broker to an address that clients reach, and restart it"


def advice_on(error: Exception, session: Session) -> str | None:
    """Return what the user can do about an error; `None` where its own words have to do."""
    if not isinstance(error, BrokerError) or session.address is None:
        return None
    if isinstance(error, BrokerConnectionError | BrokerTimeoutError | BrokerProtocolError):
        return f"`rmq doctor {session.flags}` finds out why"
    if isinstance(error, AuthorizationError):
        return WANTS_CREDENTIALS
    return None
