"""A transactional outbox: orders and the events about them are written in one transaction, and sent afterwards.

Nothing is lost and nothing is invented: an order without its event cannot be, nor an event without its order. What is
sent may be sent twice, if this process dies between a broker's answer and the mark in the table; consumers know an
event by its property `event_id`.

    NAMESRV_ADDR=localhost:9876 python -m shop.outbox orders.sqlite
"""

from __future__ import annotations

import logging
import signal
import sqlite3
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

from pyrocketmq.broker import BrokerError, create_broker_manager
from pyrocketmq.nameserver import create_nameserver_client
from shop.queues import queue_of, writable
from shop.settings import Settings

if TYPE_CHECKING:
    from pyrocketmq.broker import BrokerManager
    from pyrocketmq.nameserver import NameServerClient

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (order_id TEXT PRIMARY KEY, cents INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT NOT NULL, event TEXT NOT NULL, body BLOB NOT NULL
);
"""
BATCH = 100
"""Events that are read from the table at a time."""


def open_database(path: str) -> sqlite3.Connection:
    """Open the shop's database, and make its tables if it is new."""
    database = sqlite3.connect(path)
    database.executescript(SCHEMA)
    return database


def place_order(database: sqlite3.Connection, order_id: str, cents: int) -> None:
    """Write an order and the event about it: both, or neither.

    Raises:
        sqlite3.IntegrityError: there is such an order.
    """
    with database:
        database.execute("INSERT INTO orders VALUES (?, ?)", (order_id, cents))
        database.execute(
            "INSERT INTO outbox (order_id, event, body) VALUES (?, 'placed', ?)", (order_id, str(cents).encode())
        )


class Relay:
    """Sends what is in the outbox, oldest first.

    One relay runs at a time; two would send everything twice.
    """

    def __init__(
        self, database: sqlite3.Connection, manager: BrokerManager, nameserver: NameServerClient, settings: Settings
    ) -> None:
        self._database = database
        self._manager = manager
        self._nameserver = nameserver
        self._settings = settings

    def drain(self) -> int:
        """Send everything that waits, and return how many events that were.

        Raises:
            BrokerError: one was not stored; it and those behind it go on waiting.
        """
        topic = self._settings.topic
        queues = writable(topic, self._nameserver.get_topic_route(topic))
        if not queues:
            raise BrokerError(f"no broker takes messages of {topic!r} now", broker_addr=self._settings.namesrv)
        sent = 0
        waiting = "SELECT event_id, order_id, event, body FROM outbox ORDER BY event_id LIMIT ?"
        while events := self._database.execute(waiting, (BATCH,)).fetchall():
            for event_id, order_id, event, body in events:
                mq = queue_of(order_id, queues)
                with self._manager.connection(mq.broker_name) as client:
                    client.sync_send_message(
                        self._settings.group,
                        body,
                        mq,
                        properties={"event_id": str(event_id)},
                        keys=[order_id],
                        tags=event,
                    )
                with self._database:
                    self._database.execute("DELETE FROM outbox WHERE event_id = ?", (event_id,))
                sent += 1
        return sent

    def run(self, stop: threading.Event, *, period: float = 1.0, longest_pause: float = 30.0) -> None:
        """Drain the outbox again and again until told to stop.

        Args:
            stop: Set by whoever ends this.
            period: Seconds between two looks into the table.
            longest_pause: Seconds to which the pause grows while brokers cannot be reached.
        """
        pause = period
        while not stop.is_set():
            try:
                if sent := self.drain():
                    log.info("%d events sent", sent)
                pause = period
            except BrokerError as error:
                pause = min(pause * 2, longest_pause)
                log.warning("the outbox waits, next try in %.0f s: %s", pause, error)
            stop.wait(pause)


def main() -> int:
    """Run the relay until SIGINT or SIGTERM; returns the exit code."""
    logging.basicConfig(level=logging.INFO)
    settings = Settings.from_environment()
    stop = threading.Event()

    def end(_number: int, _frame: object) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with (
        closing(open_database(sys.argv[1])) as database,
        create_broker_manager(settings.namesrv, timeout=settings.timeout) as manager,
        create_nameserver_client(settings.namesrv, timeout=settings.timeout) as nameserver,
    ):
        Relay(database, manager, nameserver, settings).run(stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
