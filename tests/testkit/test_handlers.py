"""The table of handlers as a whole."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import pytest

from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.testkit import FakeBroker
from pyrocketmq.testkit.handlers.registry import BROKER, NAMESERVER
from pyrocketmq.testkit.handlers.table import Handler
from pyrocketmq.testkit.support import support_table
from pyrocketmq.testkit.version import PROFILES

HANDLERS = [
    pytest.param(handler, id=handler.request.__name__) for t in (BROKER, NAMESERVER) for handler in t.all().values()
]


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_takes_its_request_and_returns_its_reply(handler: Handler) -> None:
    """What types cannot say is said by annotations: the second parameter is the request, or a base of it."""
    signature = inspect.signature(handler.function)
    names = list(signature.parameters)
    assert names[1:] == ["request", "exchange"]
    accepted = [name.strip() for name in str(signature.parameters["request"].annotation).split("|")]
    assert any(base.__name__ in accepted for base in handler.request.__mro__)
    replies = {part.strip() for part in str(signature.return_annotation).split("|")} - {"None"}
    assert replies <= {handler.request.REPLY.__name__, f"Held[{handler.request.REPLY.__name__}]"}
    assert inspect.getdoc(handler.function)


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_is_registered_for_a_declared_request(handler: Handler) -> None:
    assert REGISTRY[handler.request.CODE] is handler.request
    fields = {field.wire_name for field in handler.request.FIELDS}
    assert handler.needed <= fields
    assert handler.absent.keys() <= fields


MINIMUM: typing.Final = {
    "namesrv": {105, 106, 206, 216, 103, 104},
    "broker": {
        *(10, 310, 320, 11, 361, 14, 15, 30, 31, 29, 34, 35, 36, 37, 38, 41, 42, 46, 12, 33, 17, 215, 200, 201, 202),
        *(203, 208, 222, 26, 28, 300, 324, 325, 351),
    },
}
"""What the official clients need."""


def test_what_the_official_clients_need_is_there() -> None:
    assert NAMESERVER.all().keys() >= MINIMUM["namesrv"]
    assert BROKER.all().keys() >= MINIMUM["broker"]


def test_no_request_makes_a_handler_fail() -> None:
    """Whatever a client sends, the fake itself has no error: it would show when it stops."""
    from wire_client import WireClient

    from pyrocketmq.model.command import RemotingCommand

    def requests() -> list[RemotingCommand]:
        fields: dict[str, Any]
        made: list[RemotingCommand] = []
        for declaration in REGISTRY.values():
            names = [field.wire_name for field in declaration.FIELDS if field.codec is None]
            for value in ("", "1", "-1", "x"):
                fields = dict.fromkeys(names, value)
                made += [
                    RemotingCommand(declaration.CODE, ext_fields=fields, body=body) for body in (b"", b"{}", b"[1]")
                ]
        return made

    for version in ("4.9.7", "5.4.0"):
        with FakeBroker(version=version) as broker:
            for is_namesrv, address in enumerate((broker.address, broker.namesrv_address)):
                made = requests()
                with WireClient(address) as client:
                    for opaque, command in enumerate(made):
                        client.socket.sendall(command.to_frame(opaque))
                    broker.requests.wait_for(count=len(made), server="namesrv" if is_namesrv else broker.broker_name)


def test_the_support_table_has_every_code() -> None:
    rows = {row.name: row for row in support_table()}
    assert rows.keys() == {code.name for code in RequestCode}
    assert rows["SEND_MESSAGE_V2"] == (310, "SEND_MESSAGE_V2", True, False, None, None, None)
    assert rows["GET_ROUTEINFO_BY_TOPIC"] == (105, "GET_ROUTEINFO_BY_TOPIC", False, True, None, None, None)
    assert rows["POP_MESSAGE"].since == "5.0.0"
    assert rows["GET_BROKER_CLUSTER_ACL_INFO"].before == "5.3.0"
    assert not rows["CONTROLLER_ELECT_MASTER"].broker


@pytest.mark.parametrize("version", sorted(PROFILES))
def test_what_is_not_supported_is_answered_like_an_unknown_request(version: str) -> None:
    from wire_client import WireClient

    from pyrocketmq.model.command import RemotingCommand

    with FakeBroker(version=version) as broker, WireClient(broker.address) as client:
        for row in support_table():
            if row.broker and row.is_known_to(PROFILES[version]):
                continue
            client.socket.sendall(RemotingCommand(row.code).to_frame(row.code))
            answer = client.answer(row.code)
            assert (answer.code, answer.remark) == (3, f" request type {row.code} not supported")
