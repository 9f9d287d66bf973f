"""Connections by TLS."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from requests_of import pull, send
from wire_client import WireClient

from pyrocketmq.model.requests import GetBrokerClusterInfo, GetMaxOffset
from pyrocketmq.testkit import FakeBroker, Fault, TlsMode

if TYPE_CHECKING:
    from pyrocketmq.testkit import VirtualClock

ASK = GetMaxOffset(topic="t", queue_id=0)


def trusting(broker: FakeBroker) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=broker.tls_certificate)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def test_tls_and_plain_connections_share_a_port(broker: FakeBroker, client: WireClient) -> None:
    assert client.call(ASK).code == 0
    with WireClient(broker.address, tls=trusting(broker)) as secure:
        assert secure.call(ASK).code == 0
    with WireClient(broker.namesrv_address, tls=trusting(broker)) as secure:
        assert secure.call(GetBrokerClusterInfo()).code == 0


def test_large_frames_and_late_answers(broker: FakeBroker, clock: VirtualClock) -> None:
    with WireClient(broker.address, tls=trusting(broker)) as client:
        body = bytes(1_000_000)
        assert client.call(send(body=body)).code == 0
        assert client.reply(pull()).messages[0].body == body
        opaque = client.start(pull(offset=1, wait=60_000))
        broker.settle()
        broker.put("t", b"late")
        assert client.answer(opaque).code == 0


def test_enforcing_takes_nothing_else() -> None:
    with FakeBroker(tls=TlsMode.ENFORCING) as broker:
        with WireClient(broker.address, tls=trusting(broker)) as secure:
            assert secure.call(ASK).code == 0
        with WireClient(broker.address) as plain:
            plain.start(ASK)
            assert plain.is_closed_within()


def test_disabled_takes_no_tls() -> None:
    with FakeBroker(tls="disabled") as broker:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            WireClient(broker.address, tls=trusting(broker))
        with WireClient(broker.address) as plain:
            assert plain.call(ASK).code == 0


def test_a_hello_that_is_none_gets_an_alert(broker: FakeBroker, client: WireClient) -> None:
    client.socket.sendall(b"\x16\x03\x01\x00\x05hello")
    assert client.socket.recv(100)[0] == 0x15
    assert client.is_closed_within()


def test_faults_reach_through_tls(broker: FakeBroker) -> None:
    broker.faults.add(Fault.slices(5))
    with WireClient(broker.address, tls=trusting(broker)) as client:
        assert client.call(ASK).code == 0


def test_bytes_that_are_no_frame_end_a_tls_connection_too(broker: FakeBroker) -> None:
    with WireClient(broker.address, tls=trusting(broker)) as client:
        client.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.is_closed_within()


def test_a_mode_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="sometimes"):
        FakeBroker(tls="sometimes")
