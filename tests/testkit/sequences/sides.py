"""Two servers that are asked the same at random, and whose whole answers are compared.

Both get the same requests over the wire. What of their answers may differ, `same_answers` tells.
"""

from __future__ import annotations

import itertools
import os
import time
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize
from same_answers import normalised
from wire_client import WireClient

from pyrocketmq.model.bodies.subscription_group import SubscriptionGroupConfig
from pyrocketmq.model.requests import (
    DeleteSubscriptiongroup,
    GetMaxOffset,
    SendMessageReply,
    UpdateAndCreateSubscriptiongroup,
    UpdateAndCreateTopic,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.model.declaration.header import Request
    from pyrocketmq.model.message_ext import MessageExt

QUEUES = 2
MEMBERS = 3
LIMIT = 5.0

queue_ids = st.integers(0, QUEUES - 1)
tags = st.sampled_from([None, "a", "b"])
expressions = st.sampled_from(["*", "a", "a || b"])

_RUN = f"{os.getpid():x}"
_fresh = itertools.count(1)


class Side:
    """One of the two servers, and what it gave that later requests repeat.

    Args:
        address: Its address.

    Attributes:
        client: The connection that asks what any client may ask.
        members: A connection for each client that may be a member of the group.
        halves: Half messages that wait for a decision: the answers to their sends.
        popped: Popped messages.
    """

    client: WireClient
    members: list[WireClient]

    def __init__(self, address: str) -> None:
        self._address = address
        self.halves: list[SendMessageReply] = []
        self.popped: list[MessageExt] = []
        self.connect()

    def connect(self) -> None:
        self.client = WireClient(self._address)
        self.members = [WireClient(self._address) for _ in range(MEMBERS)]

    def reconnect_member(self, member: int) -> None:
        self.members[member].close()
        self.members[member] = WireClient(self._address)

    def close(self) -> None:
        for client in (self.client, *self.members):
            client.close()

    def start_over(self) -> None:
        self.halves.clear()
        self.popped.clear()


class TwoSides(RuleBasedStateMachine):
    """What all operations stand on."""

    sides: ClassVar[tuple[Side, Side]]
    is_5: ClassVar[bool]
    restart: ClassVar[Callable[[], None] | None] = None
    broker_name: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        number = next(_fresh)
        self.topic = f"seq_{_RUN}_{number}"
        self.group = f"grp_{_RUN}_{number}"
        self.sent = 0
        self.ends = [0] * QUEUES
        self.half_queues: list[int] = []
        for side in self.sides:
            side.start_over()

    def same(self, request: Request[Any]) -> list[RemotingCommand]:
        """Ask both the same and compare."""
        return self.each(lambda _: request)

    def same_by(self, member: int, request: Request[Any]) -> list[RemotingCommand]:
        """Let one of the clients of the group ask both the same, and compare."""
        return self.each(lambda _: request, lambda side: side.members[member])

    def each(
        self,
        request_for: Callable[[Side], Request[Any]],
        client_of: Callable[[Side], WireClient] = lambda side: side.client,
    ) -> list[RemotingCommand]:
        """Ask each its own form of a request and compare."""
        requests = [request_for(side) for side in self.sides]
        clients = [client_of(side) for side in self.sides]
        opaques = [client.start(request) for client, request in zip(clients, requests, strict=True)]
        answers = [client.answer(opaque) for client, opaque in zip(clients, opaques, strict=True)]
        one, other = map(normalised, requests, answers)
        assert one == other, f"{requests[0]!r}\n  first:  {one}\n  second: {other}"
        return answers

    def stored(self, queue_id: int, count: int = 1) -> None:
        """Take note of messages; real brokers show them to consumers a moment after they have answered."""
        self.ends[queue_id] += count
        deadline = time.monotonic() + LIMIT
        for side in self.sides:
            while side.client.reply(GetMaxOffset(topic=self.topic, queue_id=queue_id)).offset < self.ends[queue_id]:
                assert time.monotonic() < deadline, "a message was lost"

    def properties(self, tag: str | None) -> dict[str, str]:
        self.sent += 1
        made = {"UNIQ_KEY": f"{self.topic}{self.sent:04}", "KEYS": f"k{self.sent}"}
        return made if tag is None else made | {"TAGS": tag}

    @initialize()
    def create(self) -> None:
        self.create_topic()
        self.same(UpdateAndCreateSubscriptiongroup(config=SubscriptionGroupConfig(group_name=self.group)))

    def create_topic(self) -> None:
        self.same(UpdateAndCreateTopic(topic=self.topic, read_queue_nums=QUEUES, write_queue_nums=QUEUES, perm=6))

    def teardown(self) -> None:
        self.same(DeleteSubscriptiongroup(group_name=self.group))
