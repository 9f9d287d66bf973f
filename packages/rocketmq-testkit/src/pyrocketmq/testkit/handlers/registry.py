"""The two tables of handlers, and what both do with requests that do not fit their declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from pyrocketmq.model.errors import FieldError, ProtocolError
from pyrocketmq.model.fastjson import loads
from pyrocketmq.testkit.handlers.table import HandlerTable
from pyrocketmq.testkit.refusal import Failure

if TYPE_CHECKING:
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.nameserver import NameServer
    from pyrocketmq.testkit.server import Server


def null_pointer(server: Server, error: ProtocolError, exchange: Exchange) -> NoReturn:
    """Fail as a Java server does that reads a field which is not there, or a body that is no JSON."""
    if not isinstance(error, FieldError) and exchange.body and not _is_json(exchange.body):
        raise Failure(f"{server.profile.json_error}: {error.reason}")
    raise Failure(f"java.lang.NullPointerException: {error.reason}")


def _is_json(body: bytes) -> bool:
    try:
        loads(body)
    except ProtocolError:
        return False
    return True


BROKER: HandlerTable[BrokerServer] = HandlerTable(null_pointer)
NAMESERVER: HandlerTable[NameServer] = HandlerTable(null_pointer)
