"""`CassettePlayer`: answers as the servers of a cassette did."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.testkit.broker import JOURNAL_LIMIT
from pyrocketmq.testkit.cassette.addresses import readdressed
from pyrocketmq.testkit.cassette.content import Content, content_of
from pyrocketmq.testkit.cassette.file import CLIENT, Cassette
from pyrocketmq.testkit.fake import Fake
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import Refusal
from pyrocketmq.testkit.server import Server
from pyrocketmq.testkit.tls import TlsMode
from pyrocketmq.testkit.version import PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from os import PathLike

    from pyrocketmq.testkit.clock import Clock
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.loop import ServerLoop
    from pyrocketmq.testkit.recorder import Recorder

_PROFILE: Final = PROFILES["5.4.0"]
_NEAR_MISSES: Final = 3


class UnexpectedRequestError(AssertionError):
    """A client asked what the cassette has no answer for."""


class Take:
    """A recorded request and what came of it.

    Attributes:
        content: What it asks.
        answer: The answer, if there was one.
        delay: Milliseconds that the answer took.
        pushes: The server's own requests between this request and the next on the same connection, with their delays.
        plays: How often it was played.
    """

    def __init__(self, content: Content) -> None:
        self.content = content
        self.answer: RemotingCommand | None = None
        self.delay = 0
        self.pushes: list[tuple[int, RemotingCommand]] = []
        self.plays = 0


class CassettePlayer(Fake):
    """Serves a cassette: the same questions get the same answers.

    A request is recognised by what it asks; times, signatures and ids that a client chooses do not count. The same
    request asked several times gets its answers in the order they were recorded, then the last one again. Answers
    carry the opaque and the ids of the client that asks, and the addresses of this player. They take as long as they
    took then, so that a long poll stays one.

    A request that was not recorded is answered SYSTEM_ERROR with a remark that says so and what comes nearest, and
    makes `stop` fail. Journal and faults are those of `FakeBroker`; a fault's server is the recorded address. It runs
    on a thread of its own from construction to `stop`; use it as a context manager, plain or async.

    Args:
        cassette: The cassette, or its file.
        host: IP address to listen on.
        port: Port that stands for the recorded upstream; 0 takes a free one.
        clock: `VirtualClock()` for answers that wait until the test moves the time.
        pace: Factor on the times that answers took; 0 answers at once.
        ignore: Names of header fields, properties and members of bodies that do not count either.
        repeats: Whether the last answer is given again; without, every recorded request is answered once.

    Raises:
        CassetteError: the file is no cassette.
        OSError: it cannot be read, or the address not be used.
    """

    def __init__(
        self,
        cassette: Cassette | str | PathLike[str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        pace: float = 1.0,
        ignore: Collection[str] = (),
        repeats: bool = True,
    ) -> None:
        tape = cassette if isinstance(cassette, Cassette) else Cassette.load(cassette)
        self.unexpected: list[str] = []
        """What was asked and not recorded: the remarks that were answered."""
        self._is_reported = False
        self._pace = pace
        self._ignored = frozenset(ignore)
        self._repeats = repeats
        self._ids: dict[str, str] = {}
        self._takes = _takes_of(tape, self._ignored)
        self._takes.setdefault(tape.upstream, [])
        super().__init__("cassette player", clock, JOURNAL_LIMIT, TlsMode.PERMISSIVE)
        try:
            self.addresses = self._call(lambda: self._listen(host, port, tape.upstream))
            """Where each recorded server is now, by the address that it had."""
        except BaseException:
            self._stop()
            raise
        self.address = self.addresses[tape.upstream]
        """Where clients find what was recorded as upstream."""

    def _listen(self, host: str, port: int, upstream: str) -> dict[str, str]:
        addresses: dict[str, str] = {}
        for server in self._takes:
            stage = _Stage(self._loop, self._recorder, self, server, host, port if server == upstream else 0)
            self._open(stage)
            addresses[server] = stage.address
        return addresses

    @property
    def unplayed(self) -> list[str]:
        """Names of the recorded requests that nobody asked yet, once for each."""
        return self._call(
            lambda: [take.content.name for takes in self._takes.values() for take in takes if not take.plays]
        )

    def stop(self) -> None:
        """Stop, and report what was not recorded; harmless when stopped already.

        Raises:
            UnexpectedRequestError: a client asked what was not recorded.
            UnusedFaultError: a fault was added and never happened.
        """
        super().stop()
        if self.unexpected and not self._is_reported:
            self._is_reported = True
            raise UnexpectedRequestError("\n".join(self.unexpected))

    def play(self, stage: Server, exchange: Exchange) -> None:
        """Answer a request; on the loop's thread."""
        content = content_of(exchange.frame, self._ignored)
        same = [take for take in self._takes[stage.name] if take.content.key == content.key]
        take = next((take for take in same if not take.plays), same[-1] if same and self._repeats else None)
        if take is None:
            refusal = self._unexpected(stage.name, content, is_spent=bool(same))
            stage.answer(exchange, refusal)
            return
        take.plays += 1
        for path, recorded in take.content.ids.items():
            if path in content.ids:
                self._ids[recorded] = content.ids[path]
        if take.answer is not None and not exchange.command.is_oneway:
            frame = self._frame_of(take.answer, int(exchange.code), exchange.command.opaque)
            self._later(take.delay, lambda: stage.send_answer(exchange, frame))
        for delay, push in take.pushes:
            self._later(delay, partial(self._push, exchange, push))

    def _push(self, exchange: Exchange, push: RemotingCommand) -> None:
        exchange.connection.send(self._frame_of(push, -1, push.opaque))

    def _later(self, delay: int, send: Callable[[], None]) -> None:
        milliseconds = round(delay * self._pace)
        if milliseconds > 0:
            self._loop.timers.call_later(milliseconds, send)
        else:
            send()

    def _unexpected(self, server: str, content: Content, *, is_spent: bool) -> Refusal:
        text = f"the cassette has no {'further ' if is_spent else ''}answer to {content.name} at {server}"
        misses = [(content.differences(take.content), take) for take in self._takes[server]]
        same_code = [miss for miss in misses if miss[1].content.parts["code"] == content.parts["code"] and miss[0]]
        nearest = sorted(same_code, key=lambda miss: len(miss[0]))[:_NEAR_MISSES]
        parts = [text, *(f"near miss: {'; '.join(differences)}" for differences, _ in nearest)]
        remark = "\n".join(dict.fromkeys(parts))
        self.unexpected.append(remark)
        return Refusal(ResponseCode.SYSTEM_ERROR, remark)

    def _frame_of(self, recorded: RemotingCommand, code: int, opaque: int) -> bytes:
        """Return a recorded frame for this client: its opaque, its ids, addresses of this player."""
        command = RemotingCommand.decode(recorded.encode())
        command.opaque = opaque
        command.body = readdressed(command.body, code, lambda address: self.addresses.get(address, address))
        is_text = command.body[:1] in (b"{", b"[")
        fields: dict[str, str] | None = command.ext_fields
        for old, new in self._ids.items():
            if old == new or not old:
                continue
            if fields:
                fields = {name: value.replace(old, new) for name, value in fields.items()}
            # Lengths in binary records must stay as they are; only their bodies have a checksum.
            if is_text or len(old.encode()) == len(new.encode()):
                command.body = command.body.replace(old.encode(), new.encode())
        command.ext_fields = fields
        return command.encode()


