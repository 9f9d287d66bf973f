"""The journal: every request and answer, for tests to look at."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyrocketmq.testkit.exchange import Exchange

_NEAR_MISSES = 5
_WIRE_NAMES = {
    "topic": ("topic", "b"),
    "group": ("consumerGroup", "producerGroup", "group", "groupName", "a"),
    "queue_id": ("queueId", "e"),
}
# Under which header fields the criteria of a search are found; the one-letter names are those of the V2 send header.


class _Pages:
    """Exchanges that are kept, and the bytes of their frames."""

    __slots__ = ("exchanges", "size")

    def __init__(self) -> None:
        self.exchanges: deque[Exchange] = deque()
        self.size = 0


class Journal:
    """What passed between clients and the servers of a fake, oldest first; safe to use from any thread.

    The fake's thread alone adds to it and drops the oldest, for every request, and so without a lock. Other threads
    copy what is there, or put an empty journal in its place, each in one step.

    Args:
        limit: Bytes of frames to keep; the oldest exchanges go first.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pages = _Pages()
        self._changed = threading.Condition()
        self._waiting = 0

    def where(
        self,
        *,
        code: int | None = None,
        topic: str | None = None,
        group: str | None = None,
        queue_id: int | None = None,
        server: str | None = None,
        answered: int | None = None,
        matching: Callable[[Exchange], bool] | None = None,
    ) -> list[Exchange]:
        """Return the exchanges that meet all the criteria given.

        Args:
            code: Request code.
            topic: Topic in the header.
            group: Producer or consumer group in the header.
            queue_id: Queue number in the header.
            server: Name of the broker that was asked, or `namesrv`.
            answered: Response code of the answer.
            matching: A condition of your own.
        """
        criteria = Criteria(
            code=code,
            topic=topic,
            group=group,
            queue_id=queue_id,
            server=server,
            answered=answered,
            matching=matching,
        )
        return [exchange for exchange in self if not criteria.missed_by(exchange)]

    def wait_for(
        self,
        *,
        count: int = 1,
        timeout: float = 5.0,
        code: int | None = None,
        topic: str | None = None,
        group: str | None = None,
        queue_id: int | None = None,
        server: str | None = None,
        answered: int | None = None,
        matching: Callable[[Exchange], bool] | None = None,
    ) -> list[Exchange]:
        """Wait until that many exchanges meet the criteria of `where`, and return them.

        Args:
            count: How many are waited for, including those that passed already.
            timeout: Seconds to wait.
            code: As in `where`, like all that follow.
            topic: See there.
            group: See there.
            queue_id: See there.
            server: See there.
            answered: See there.
            matching: See there.

        Raises:
            AssertionError: they did not come; the message shows what came nearest.
        """
        criteria = Criteria(
            code=code,
            topic=topic,
            group=group,
            queue_id=queue_id,
            server=server,
            answered=answered,
            matching=matching,
        )
        deadline = time.monotonic() + timeout
        with self._changed:
            self._waiting += 1  # before the first look: whoever adds after it sees that somebody waits
            try:
                while True:
                    found = [exchange for exchange in self if not criteria.missed_by(exchange)]
                    remaining = deadline - time.monotonic()
                    if len(found) >= count:
                        return found
                    if remaining <= 0:
                        raise AssertionError(self._report(criteria, len(found), count, timeout))
                    self._changed.wait(remaining)
            finally:
                self._waiting -= 1

    def clear(self) -> None:
        """Forget everything."""
        pages, self._pages = self._pages, _Pages()
        for exchange in pages.exchanges.copy():
            exchange.is_kept = False

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._pages.exchanges.copy())

    def __len__(self) -> int:
        return len(self._pages.exchanges)

    def add(self, exchange: Exchange) -> None:
        """Take in a request; used by the fake."""
        pages = self._pages
        pages.exchanges.append(exchange)
        pages.size += len(exchange.frame)
        if pages.size > self._limit or self._waiting:
            self._has_grown(pages)

    def answered(self, exchange: Exchange, frame: bytes, now: int) -> None:
        """Take in the answer to a request; used by the fake."""
        exchange.answer_frame = frame
        exchange.answered_at = now
        if exchange.is_kept:
            pages = self._pages
            pages.size += len(frame)
            if pages.size > self._limit or self._waiting:
                self._has_grown(pages)

    def _has_grown(self, pages: _Pages) -> None:
        while pages.size > self._limit and len(pages.exchanges) > 1:
            oldest = pages.exchanges.popleft()
            oldest.is_kept = False
            pages.size -= oldest.size
        if self._waiting:
            with self._changed:
                self._changed.notify_all()

    def _report(self, criteria: Criteria, found: int, count: int, timeout: float) -> str:
        lines = [f"{found} of {count} requests with {criteria} came within {timeout:g} s"]
        misses = sorted(
            ((missed, exchange) for exchange in self if (missed := criteria.missed_by(exchange))),
            key=lambda pair: len(pair[0]),
        )
        if misses:
            lines.append("nearest of those that came:")
        lines += [f"  {exchange!r}: {', '.join(missed)}" for missed, exchange in misses[:_NEAR_MISSES]]
        if not len(self):
            lines.append("no request came at all")
        return "\n".join(lines)


class Criteria(NamedTuple):
    """What an exchange has to be like; arguments are those of `Journal.where`."""

    code: int | None = None
    topic: str | None = None
    group: str | None = None
    queue_id: int | None = None
    server: str | None = None
    answered: int | None = None
    matching: Callable[[Exchange], bool] | None = None

    def missed_by(self, exchange: Exchange) -> list[str]:
        """Return in what an exchange differs; empty where it meets all criteria."""
        missed: list[str] = []
        if self.code is not None and exchange.code != self.code:
            missed.append(f"code is {exchange.code}")
        for name in _WIRE_NAMES:
            wanted = getattr(self, name)
            if wanted is not None:
                found = _field_of(exchange, name)
                if found != str(wanted):
                    missed.append(f"{name} is {found}")
        if self.server is not None and exchange.server != self.server:
            missed.append(f"server is {exchange.server}")
        if self.answered is not None:
            answer = exchange.answer
            if answer is None or answer.code != self.answered:
                missed.append("not answered" if answer is None else f"answered {int(answer.code)}")
        if not missed and self.matching is not None and not self.matching(exchange):
            missed.append("does not match the condition")
        return missed

    def allows_server(self, name: str) -> bool:
        """Whether this server can be the one that is meant."""
        return self.server in (None, name)

    def __str__(self) -> str:
        stated = [f"{name}={value}" for name, value in self._asdict().items() if value is not None]
        return ", ".join(stated) or "anything"


def _field_of(exchange: Exchange, name: str) -> str | None:
    fields = exchange.fields
    return next((fields[wire_name] for wire_name in _WIRE_NAMES[name] if wire_name in fields), None)
