"""One request and its answer, as the server sees them: what handlers work with and what the journal keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration.header import REGISTRY, Reply, Request
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.testkit.refusal import Relayed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.connection import Connection
    from pyrocketmq.testkit.faults import Fault
    from pyrocketmq.testkit.refusal import Refusal

ReplyT = TypeVar("ReplyT", bound=Reply)


class Exchange:
    """A request that a server received, or sent to a client, and what was answered.

    Attributes:
        server: Name of the fake server: the broker's name, or `namesrv`.
        command: The request, header fields still as text.
        connection: The connection that it came over.
        frame: The request's bytes as received.
        received_at: The server's time at that, in milliseconds since 1970.
        answer_frame: The answer's bytes before any fault changed them; `None` while there is none.
        answered_at: When the answer was ready.
        fault: The fault that this request met.
        is_kept: Whether the journal still has it.
    """

    __slots__ = (
        "answer_frame",
        "answered_at",
        "command",
        "connection",
        "fault",
        "frame",
        "is_kept",
        "received_at",
        "server",
    )

    def __init__(
        self,
        server: str,
        connection: Connection,
        command: RemotingCommand,
        frame: bytes | bytearray,
        received_at: int,
    ) -> None:
        self.server = server
        self.connection = connection
        self.command = command
        self.frame = frame
        self.received_at = received_at
        self.answer_frame: bytes | None = None
        self.answered_at: int | None = None
        self.fault: Fault | None = None
        self.is_kept = True

    def release(self) -> None:
        """Keep no more than the bytes, now that the request is handled: a journal holds many of these."""
        del self.command

    if not TYPE_CHECKING:  # checkers would take it for a way to any attribute

        def __getattr__(self, name: str) -> RemotingCommand:
            """Read the request again after `release`; Python asks here for what is not set."""
            if name != "command":
                raise AttributeError(name)
            self.command = RemotingCommand.decode(self.frame)
            return self.command

    @property
    def code(self) -> int:
        """The request code."""
        return self.command.code

    @property
    def fields(self) -> dict[str, str]:
        """The request's header fields as text."""
        return self.command.ext_fields or {}

    @property
    def body(self) -> bytes:
        """The request's body as received."""
        return self.command.body

    @property
    def header(self) -> Request[Any]:
        """The request in its declared form.

        Raises:
            ProtocolError: it has no declaration, or does not fit it.
        """
        declaration = REGISTRY.get(self.command.code)
        if declaration is None:
            raise ProtocolError(f"request code {self.command.code} is not declared")
        return declaration.from_command(self.command)

    @property
    def answer(self) -> RemotingCommand | None:
        """The answer, header fields still as text."""
        return None if self.answer_frame is None else RemotingCommand.decode(self.answer_frame)

    @property
    def peer(self) -> str:
        """Address of the client, `127.0.0.1:43127`."""
        return self.connection.peer_text

    @property
    def size(self) -> int:
        """Bytes that this holds."""
        return len(self.frame) + len(self.answer_frame or b"")

    def __repr__(self) -> str:
        answer = self.answer
        said = "no answer" if answer is None else f"answered {int(answer.code)} {answer.remark or ''}".rstrip()
        return f"<{self.server} {self.command!r} from {self.peer}: {said}>"


class Held(Generic[ReplyT]):
    """An answer that a handler keeps for later, as for long polling.

    The handler returns it; whoever knows the answer one day calls `complete`, `refuse` or `relay`, once.

    Args:
        reply: The answer, where it is there already but is sent the way of those that were kept.
    """

    def __init__(self, reply: ReplyT | None = None) -> None:
        self._outcome: ReplyT | Refusal | Relayed | None = reply
        self._deliver: Callable[[Reply | Refusal | Relayed], None] | None = None

    def complete(self, reply: ReplyT) -> None:
        """Answer the request."""
        self._settle(reply)

    def refuse(self, refusal: Refusal) -> None:
        """Refuse the request."""
        self._settle(refusal)

    def relay(self, answer: RemotingCommand) -> None:
        """Answer the request with what a client answered."""
        self._settle(Relayed(answer.code, answer.remark, answer.body))

    def _settle(self, outcome: ReplyT | Refusal | Relayed) -> None:
        self._outcome = outcome
        if self._deliver is not None:
            self._deliver(outcome)

    def when_settled(self, deliver: Callable[[Reply | Refusal | Relayed], None]) -> None:
        """Tell the server's way to send the answer; used by the server alone."""
        self._deliver = deliver
        if self._outcome is not None:
            deliver(self._outcome)
