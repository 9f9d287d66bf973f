"""Arguments, environment, defaults: which wins, and what is refused."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from doc_blocks import ROOT
from pyrocketmq.broker import (
    BrokerClient,
    BrokerManager,
    ClientConfig,
    create_async_broker_client,
    create_broker_client,
    create_broker_manager,
)
from pyrocketmq.broker import config as client_config
from pyrocketmq.remote import Remote
from pyrocketmq.remote import config as remote_config
from pyrocketmq.remote.environment import Variable

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in os.environ:
        if name.startswith("ROCKETMQ_"):
            monkeypatch.delenv(name)


def test_defaults() -> None:
    config = ClientConfig.from_environment()
    assert (config.timeout, config.connect_timeout, config.read_timeout) == (5.0, 5.0, 30.0)
    assert (config.max_connections, config.connection_idle_time) == (10, 60.0)
    assert config.compress_above is None


MAKERS: list[Callable[..., Any]] = [
    lambda **settings: create_broker_client("localhost:1", **settings),
    lambda **settings: asyncio.run(create_async_broker_client("localhost:1", **settings)),
    lambda **settings: create_broker_manager("localhost:1", **settings),
    lambda **settings: BrokerManager("localhost", 1, **settings),
    lambda **settings: BrokerClient(Remote("localhost:1"), **settings),
]


@pytest.mark.parametrize("make", MAKERS)
def test_argument_then_environment_then_default(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert make().timeout == 5.0
    monkeypatch.setenv("ROCKETMQ_BROKER_TIMEOUT", "15.0")
    assert make().timeout == 15.0
    assert make(timeout=7.0).timeout == 7.0
    assert make(timeout=5.0).timeout == 5.0  # given, although it is the default


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("TIMEOUT", "soon", "seconds"),
        ("TIMEOUT", "-1", "seconds"),
        ("CONNECT_TIMEOUT", "0", "seconds"),
        ("MAX_CONNECTIONS", "2.5", "whole number"),
        ("COMPRESS_ABOVE", "much", "whole number"),
        ("TLS", "maybe", "true, false"),
        ("SERIALIZER", "xml", "json or rocketmq"),
    ],
)
def test_bad_variables_are_named(name: str, value: str, accepted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ROCKETMQ_BROKER_{name}", value)
    with pytest.raises(ValueError, match=accepted) as raised:
        create_broker_client("localhost:1")
    assert f"ROCKETMQ_BROKER_{name}" in str(raised.value)
    assert value in str(raised.value)


def test_unknown_settings_are_named() -> None:
    with pytest.raises(TypeError, match="bogus"):
        create_broker_client("localhost:1", bogus=1)


@pytest.mark.parametrize("address", ["localhost", "localhost:", ":1", "localhost:0", "localhost:x", "::1:10911"])
def test_bad_addresses_say_what_is_accepted(address: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        create_broker_client(address)


def test_ipv6_addresses_are_accepted() -> None:
    assert create_broker_client("[::1]:10911").broker_addr == "[::1]:10911"


def test_a_setting_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="max_connections"):
        create_broker_client("localhost:1", max_connections=0)


def test_the_page_of_environment_variables_is_whole() -> None:
    page = (ROOT / "docs" / "reference" / "broker.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(ROCKETMQ_\w+)` \| .* \| (.*) \|$", page, re.MULTILINE))
    own = [value for value in vars(remote_config).values() if isinstance(value, Variable)]
    variables = [*own, *remote_config.VARIABLES.values(), *client_config.VARIABLES.values()]
    assert sorted(told) == sorted(variable.name for variable in variables)
    for variable in variables:
        assert told[variable.name].startswith(variable.accepted), variable.name
