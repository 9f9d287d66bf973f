"""The order service: what it sends, and what it tells its callers when a broker fails it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from pyrocketmq.model import RequestCode
from pyrocketmq.testkit import Fault
from shop.service import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.testkit import FakeBroker
    from shop.settings import Settings

SEND = RequestCode.SEND_MESSAGE_V2


@pytest.fixture
def web(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client


def test_an_order_is_announced(web: TestClient, broker: FakeBroker) -> None:
    answer = web.post("/orders", json={"order_id": "17", "cents": 1999})
    (message,) = broker.messages("orders")
    assert (answer.status_code, answer.json()) == (201, {"order_id": "17", "message_id": message.msg_id})
    assert (message.keys, message.tags) == (["17"], "placed")
    assert json.loads(message.body) == {"order_id": "17", "cents": 1999}


def test_events_of_an_order_stay_in_sequence(web: TestClient, broker: FakeBroker) -> None:
    for order_id in ("17", "18", "19", "17", "18", "19"):
        web.post("/orders", json={"order_id": order_id, "cents": 1})
    queues = {(message.keys[0], message.queue_id) for message in broker.messages("orders")}
    assert len(queues) == 3  # one for each order
    assert {queue_id for _, queue_id in queues} == {0, 1}


def test_what_is_no_order_is_not_announced(web: TestClient, broker: FakeBroker) -> None:
    assert web.post("/orders", json={"order_id": "17", "cents": 0}).status_code == 422
    assert broker.messages("orders") == []


def test_a_broker_that_is_overloaded(web: TestClient, broker: FakeBroker) -> None:
    broker.faults.add(Fault.reply(2, "[TIMEOUT_CLEAN_QUEUE]broker busy").on(code=SEND).times(1))
    answer = web.post("/orders", json={"order_id": "17", "cents": 1})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert web.post("/orders", json={"order_id": "17", "cents": 1}).status_code == 201


def test_a_broker_that_breaks_off(web: TestClient, broker: FakeBroker) -> None:
    """The message may be stored, so the service does not send it again by itself, and tells its caller."""
    broker.faults.add(Fault.close_after_reading(handled=True).on(code=SEND))
    answer = web.post("/orders", json={"order_id": "17", "cents": 1})
    assert (answer.status_code, answer.json()["may_have_arrived"]) == (503, True)
    assert len(broker.messages("orders")) == 1


def test_a_broker_that_was_restarted(web: TestClient, broker: FakeBroker) -> None:
    web.post("/orders", json={"order_id": "17", "cents": 1})
    broker.restart()
    assert web.post("/orders", json={"order_id": "18", "cents": 1}).status_code == 201


def test_health(web: TestClient, broker: FakeBroker) -> None:
    assert web.get("/health").json() == {"status": "ok"}
    broker.stop()
    assert web.get("/health").status_code == 503
