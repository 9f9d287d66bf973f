"""Settings, addresses and errors."""

from __future__ import annotations

import dataclasses
import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model.enums import SerializeType
from pyrocketmq.remote import (
    Address,
    Credentials,
    RemoteClosedError,
    RemoteConfig,
    RemoteConnectionError,
    RemoteError,
    RemoteTimeoutError,
)


def from_environment(given: dict[str, Any] | None = None, **variables: str) -> RemoteConfig:
    environ = {f"ROCKETMQ_BROKER_{name}": value for name, value in variables.items()}
    return RemoteConfig.from_environment(environ=environ, **(given or {}))


def test_defaults() -> None:
    config = from_environment()
    assert config == RemoteConfig()
    assert (config.timeout, config.connect_timeout, config.read_timeout) == (5.0, 5.0, 30.0)
    assert (config.max_connections, config.connection_idle_time) == (10, 60.0)
    assert config.serializer is SerializeType.JSON
    assert config.tls is False
    assert config.credentials is None


def test_environment_is_read() -> None:
    config = from_environment(
        TIMEOUT="10.5",
        CONNECT_TIMEOUT="3",
        READ_TIMEOUT="1e1",
        MAX_CONNECTIONS="20",
        CONNECTION_IDLE_TIME="7",
        SERIALIZER="RocketMQ",
        VIP_CHANNEL="On",
        ACCESS_KEY="key",
        SECRET_KEY="secret",
        SECURITY_TOKEN="token",
    )
    assert (config.timeout, config.connect_timeout, config.read_timeout) == (10.5, 3.0, 10.0)
    assert (config.max_connections, config.connection_idle_time) == (20, 7.0)
    assert config.serializer is SerializeType.ROCKETMQ
    assert config.vip_channel is True
    assert config.credentials == Credentials("key", "secret", "token")


def test_process_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROCKETMQ_BROKER_TIMEOUT", "8")
    assert RemoteConfig.from_environment().timeout == 8


def test_given_wins_even_if_it_is_the_default() -> None:
    assert from_environment({"timeout": 5.0}, TIMEOUT="9").timeout == 5.0
    assert from_environment({"credentials": None}, ACCESS_KEY="k", SECRET_KEY="s").credentials is None
    assert from_environment({"timeout": 2.0}, TIMEOUT="nonsense").timeout == 2.0


def test_empty_variable_is_unset() -> None:
    assert from_environment(TIMEOUT="", MAX_CONNECTIONS=" ").timeout == 5.0


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("TIMEOUT", "soon", "a number of seconds above 0"),
        ("TIMEOUT", "0", "a number of seconds above 0"),
        ("READ_TIMEOUT", "-1", "a number of seconds above 0"),
        ("CONNECT_TIMEOUT", "inf", "a number of seconds above 0"),
        ("CONNECTION_IDLE_TIME", "nan", "a number of seconds above 0"),
        ("MAX_CONNECTIONS", "1.5", "a whole number above 0"),
        ("MAX_CONNECTIONS", "0", "a whole number above 0"),
        ("TLS", "maybe", "one of true, false, yes, no, on, off, 1, 0"),
        ("VIP_CHANNEL", "2", "one of true, false, yes, no, on, off, 1, 0"),
        ("SERIALIZER", "xml", "json or rocketmq"),
    ],
)
def test_bad_variable(name: str, value: str, accepted: str) -> None:
    with pytest.raises(ValueError, match=f"^ROCKETMQ_BROKER_{name}='{value}': expected {accepted}$"):
        from_environment(**{name: value})


def test_half_of_the_credentials() -> None:
    with pytest.raises(ValueError, match="ROCKETMQ_BROKER_SECRET_KEY is not set"):
        from_environment(ACCESS_KEY="key")
    with pytest.raises(ValueError, match="ROCKETMQ_BROKER_ACCESS_KEY is not set") as caught:
        from_environment(SECRET_KEY="hush")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout": 0},
        {"timeout": "5"},
        {"timeout": True},
        {"connect_timeout": math.inf},
        {"read_timeout": math.nan},
        {"max_connections": 0},
        {"max_connections": 2.0},
        {"max_in_flight": True},
    ],
)
def test_bad_argument(settings: dict[str, Any]) -> None:
    ((name, value),) = settings.items()
    with pytest.raises(ValueError, match=f"^{name}={value!r}: expected a"):
        RemoteConfig(**settings)
    with pytest.raises(ValueError, match=f"^{name}="):
        from_environment(settings)


def test_unknown_setting() -> None:
    with pytest.raises(TypeError, match=r"unknown settings: retires, time_out"):
        from_environment({"time_out": 3, "retires": 1, "timeout": 4})


def test_subclass_reads_its_own_fields() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Wider(RemoteConfig):
        extra: int = 1

    config = Wider.from_environment(environ={"ROCKETMQ_BROKER_TIMEOUT": "2"}, extra=5)
    assert (type(config), config.timeout, config.extra) == (Wider, 2.0, 5)


def test_secrets_are_not_shown() -> None:
    config = RemoteConfig(credentials=Credentials("name", "s3cret", "t0ken"))
    assert "s3cret" not in repr(config)
    assert "t0ken" not in repr(config)
    assert "name" in repr(config)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("localhost:10911", "localhost", 10911),
        (" 127.0.0.1:1 ", "127.0.0.1", 1),
        ("[::1]:65535", "::1", 65535),
        ("[fe80::1%eth0]:10911", "fe80::1%eth0", 10911),
    ],
)
def test_address(text: str, host: str, port: int) -> None:
    address = Address.parse(text)
    assert (address.host, address.port) == (host, port)
    assert str(address) == text.strip()
    assert Address.parse(address) is address


@pytest.mark.parametrize(
    "text",
    [
        "", "localhost", "localhost:", ":10911", "localhost:0", "localhost:65536", "localhost:-1", "localhost:1x",
        "localhost:\uff11", "::1:10911", "[::1]", "[::1]10911", "[localhost]:10911", "a b:1", "http://a:1", "a:1;b:2",
        "[]:1",
    ],
)  # fmt: skip
def test_bad_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected 'host:port' or '\[ipv6\]:port' with a port from 1 to 65535"):
        Address.parse(text)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = Address.parse(text)
    except ValueError:
        return
    assert Address.parse(str(address)) == address


def test_vip_channel() -> None:
    assert Address("broker", 10911).vip == Address("broker", 10909)


def test_error_line() -> None:
    address = Address("broker", 10911)
    assert str(RemoteError("it broke")) == "it broke"
    assert str(RemoteError("it broke", address=address)) == "broker:10911: it broke"
    assert str(RemoteError("it broke", address=address, code=34)) == "broker:10911: HEART_BEAT: it broke"
    error = RemoteTimeoutError("late", address=address, code=987654, opaque=5, elapsed=1.23456, written=True)
    assert str(error) == "broker:10911: 987654 (opaque 5, 1.235 s): late"
    assert (error.operation, error.written) == ("987654", True)
    assert RemoteError("x").operation is None


def test_errors_can_be_pickled() -> None:
    error = RemoteClosedError("closed", address=Address("b", 1), code=34, opaque=3, elapsed=0.5, written=True)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is RemoteClosedError
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_class_tree() -> None:
    assert issubclass(RemoteClosedError, RemoteConnectionError)
    assert not issubclass(RemoteTimeoutError, RemoteConnectionError)
