"""When time may pass on a fake: as soon as everybody waits for it.

Calls are made on other threads than the one that moves the clock. It moves when the fake holds each call that is under
way, each question of the fake has reached its callback, and each answer the fake.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from pyrocketmq.model import RequestCode
from pyrocketmq.testkit.conformance import ConformanceError

if TYPE_CHECKING:
    from client_conformance.hub import Hub
    from client_conformance.network import CaseNetwork
    from pyrocketmq.testkit import FakeBroker, VirtualClock
    from pyrocketmq.testkit.conformance.wire import Receiver
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.journal import Journal

_STEP: Final = 0.05
# Seconds that virtual time moves at once while nothing comes.
_LOOK_AGAIN: Final = 0.002
_PATIENCE: Final = 20.0
# Seconds of real time.


class QuietTiming:
    """Virtual time for public clients.

    Args:
        fake: The fake that the cases run on; its journals must keep everything.
        clock: Its clock.
        hub: Where calls are made.
        networks: The networks of all cases, by the mark of the run.
    """

    def __init__(self, fake: FakeBroker, clock: VirtualClock, hub: Hub, networks: dict[str, CaseNetwork]) -> None:
        self._fake = fake
        self._clock = clock
        self._hub = hub
        self._networks = networks
        self._requests = _Unread(fake.requests)
        self._pushes = _Unread(fake.pushes)
        self._held: list[Exchange] = []
        self._ended_by_checks = 0
        self._asked: list[tuple[Exchange, CaseNetwork]] = []

    def now(self) -> float:
        """Return the clock's time."""
        return self._clock.now() / 1000

    def pass_until(self, network: Receiver, due: float) -> None:
        """Wait until something comes, or until nothing is under way, and then move the clock."""
        del network
        give_up = time.monotonic() + _PATIENCE
        while True:
            self._fake.settle()
            if self._hub.receive(0):
                return
            if self._is_quiet():
                break
            if time.monotonic() > give_up:
                raise ConformanceError(self._complaint())
            if self._hub.receive(_LOOK_AGAIN):
                return
        self._clock.advance(seconds=max(0.001, min(_STEP, due - self.now())))

    def _is_quiet(self) -> bool:
        self._read()
        return self._hub.under_way <= len(self._held) and not self._unheard() and not self._unanswered()

    def _read(self) -> None:
        for exchange in self._requests.read():
            command = exchange.command
            if not command.is_oneway:
                self._held.append(exchange)
            elif command.code == RequestCode.END_TRANSACTION and exchange.fields.get("fromTransactionCheck") == "true":
                self._ended_by_checks += 1
        self._held = [one for one in self._held if one.answer_frame is None and one.connection.is_open]
        for exchange in self._pushes.read():
            for unique, network in self._networks.items():
                role = network.plan.role
                if role is not None and role.question == exchange.code and unique.encode() in exchange.frame:
                    self._asked.append((exchange, network))

    def _unheard(self) -> bool:
        """Whether a callback has still to be told of something."""
        for network in {id(network): network for _, network in self._asked}.values():
            asked = [one for one, other in self._asked if other is network and one.connection.is_open]
            if len(asked) > sum(member.heard for member in network.members):
                return True
        return False

    def _unanswered(self) -> bool:
        """Whether an answer to the fake is still on its way."""
        given = sum(network.answered for network in self._networks.values())
        arrived = sum(
            exchange.answer_frame is not None for exchange, _ in self._asked if not exchange.command.is_oneway
        )
        return given > arrived + self._ended_by_checks

    def _complaint(self) -> str:
        return (
            f"after {_PATIENCE:g} s there are still {self._hub.under_way} calls under way, of which the fake holds "
            f"{len(self._held)}; unheard: {self._unheard()}, unanswered: {self._unanswered()}"
        )


class _Unread:
    """The exchanges of a journal that were not looked at before."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._seen = 0

    def read(self) -> list[Exchange]:
        if len(self._journal) == self._seen:
            return []
        unread = list(self._journal)[self._seen :]
        self._seen += len(unread)
        return unread
