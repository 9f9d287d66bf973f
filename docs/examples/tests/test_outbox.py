"""The outbox: nothing is lost, whatever happens between the database and the broker."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pyrocketmq.broker import BrokerError, create_broker_manager
from pyrocketmq.model import RequestCode
from pyrocketmq.nameserver import create_nameserver_client
from pyrocketmq.testkit import Fault
from shop.outbox import Relay, open_database, place_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.testkit import FakeBroker
    from shop.settings import Settings

SEND = RequestCode.SEND_MESSAGE_V2


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(open_database(str(tmp_path_factory.mktemp("shop") / "orders.sqlite"))) as opened:
        yield opened


@pytest.fixture
def relay(database: sqlite3.Connection, settings: Settings) -> Iterator[Relay]:
    with (
        create_broker_manager(settings.namesrv, timeout=settings.timeout) as manager,
        create_nameserver_client(settings.namesrv, timeout=settings.timeout) as nameserver,
    ):
        yield Relay(database, manager, nameserver, settings)


def waiting(database: sqlite3.Connection) -> list[str]:
    return [order_id for (order_id,) in database.execute("SELECT order_id FROM outbox ORDER BY event_id")]


def test_events_are_sent_once(database: sqlite3.Connection, relay: Relay, broker: FakeBroker) -> None:
    for number in range(5):
        place_order(database, f"order-{number}", 100 * number)
    assert relay.drain() == 5
    assert relay.drain() == 0
    messages = sorted(broker.messages("orders"), key=lambda message: int(message.properties["event_id"]))
    assert [message.body for message in messages] == [b"0", b"100", b"200", b"300", b"400"]


def test_an_order_that_cannot_be_written_has_no_event(database: sqlite3.Connection) -> None:
    place_order(database, "17", 1)
    with pytest.raises(sqlite3.IntegrityError):
        place_order(database, "17", 2)
    assert waiting(database) == ["17"]


def test_a_broker_that_refuses(database: sqlite3.Connection, relay: Relay, broker: FakeBroker) -> None:
    for order_id in ("17", "18", "19"):
        place_order(database, order_id, 1)
    broker.faults.add(Fault.reply(14, "service not available now").on(code=SEND).nth(2))
    with pytest.raises(BrokerError, match="service not available"):
        relay.drain()
    assert waiting(database) == ["18", "19"]
    assert relay.drain() == 2


def test_an_answer_that_is_lost(database: sqlite3.Connection, relay: Relay, broker: FakeBroker) -> None:
    """The one case in which an event comes twice, and how a consumer sees that."""
    place_order(database, "17", 1)
    broker.faults.add(Fault.close_after_reading(handled=True).on(code=SEND).times(1))
    with pytest.raises(BrokerError) as raised:
        relay.drain()
    assert raised.value.may_have_arrived
    relay.drain()
    assert [message.properties["event_id"] for message in broker.messages("orders")] == ["1", "1"]


def test_it_goes_on_until_stopped(database: sqlite3.Connection, relay: Relay, broker: FakeBroker) -> None:
    place_order(database, "17", 1)
    broker.faults.add(Fault.reply(2, "busy").on(code=SEND).times(1))
    stop = threading.Event()

    def stop_when_sent() -> None:
        broker.requests.wait_for(code=SEND, answered=0)
        stop.set()

    watcher = threading.Thread(target=stop_when_sent)
    watcher.start()
    relay.run(stop, period=0.01)
    watcher.join()
    assert waiting(database) == []
    assert len(broker.messages("orders")) == 1
