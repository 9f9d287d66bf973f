"""A cluster in which the commands find what their examples speak of."""

from __future__ import annotations

import json
import re
import shlex
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pyrocketmq.broker import create_broker_client
from pyrocketmq.broker.cli import main
from pyrocketmq.model import MessageQueue
from pyrocketmq.model.bodies import SubscriptionGroupConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.broker.client import BrokerClient
    from real_rocketmq.pytest_plugin import Server

_NAMES = ("orders", "bills", "billing", "mail")


@dataclass(frozen=True)
class Shop:
    """Topics `orders` and `bills`, groups `billing` and `mail`, under names that no other test uses.

    `orders` has 4 queues, and in queue 0 one message `one` with the tag `new` and the key `17`; `billing` stands
    before it.
    """

    server: Server
    client: BrokerClient
    names: dict[str, str]
    msg_id: str
    offset_msg_id: str

    def words(self, line: str) -> list[str]:
        """Return a command line for the words of this shop."""
        own = re.sub(rf"\b({'|'.join(_NAMES)})\b", lambda found: self.names[found[1]], line)
        return shlex.split(own.replace("localhost:9876", self.server.namesrv_address))

    def send(self, body: str) -> None:
        """Send a message to queue 0 of `orders`."""
        mq = MessageQueue(self.names["orders"], self.server.broker_name, 0)
        self.client.sync_send_message("shop", body.encode(), mq)

    def wait_for_index(self) -> None:
        """Wait until the message is found by its key: real brokers index behind their back."""
        deadline = time.monotonic() + 20
        while not self.client.query_message(self.names["orders"], "17"):
            assert time.monotonic() < deadline, "never indexed"
            time.sleep(0.02)


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Rmq:
    """Runs command lines in this process."""

    def __init__(self, shop: Shop, capture: pytest.CaptureFixture[str]) -> None:
        self._shop = shop
        self._capture = capture

    def __call__(self, line: str) -> Ran:
        self._capture.readouterr()
        code = main(self._shop.words(line))
        return Ran(code, *self._capture.readouterr())

    def json(self, line: str) -> list[dict[str, Any]]:
        """Run a command that has to succeed; return its rows."""
        ran = self(f"{line} --json")
        assert (ran.code, ran.err) == (0, "")
        return ran.rows


@pytest.fixture
def shop(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("NAMESRV_ADDR", server.namesrv_address)
    names = {name: f"{name}_{uuid.uuid4().hex[:12]}" for name in _NAMES}
    with create_broker_client(server.broker_address) as client:
        client.create_topic(names["orders"], 4)
        client.create_topic(names["bills"], 1)
        for group in ("billing", "mail"):
            client.create_subscription_group(SubscriptionGroupConfig(group_name=names[group]))
        mq = MessageQueue(names["orders"], server.broker_name, 0)
        sent = client.sync_send_message("shop", b"one", mq, tags="new", keys=["17"])
        client.update_consumer_offset(names["billing"], names["orders"], 0, 0, wait=True)
        yield Shop(server, client, names, sent.msg_id, sent.offset_msg_id)


@pytest.fixture
def rmq(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Rmq:
    return Rmq(shop, capsys)
