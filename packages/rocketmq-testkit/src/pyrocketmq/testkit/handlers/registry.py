"""The two tables of handlers, and what both do with requests that do not fit their declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from pyrocketmq.testkit.handlers.table import HandlerTable
from pyrocketmq.testkit.refusal import Failure

if TYPE_CHECKING:
    from pyrocketmq.model.errors import ProtocolError
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.nameserver import NameServer


def null_pointer(server: object, error: ProtocolError, exchange: Exchange) -> NoReturn:
    """Refuse as a Java server does that reads a field which is not there."""
    raise Failure(f"java.lang.NullPointerException: {error.reason}")


BROKER: HandlerTable[BrokerServer] = HandlerTable(null_pointer)
NAMESERVER: HandlerTable[NameServer] = HandlerTable(null_pointer)
