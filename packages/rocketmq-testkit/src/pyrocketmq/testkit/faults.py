"""Faults: what goes wrong on request.

A fault is an action and the conditions under which requests meet it:

    Fault.reply(ResponseCode.SYSTEM_BUSY, "[TIMEOUT_CLEAN_QUEUE]").on(code=RequestCode.SEND_MESSAGE_V2).times(2)

Actions act at one of three moments: when a connection is accepted, in place of handling a request, or in place of
simply sending its answer.
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

from pyrocketmq.testkit import fault_actions as actions
from pyrocketmq.testkit.journal import Criteria
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from pyrocketmq.model.declaration.header import Request
    from pyrocketmq.testkit.connection import Connection
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.fault_actions import Action
    from pyrocketmq.testkit.server import Server


class Fault:
    """Something that goes wrong, and for which requests.

    Made by the class methods, narrowed by `on`, `nth`, `times` and `probability`, which return the fault itself, and
    added to `broker.faults`. Without conditions every request meets it.

    Attributes:
        hits: How often it happened.
        is_optional: Whether the test may end without it.
    """

    def __init__(self, action: Action) -> None:
        self.hits = 0
        self.is_optional = False
        self._action = action
        self._criteria: Criteria | None = None
        self._nth: int | None = None
        self._remaining: int | None = None
        self._chance: tuple[float, random.Random] | None = None
        self._matched = 0

    # What goes wrong.

    @classmethod
    def reply(cls, code: int, remark: str | None = None, fields: Mapping[str, str] | None = None) -> Fault:
        """Answer with this code and remark instead of handling the request."""
        return cls(actions.Reply(Refusal(code, remark, fields)))

    @classmethod
    def delay(cls, seconds: float) -> Fault:
        """Handle the request at once and answer later, by the fake's clock; also after the client gave up."""
        return cls(actions.Delay(round(seconds * 1000)))

    @classmethod
    def silence(cls, *, handled: bool = True) -> Fault:
        """Never answer.

        Args:
            handled: Whether the request takes effect all the same.
        """
        return cls(actions.Silence(handled=handled))

    @classmethod
    def close_on_connect(cls, *, reset: bool = False) -> Fault:
        """Close a new connection before anything is read.

        Args:
            reset: By a TCP reset, instead of an orderly end.
        """
        return cls(actions.CloseOnConnect(reset=reset))

    @classmethod
    def close_after_reading(cls, *, reset: bool = False, handled: bool = False) -> Fault:
        """Close the connection instead of answering.

        Args:
            reset: By a TCP reset, instead of an orderly end.
            handled: Whether the request takes effect all the same.
        """
        return cls(actions.CloseAfterReading(reset=reset, handled=handled))

    @classmethod
    def close_after_answering(cls) -> Fault:
        """Answer, then close the connection."""
        return cls(actions.CloseAfterAnswering())

    @classmethod
    def half_close(cls) -> Fault:
        """Answer, then end the server's side of the stream; the client may go on sending into the void."""
        return cls(actions.HalfClose())

    @classmethod
    def slices(cls, size: int) -> Fault:
        """Send the answer in slices of this many bytes, each in a packet of its own."""
        return cls(actions.Slices(size))

    @classmethod
    def cut(cls, position: int) -> Fault:
        """Send the answer's bytes up to a position, then close the connection."""
        return cls(actions.Cut(position))

    @classmethod
    def flip(cls, position: int) -> Fault:
        """Invert one byte of the answer; positions below zero count from its end."""
        return cls(actions.Change(lambda frame: actions.flipped(frame, position)))

    @classmethod
    def wrong_length(cls, difference: int) -> Fault:
        """Make the answer's length field lie by a difference in bytes."""
        return cls(actions.Change(lambda frame: actions.with_length(frame, difference)))

    @classmethod
    def wrong_opaque(cls, difference: int = 1_000_000) -> Fault:
        """Answer a request that nobody made: the opaque is another by a difference."""
        return cls(actions.Change(lambda frame: actions.with_opaque(frame, difference)))

    @classmethod
    def answer_twice(cls) -> Fault:
        """Send the answer twice."""
        return cls(actions.Change(lambda frame: frame + frame))

    @classmethod
    def swap_answers(cls) -> Fault:
        """Keep an answer back until the next request that meets this fault was answered."""
        return cls(actions.Swap())

    @classmethod
    def unasked_request(cls, request: Request[Any]) -> Fault:
        """Send the client a oneway request of the server's before the answer."""
        return cls(actions.UnaskedRequest(request))

    # For which requests.

    def on(
        self,
        *,
        code: int | None = None,
        topic: str | None = None,
        group: str | None = None,
        queue_id: int | None = None,
        server: str | None = None,
        matching: Callable[[Exchange], bool] | None = None,
    ) -> Self:
        """Let only some requests meet the fault.

        Args:
            code: Request code.
            topic: Topic in the header.
            group: Producer or consumer group in the header.
            queue_id: Queue number in the header.
            server: Name of the broker that was asked, or `namesrv`; the only criterion that connections know.
            matching: A condition of your own.
        """
        self._criteria = Criteria(
            code=code, topic=topic, group=group, queue_id=queue_id, server=server, matching=matching
        )
        return self

    def nth(self, occurrence: int) -> Self:
        """Let only this occurrence meet the fault, counted from 1 among the requests that match."""
        self._nth = occurrence
        return self

    def times(self, count: int) -> Self:
        """Let the fault happen at most so often."""
        self._remaining = count
        return self

    def probability(self, chance: float, *, seed: int = 0) -> Self:
        """Let each request that matches meet the fault with a chance between 0 and 1, the same in every run."""
        self._chance = (chance, random.Random(seed))
        return self

    def optional(self) -> Self:
        """Let the test end well even if the fault never happened."""
        self.is_optional = True
        return self

    # Used by the servers.

    def strikes_connection(self, server: Server) -> bool:
        """Whether a new connection meets this fault."""
        if not self._action.acts_on_connections:
            return False
        return (self._criteria is None or self._criteria.allows_server(server.name)) and self._counts()

    def strikes(self, exchange: Exchange) -> bool:
        """Whether a request meets this fault."""
        if self._action.acts_on_connections:
            return False
        return (self._criteria is None or not self._criteria.missed_by(exchange)) and self._counts()

    def meet_connection(self, connection: Connection) -> None:
        """Let a new connection meet the fault."""
        self._action.connected(connection)

    def meet_request(self, server: Server, exchange: Exchange) -> bool:
        """Let a request meet the fault; returns whether it must not be handled any more."""
        return self._action.received(server, exchange)

    def deliver(self, server: Server, exchange: Exchange, frame: bytes) -> None:
        """Send the answer to a request that met the fault."""
        self._action.deliver(server, exchange, frame)

    def _counts(self) -> bool:
        self._matched += 1
        if self._nth is not None and self._matched != self._nth:
            return False
        if self._remaining is not None and self.hits >= self._remaining:
            return False
        if self._chance is not None and self._chance[1].random() >= self._chance[0]:
            return False
        self.hits += 1
        return True

    def __repr__(self) -> str:
        condition = "" if self._criteria is None else f" on {self._criteria}"
        return f"<fault {self._action}{condition}: {self.hits} hits>"


