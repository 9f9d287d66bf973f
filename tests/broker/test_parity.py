"""The sync and the asyncio client have the same operations, with the same signatures."""

from __future__ import annotations

import inspect

import pytest

from pyrocketmq.broker import AsyncBrokerClient, AsyncBrokerManager, BrokerClient, BrokerManager
from pyrocketmq.nameserver import AsyncNameServerClient, NameServerClient

CLIENTS = [(BrokerClient, AsyncBrokerClient), (NameServerClient, AsyncNameServerClient)]
PAIRS = [*CLIENTS, (BrokerManager, AsyncBrokerManager)]


def public(cls: type) -> dict[str, object]:
    return {name: value for name, value in inspect.getmembers(cls) if not name.startswith("_")}


def parameters(method: object) -> list[str]:
    # Types may differ where one face takes a coroutine function or another connection.
    return [str(p.replace(annotation=p.empty)) for p in inspect.signature(method).parameters.values()]


@pytest.mark.parametrize(("blocking", "awaitable"), PAIRS)
def test_same_names(blocking: type, awaitable: type) -> None:
    prefixed = {name for name in public(awaitable) if name.startswith("async_")}
    assert public(awaitable).keys() - prefixed == public(blocking).keys()


@pytest.mark.parametrize(("blocking", "awaitable"), PAIRS)
def test_same_signatures(blocking: type, awaitable: type) -> None:
    for name, method in public(blocking).items():
        if callable(method):
            assert parameters(method) == parameters(public(awaitable)[name]), name


@pytest.mark.parametrize(("blocking", "awaitable"), CLIENTS)
def test_every_operation_has_its_prefixed_name(blocking: type, awaitable: type) -> None:
    operations = {name for name, value in public(blocking).items() if callable(value)}
    for name in operations:
        assert getattr(awaitable, f"async_{name}") is getattr(awaitable, name), name


@pytest.mark.parametrize("cls", [cls for pair in CLIENTS for cls in pair])
def test_every_operation_is_documented(cls: type) -> None:
    for name, method in public(cls).items():
        if callable(method):
            assert inspect.getdoc(method), name


def test_methods_show_their_result() -> None:
    signature = inspect.signature(BrokerClient.pull_message)
    assert next(iter(signature.parameters)) == "self"
    assert signature.return_annotation == "PullMessageResult"


@pytest.mark.parametrize(("blocking", "awaitable"), PAIRS)
def test_unknown_keywords_are_refused(blocking: type, awaitable: type) -> None:
    for cls in (blocking, awaitable):
        for name, method in public(cls).items():
            if callable(method) and name not in {"at"}:
                required = [
                    p.name
                    for p in inspect.signature(method).parameters.values()
                    if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
                ]
                with pytest.raises(TypeError):
                    inspect.signature(method).bind(*required, bogus=1)
                break
