"""Everything that came during a run of a case, as it came; `normalise` makes it comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyrocketmq.testkit.conformance.json_value import Json
    from pyrocketmq.testkit.conformance.view import Received


class Transcript:
    """What came in one run of one case.

    Attributes:
        events: What came, whole, by step or by connection for what no step asked for.
        varies: By event, paths that may differ and the names of their normalisers.
        clients: The client's own addresses, by name of the connection.
    """

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Json]] = {}
        self.varies: dict[str, Mapping[str, str]] = {}
        self.clients: dict[str, str] = {}

    def connected(self, name: str, address: str) -> None:
        """Note the address of a connection."""
        self.clients[address] = name

    def received(self, step: int, received: Received, varies: Mapping[str, str]) -> None:
        """Note what a step waited for."""
        self.events[f"step {step}"] = received.whole()
        self.varies[f"step {step}"] = varies

    def nothing(self, step: int) -> None:
        """Note that a step waited in vain."""
        self.events[f"step {step}"] = {"nothing": True}

    def rest(
        self,
        connection: str,
        *,
        pushes: Sequence[Received],
        answers: Sequence[Received],
        order: Sequence[int],
        is_closed: bool,
    ) -> None:
        """Note what came on a connection without a step that asked for it.

        Args:
            connection: Which.
            pushes: Requests of the server's, in the order in which they came.
            answers: Answers that nobody waited for.
            order: The steps whose answers came, in that order; noted when it is not that of the steps.
            is_closed: Whether the server closed it.
        """
        rest: dict[str, Json] = {}
        if pushes:
            rest["pushes"] = [push.whole() for push in pushes]
        if answers:
            rest["answers"] = [answer.whole() for answer in answers]
        if list(order) != sorted(order):
            rest["order"] = list(order)
        if is_closed:
            rest["closed"] = True
        if rest:
            self.events[connection] = rest
