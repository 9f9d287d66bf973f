"""`Answering`: what brokers ask over one connection goes to the client that it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyrocketmq.broker.callbacks import QUESTIONS
from pyrocketmq.remote import fork

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.broker.callbacks import Callbacks, Question
    from pyrocketmq.model import RemotingCommand
    from pyrocketmq.remote import AsyncRemote, Remote

_ANY: Final = next(iter(QUESTIONS))
_lock: Final = fork.Lock()  # guards who answers over which connection


class Answerer(NamedTuple):
    """One client that answers.

    Attributes:
        callbacks: Knows what concerns it.
        answer: Answers a question; of an asyncio client to be awaited.
    """

    callbacks: Callbacks
    answer: Callable[[Question], Any]


class Answering:
    """The handler of everything that brokers ask, for all clients that share a connection.

    Pools lend one connection to several holders where there are no free ones, and each of them may have joined groups,
    or wait for a reply. A question that concerns none of them gets the answer of the first.
    """

    def __init__(self) -> None:
        self._answerers: tuple[Answerer, ...] = ()  # another one for each change: questions come at any time

    def __call__(self, command: RemotingCommand) -> Any:
        """Answer a request of the broker.

        Raises:
            ProtocolError: it does not decode.
        """
        asked = [(each, each.callbacks.question(command)) for each in self._answerers]
        if not asked:
            return None  # the last one has just left
        answerer, question = next((pair for pair in asked if pair[1].is_known), asked[0])
        return answerer.answer(question)

    def add(self, answerer: Answerer) -> None:
        """Let one more client answer."""
        if answerer not in self._answerers:
            self._answerers = (*self._answerers, answerer)

    def remove(self, answerer: Answerer) -> bool:
        """Let a client answer no more; return whether it did."""
        before = self._answerers
        self._answerers = tuple(each for each in before if each != answerer)
        return len(self._answerers) < len(before)

    def __bool__(self) -> bool:
        """Whether anybody answers."""
        return bool(self._answerers)


def join(remote: Remote | AsyncRemote, answerer: Answerer) -> None:
    """Let a client answer what a broker asks over a connection."""
    with _lock:
        found = remote.find_request_handler(_ANY)
        answering = found if isinstance(found, Answering) else Answering()
        answering.add(answerer)
        for code in QUESTIONS:
            remote.register_request_handler(code, answering)


def leave(remote: Remote | AsyncRemote, answerer: Answerer) -> bool:
    """Let a client answer no more over a connection; return whether it did."""
    with _lock:
        answering = remote.find_request_handler(_ANY)
        if not isinstance(answering, Answering) or not answering.remove(answerer):
            return False
        if not answering:
            for code in QUESTIONS:
                remote.unregister_request_handler(code)
        return True