class _Stage(Server):
    """Where clients find one recorded server."""

    def __init__(
        self, loop: ServerLoop, shared: Recorder, player: CassettePlayer, name: str, host: str, port: int
    ) -> None:
        super().__init__(loop, shared, BROKER, _PROFILE, name=name, host=host, port=port)
        self._player = player

    def handle(self, exchange: Exchange) -> None:
        self._player.play(self, exchange)


def _takes_of(cassette: Cassette, ignored: Collection[str]) -> dict[str, list[Take]]:
    """Return the requests of each server, with what came of them."""
    takes: dict[str, list[Take]] = {}
    waiting: dict[tuple[int, int], tuple[int, Take]] = {}
    last: dict[int, tuple[int, Take]] = {}
    for recorded in cassette.frames:
        command = RemotingCommand.decode(recorded.frame)
        by_client = recorded.sender == CLIENT
        if by_client and not command.is_response:
            take = Take(content_of(recorded.frame, ignored))
            takes.setdefault(recorded.server, []).append(take)
            last[recorded.connection] = waiting[recorded.connection, command.opaque] = (recorded.at, take)
        elif not by_client and command.is_response:
            asked = waiting.pop((recorded.connection, command.opaque), None)
            if asked is not None:
                asked[1].answer, asked[1].delay = command, recorded.at - asked[0]
        elif not by_client and recorded.connection in last:
            at, take = last[recorded.connection]
            take.pushes.append((recorded.at - at, command))
    return takes