class UnusedFaultError(AssertionError):
    """A fault was added and never happened: the test did not do what it meant to."""


class Faults:
    """The faults of one fake, in the order they were added; a request meets the first that strikes."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._adding = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Add a fault and return it, for its hits."""
        with self._adding:
            self._faults = [*self._faults, fault]
        return fault

    def remove(self, fault: Fault) -> None:
        """Take a fault away; it is not checked at the end any more."""
        with self._adding:
            self._faults = [one for one in self._faults if one is not fault]

    def clear(self) -> None:
        """Take all faults away."""
        with self._adding:
            self._faults = []

    def check_used(self) -> None:
        """Make sure that every fault happened.

        Raises:
            UnusedFaultError: one did not, and is not optional.
        """
        unused = [fault for fault in self._faults if not fault.hits and not fault.is_optional]
        if unused:
            raise UnusedFaultError(f"never happened: {', '.join(map(repr, unused))}")

    def meet_connection(self, server: Server, connection: Connection) -> None:
        """Let a new connection meet the first fault for it; used by the servers."""
        for fault in self._faults:
            if fault.strikes_connection(server):
                fault.meet_connection(connection)
                return

    def meet_request(self, server: Server, exchange: Exchange) -> bool:
        """Let a request meet the first fault for it; returns whether it must not be handled any more."""
        for fault in self._faults:
            if fault.strikes(exchange):
                exchange.fault = fault
                return fault.meet_request(server, exchange)
        return False
