"""Tables of handlers, by request code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from pyrocketmq.model.declaration.header import Reply, Request
from pyrocketmq.testkit.exchange import Exchange, Held

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyrocketmq.model.errors import ProtocolError

ServerT = TypeVar("ServerT")
ReplyT = TypeVar("ReplyT", bound=Reply)


class Handler(NamedTuple):
    """One entry: what is done for a request code.

    Attributes:
        request: The declaration.
        function: The handler.
        malformed: Answers a request that does not fit its declaration; raises or returns like a handler.
        absent: Values of header fields that a server does without although the declaration requires them.
    """

    request: type[Request[Any]]
    function: Callable[[Any, Any, Exchange], Reply | Held[Any] | None]
    malformed: Callable[[Any, ProtocolError, Exchange], Reply | None]
    absent: Mapping[str, str]


class HandlerTable(Generic[ServerT]):
    """The handlers of one kind of server."""

    def __init__(self, malformed: Callable[[ServerT, ProtocolError, Exchange], Reply | None]) -> None:
        self._malformed = malformed
        self._handlers: dict[int, Handler] = {}

    def handles(
        self,
        *requests: type[Request[ReplyT]],
        malformed: Callable[[ServerT, ProtocolError, Exchange], Reply | None] | None = None,
        absent: Mapping[str, str] | None = None,
    ) -> Callable[
        [Callable[[ServerT, Any, Exchange], ReplyT | Held[ReplyT] | None]],
        Callable[[ServerT, Any, Exchange], ReplyT | Held[ReplyT] | None],
    ]:
        """Register the decorated function for requests.

        A type checker refuses a function that returns anything but the requests' reply. That its second parameter
        is the request cannot be said in types; a test looks at the annotations.

        Args:
            requests: The declarations.
            malformed: Answers requests that do not fit their declaration, where a real server does something else
                than to fail on a null.
            absent: Values for header fields, by wire name, where a real server does without them.
        """

        def register(
            function: Callable[[ServerT, Any, Exchange], ReplyT | Held[ReplyT] | None],
        ) -> Callable[[ServerT, Any, Exchange], ReplyT | Held[ReplyT] | None]:
            for request in requests:
                self._handlers[request.CODE] = Handler(request, function, malformed or self._malformed, absent or {})
            return function

        return register

    def get(self, code: int) -> Handler | None:
        """Return the handler for a request code."""
        return self._handlers.get(code)

    def all(self) -> dict[int, Handler]:
        """Return all handlers by code."""
        return dict(sorted(self._handlers.items()))
