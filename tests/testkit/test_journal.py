"""The journal of requests and answers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from requests_of import heartbeat, send
from wire_client import WireClient

from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.requests import GetMaxOffset, GetRouteinfoByTopic, SendMessageV2
from pyrocketmq.testkit import FakeBroker

if TYPE_CHECKING:
    from pyrocketmq.testkit import VirtualClock


def test_an_exchange_tells_everything(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    client.call(send(topic="orders", body=b"x", queue_id=2))
    (exchange,) = broker.requests.where(code=RequestCode.SEND_MESSAGE_V2)
    assert isinstance(exchange.header, SendMessageV2)
    assert (exchange.header.topic, exchange.header.queue_id) == ("orders", 2)
    assert (exchange.server, exchange.peer, exchange.body) == ("broker-a", client.address, b"x")
    assert exchange.fields["b"] == "orders"
    assert exchange.received_at == exchange.answered_at == clock.now()
    assert exchange.answer is not None
    assert exchange.answer.code == 0
    assert exchange.answer_frame == client.frames[0]
    assert "answered 0" in repr(exchange)


def test_criteria(broker: FakeBroker, client: WireClient) -> None:
    client.call(send(topic="a"))
    client.call(GetMaxOffset(topic="a", queue_id=3))
    with WireClient(broker.namesrv_address) as namesrv:
        namesrv.call(GetRouteinfoByTopic(topic="none"))
    where = broker.requests.where
    assert [len(found) for found in (where(), where(topic="a"), where(queue_id=3), where(group="pg"))] == [3, 2, 1, 1]
    assert [exchange.code for exchange in where(server="namesrv")] == [105]
    assert [exchange.code for exchange in where(answered=17)] == [105]
    assert len(where(matching=lambda exchange: bool(exchange.body))) == 1
    assert len(broker.requests) == len(list(broker.requests)) == 3
    broker.requests.clear()
    assert where() == []


def test_waiting_for_requests(broker: FakeBroker, client: WireClient) -> None:
    timer = threading.Timer(0.02, lambda: [client.start(send(topic="late")) for _ in range(2)])
    timer.start()
    found = broker.requests.wait_for(code=RequestCode.SEND_MESSAGE_V2, topic="late", count=2, timeout=5)
    timer.join()
    assert len(found) == 2


def test_a_wait_in_vain_shows_what_came_nearest(broker: FakeBroker, client: WireClient) -> None:
    client.call(GetMaxOffset(topic="other", queue_id=0))
    client.call(send(topic="other"))
    with pytest.raises(AssertionError) as caught:
        broker.requests.wait_for(code=310, topic="wanted", timeout=0.01)
    lines = str(caught.value).splitlines()
    assert lines[0] == "0 of 1 requests with code=310, topic=wanted came within 0.01 s"
    assert lines[1] == "nearest of those that came:"
    assert lines[2].endswith("topic is other")
    assert "code is 30" in lines[3]


def test_a_wait_in_vain_for_anything_at_all(broker: FakeBroker) -> None:
    with pytest.raises(AssertionError, match="no request came at all"):
        broker.requests.wait_for(timeout=0.01)


def test_requests_of_the_server_are_kept_too(broker: FakeBroker, client: WireClient) -> None:
    client.call(heartbeat(consumer="g"))
    (push,) = broker.pushes.where(code=RequestCode.NOTIFY_CONSUMER_IDS_CHANGED)
    assert push.fields == {"consumerGroup": "g"}
    assert push.answer is None


def test_a_code_without_declaration_has_no_header(broker: FakeBroker, client: WireClient) -> None:
    client.call(send())
    (exchange,) = broker.requests.where()
    exchange.command.code = 9999
    with pytest.raises(ProtocolError, match="9999 is not declared"):
        _ = exchange.header


def test_the_journal_is_bounded() -> None:
    with FakeBroker(journal_limit=10_000) as fake, WireClient(fake.address) as client:
        for number in range(50):
            client.call(send(body=bytes(1000), queue_id=number % 4))
        kept = list(fake.requests)
        assert 3 < len(kept) < 10
        assert kept[-1].header.queue_id == 49 % 4
        held = fake.requests.where()[0]
        fake.requests.clear()
        assert not held.is_kept
