"""From the threads of clients to the one thread that plays cases."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from client_conformance.arguments import Arguments
    from client_conformance.players import Player


class Hub:
    """Brings what happens on the threads of clients to the one thread that plays the cases.

    Args:
        player: Makes the calls.

    Attributes:
        under_way: Calls whose end the cases have not heard of yet.
    """

    def __init__(self, player: Player) -> None:
        self.player = player
        self.under_way = 0
        self._happened: SimpleQueue[Callable[[], object]] = SimpleQueue()

    def start(self, client: Any, method: str, arguments: Arguments, done: Callable[[Future[Any]], object]) -> None:
        """Start a call and have its end told on the cases' thread."""
        self.under_way += 1

        def ended(future: Future[Any]) -> None:
            self.under_way -= 1
            done(future)

        self.start_aside(client, method, arguments, ended)

    def start_aside(
        self, client: Any, method: str, arguments: Arguments, done: Callable[[Future[Any]], object]
    ) -> None:
        """Start a call that does not count as under way: it waits for what another step does."""
        self.player.call(client, method, arguments).add_done_callback(
            lambda future: self._happened.put(lambda: done(future))
        )

    def tell(self, event: Callable[[], object]) -> None:
        """Have something done on the cases' thread; any thread may call this."""
        self._happened.put(event)

    def receive(self, timeout: float) -> bool:
        """Take in what has happened; see `Network.receive`."""
        try:
            event = self._happened.get(timeout=timeout) if timeout > 0 else self._happened.get_nowait()
        except Empty:
            return False
        while True:
            event()
            try:
                event = self._happened.get_nowait()
            except Empty:
                return True
