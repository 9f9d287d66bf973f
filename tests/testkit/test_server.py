"""What every server does with bytes, connections and unknown requests."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from requests_of import pull, send
from wire_client import WireClient

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import LanguageCode, ResponseCode, SerializeType
from pyrocketmq.model.frame import MAX_FRAME_SIZE
from pyrocketmq.model.requests import GetBrokerClusterInfo, GetMaxOffset, GetRouteinfoByTopic, ViewMessageById
from pyrocketmq.testkit import FakeBroker, VirtualClock
from real_rocketmq.jars import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

ASK = GetMaxOffset(topic="t", queue_id=0)
QUIET = 0.05
"""Seconds in which nothing is expected; a fake answers in far less."""


@pytest.fixture(params=VERSIONS)
def versioned(request: pytest.FixtureRequest) -> Iterator[FakeBroker]:
    with FakeBroker(version=request.param, clock=VirtualClock()) as broker:
        yield broker


def test_answers_look_like_those_of_java_servers(versioned: FakeBroker) -> None:
    with WireClient(versioned.address) as client:
        answer = client.call(ASK)
        assert answer.language is LanguageCode.JAVA
        assert answer.version == {"4.9.7": 407, "5.4.0": 493}[versioned.version]
        header = client.frames[0][8:].decode()
        members = list(json.loads(header))
        assert members == sorted(members)
        assert " " not in header
        assert json.loads(header)["serializeTypeCurrentRPC"] == "JSON"


def test_the_header_encoding_of_answers(versioned: FakeBroker) -> None:
    """4.9 answers in the encoding of the request, but for answers that it writes on another way; 5.x in JSON."""
    versioned.put("t", b"1")
    mirrored = SerializeType.ROCKETMQ if versioned.version == "4.9.7" else SerializeType.JSON
    binary = {"serialize_type": SerializeType.ROCKETMQ}
    with WireClient(versioned.address) as client:
        assert client.call(ASK, **binary).serialize_type is mirrored
        assert client.call(ViewMessageById(offset=0), **binary).serialize_type is SerializeType.JSON
        held = client.start(pull(offset=1, wait=5_000), **binary)
        versioned.settle()
        versioned.put("t", b"2")
        assert client.answer(held).serialize_type is SerializeType.JSON


def test_unknown_codes(versioned: FakeBroker) -> None:
    unknown = RemotingCommand(9999, opaque=5).encode()
    with WireClient(versioned.address) as client:
        client.socket.sendall(unknown)
        answer = client.answer(5)
        assert (answer.code, answer.remark) == (3, " request type 9999 not supported")
    with WireClient(versioned.namesrv_address) as client:
        client.socket.sendall(unknown)
        versioned.settle()
        assert client.has_answer(5) == (versioned.version == "5.4.0")


def test_a_request_of_a_newer_version_is_unknown() -> None:
    with FakeBroker(version="4.9.7") as broker, WireClient(broker.address) as client:
        client.socket.sendall(RemotingCommand(361, opaque=5, ext_fields={"topic": "t"}).encode())
        assert client.answer(5).remark == " request type 361 not supported"


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        (-5).to_bytes(4, "big", signed=True) + bytes(16),
        (MAX_FRAME_SIZE + 1).to_bytes(4, "big"),
        b"\0\0\0\x0e\0\0\0\x0a{bad json!",
        b"\0\0\0\x14\0\0\x64\x78" + b"x" * 16,
        b"\0\0\0\x06\x07\0\0\x02{}",
    ],
    ids=["text", "negative length", "far too long", "no JSON", "header beyond frame", "unknown encoding"],
)
def test_bytes_that_are_no_frame_end_the_connection(versioned: FakeBroker, data: bytes) -> None:
    with WireClient(versioned.address) as client:
        client.socket.sendall(data)
        assert client.is_closed_within()


@pytest.mark.parametrize("length", [0, 3, MAX_FRAME_SIZE - 3, MAX_FRAME_SIZE])
def test_a_bad_length_is_judged_at_once_or_with_the_next_bytes(versioned: FakeBroker, length: int) -> None:
    with WireClient(versioned.address) as client:
        client.socket.sendall(length.to_bytes(4, "big"))
        versioned.settle()
        assert client.is_closed_within(QUIET) == (versioned.version == "4.9.7")
    with WireClient(versioned.address) as client:
        client.socket.sendall(length.to_bytes(4, "big"))
        versioned.settle()
        client.socket.sendall(bytes(8))
        assert client.is_closed_within()


def test_a_frame_may_come_in_pieces(versioned: FakeBroker) -> None:
    frame = ASK.to_frame(9)
    with WireClient(versioned.address) as client:
        for position in range(len(frame)):
            client.socket.sendall(frame[position : position + 1])
        assert client.answer(9).code == 0


def test_a_silent_connection_is_closed(clock: VirtualClock, broker: FakeBroker, client: WireClient) -> None:
    client.call(ASK)
    clock.advance(seconds=119)
    client.call(ASK)
    clock.advance(seconds=119)
    assert not client.is_closed_within(QUIET)
    clock.advance(seconds=2)
    assert client.is_closed_within()
    assert broker.connections == []


def test_missing_and_malformed_fields_look_like_a_null(client: WireClient) -> None:
    answer = client.call(ASK, fields={"queueId": "abc"})
    assert answer.code == ResponseCode.SYSTEM_ERROR
    assert (answer.remark or "").startswith("java.lang.NullPointerException")


def test_a_failure_of_the_fake_answers_like_one_and_fails_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = FakeBroker()
    with WireClient(broker.address) as client:
        monkeypatch.setattr(broker.server.store, "queue", lambda *_: 1 / 0)
        answer = client.call(ASK)
        assert (answer.code, answer.remark) == (1, "java.lang.RuntimeException: division by zero")
    with pytest.raises(BaseExceptionGroup) as caught:
        broker.stop()
    assert isinstance(caught.value.exceptions[0], ZeroDivisionError)
    broker.stop()


def test_an_error_of_the_test_comes_before_failures_of_the_fake(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError) as caught, FakeBroker() as broker:  # noqa: PT012  # the block is what is tested
        monkeypatch.setattr(broker.server.store, "queue", lambda *_: 1 / 0)
        with WireClient(broker.address) as client:
            client.call(ASK)
        raise LookupError
    assert "ZeroDivisionError" in caught.value.__notes__[0]
    assert "in get_max_offset" in caught.value.__notes__[0]


def test_a_restart_breaks_connections_and_keeps_messages(broker: FakeBroker, client: WireClient) -> None:
    client.call(send(body=b"kept"))
    address = broker.address
    broker.restart()
    assert client.is_closed_within()
    with WireClient(address) as again:
        assert again.reply(pull()).messages[0].body == b"kept"


def test_a_restart_at_another_port_is_in_the_routes(broker: FakeBroker, client: WireClient) -> None:
    client.call(send(body=b"kept"))
    before = broker.address
    broker.restart(port=0)
    assert broker.address != before
    with WireClient(broker.address) as again, WireClient(broker.namesrv_address) as namesrv:
        assert again.reply(pull()).messages[0].body == b"kept"
        info = namesrv.reply(GetBrokerClusterInfo()).cluster_info
        assert info.broker_addr_table["broker-a"].broker_addrs == {0: broker.address}


def test_refused_connections(broker: FakeBroker, client: WireClient) -> None:
    with broker.refusing_connections():
        with pytest.raises(ConnectionRefusedError):
            WireClient(broker.address)
        assert client.call(ASK).code == 0
    WireClient(broker.address).close()


def test_the_namesrv_knows_the_broker_and_its_topics(broker: FakeBroker) -> None:
    broker.create_topic("orders", queues=3)
    with WireClient(broker.namesrv_address) as client:
        route = client.reply(GetRouteinfoByTopic(topic="orders")).route
    assert route.broker_datas[0].broker_addrs == {0: broker.address}
    assert route.queue_datas[0].write_queue_nums == 3


async def test_it_is_an_async_context_manager_too() -> None:
    async with FakeBroker(topics={"orders": 4}) as broker:
        assert broker.put("orders", b"x").body == b"x"
    with pytest.raises(ConnectionRefusedError):
        WireClient(broker.address)


def test_a_version_that_is_not_played_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'3.2.6' is not one of 4.9.7, 5.4.0"):
        FakeBroker(version="3.2.6")


def test_a_bad_property_is_refused_and_leaves_nothing_behind() -> None:
    with pytest.raises(ValueError, match="delay level"):
        FakeBroker(properties={"messageDelayLevel": "1x"})


@pytest.mark.parametrize("data", [bytes(64), b"\xff" * 64, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05nonsense"])
def test_bad_bytes_never_stop_it(broker: FakeBroker, client: WireClient, data: bytes) -> None:
    good = ASK.to_frame(1)
    for bad in (data, good[: len(good) // 2], good[:8] + data, good[:4] + data[:4] + good[8:]):
        for address in (broker.address, broker.namesrv_address):
            with WireClient(address) as other:
                other.socket.sendall(bad)
                other.socket.shutdown(socket.SHUT_WR)
                other.socket.settimeout(5)
                with suppress(ConnectionResetError):
                    while other.socket.recv(4096):  # an alert of TLS, perhaps an answer, then the end
                        pass
    assert client.call(ASK).code == 0
