"""What `FakeBroker` and `FakeCluster` have in common: a thread, servers on it, journals and faults."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, TypeVar

from pyrocketmq.testkit.certificate import throw_away_certificate
from pyrocketmq.testkit.clock import Clock, RealClock
from pyrocketmq.testkit.loop import ServerLoop
from pyrocketmq.testkit.recorder import Recorder
from pyrocketmq.testkit.tls import TlsMode

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from pyrocketmq.testkit.faults import Faults
    from pyrocketmq.testkit.journal import Journal
    from pyrocketmq.testkit.server import Server

T = TypeVar("T")


class Fake:
    """Fake servers on a thread of their own, from construction to `stop`; a context manager, plain or async."""

    def __init__(self, name: str, clock: Clock | None, journal_limit: int, tls: TlsMode | str) -> None:
        self.clock: Clock = RealClock() if clock is None else clock
        """The servers' time; of a `VirtualClock`, call `advance`."""
        self._recorder = Recorder(journal_limit, TlsMode(tls))
        self.requests: Journal = self._recorder.requests
        """What clients asked, with the answers."""
        self.pushes: Journal = self._recorder.pushes
        """What brokers asked their clients."""
        self.faults: Faults = self._recorder.faults
        """What goes wrong."""
        self._servers: list[Server] = []
        self._loop = ServerLoop(self.clock, name)
        self._stopped = False

    @property
    def tls_certificate(self) -> str:
        """The certificate that the servers show, in PEM: what a client has to trust."""
        return throw_away_certificate().certificate

    @property
    def connections(self) -> list[str]:
        """Addresses of the clients that are connected, once for each connection."""
        return self._call(
            lambda: [connection.peer_text for server in self._servers for connection in server.connections]
        )

    def settle(self) -> None:
        """Return when the servers have handled what clients had sent before this call.

        What they answered has been handed to the system by then. A test with a virtual clock calls this before it
        advances the clock, if nothing else tells it that its client has come so far.
        """
        self._loop.settle()

    def stop(self) -> None:
        """Stop the servers, and report what went wrong; harmless when stopped already.

        Raises:
            UnusedFaultError: a fault was added and never happened.
            BaseExceptionGroup: the fake itself failed.
        """
        self._stop()
        if self._loop.errors:
            errors, self._loop.errors = self._loop.errors, []
            raise BaseExceptionGroup("a fake server failed", errors)
        self.faults.check_used()

    def _stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._loop.call(self._close)
            self._loop.stop()

    def _close(self) -> None:
        for server in reversed(self._servers):
            server.close()

    def _call(self, function: Callable[[], T]) -> T:
        return self._loop.call(function)

    def _open(self, server: Server) -> None:
        """Start a server; on the loop's thread."""
        server.open()
        self._servers.append(server)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.stop()
        else:
            self._stop()
            # The test has failed already and its error comes first; what the fake did wrong may be the reason.
            for failure in self._loop.errors:
                error.add_note("a fake server failed, too:\n" + "".join(traceback.format_exception(failure)).rstrip())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)
