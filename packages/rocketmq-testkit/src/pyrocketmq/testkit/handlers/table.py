"""Tables of handlers, by request code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from pyrocketmq.model.declaration.header import Reply, Request
from pyrocketmq.testkit.exchange import Exchange, Held

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pyrocketmq.model.errors import ProtocolError
    from pyrocketmq.testkit.version import Profile

ServerT = TypeVar("ServerT")
ReplyT = TypeVar("ReplyT", bound=Reply)


class Handler(NamedTuple):
    """One entry: what is done for a request code.

    Attributes:
        request: The declaration.
        function: The handler.
        malformed: Answers a request that does not fit its declaration; raises or returns like a handler.
        absent: By wire name, values of header fields that a server does without although the declaration requires
            them.
        needed: By wire name, header fields that a server needs although the declaration has a default for them.
        simplified: In what the answer is simpler than a real server's; the support table shows it.
        before: The first release that does not know the request any more.
    """

    request: type[Request[Any]]
    function: Callable[[Any, Any, Exchange], Reply | Held[Any] | None]
    malformed: Callable[[Any, ProtocolError, Exchange], Reply | None]
    absent: Mapping[str, str]
    needed: frozenset[str]
    simplified: str | None = None
    before: str | None = None

    def is_known_to(self, profile: Profile) -> bool:
        """Whether servers of a version know the request."""
        return profile.knows(self.request.SINCE) and (self.before is None or not profile.knows(self.before))


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
        needed: Collection[str] = (),
        simplified: str | None = None,
        before: str | None = None,
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
            absent: Values for fields, by their names in the declaration, where a real server does without them.
            needed: Names of fields, as declared, without which a real server fails although they have a default.
            simplified: In what the answer is simpler than a real server's, for the support table.
            before: The first release that does not know the requests any more.
        """

        def register(
            function: Callable[[ServerT, Any, Exchange], ReplyT | Held[ReplyT] | None],
        ) -> Callable[[ServerT, Any, Exchange], ReplyT | Held[ReplyT] | None]:
            for request in requests:
                names = {field.name: field.wire_name for field in request.FIELDS}
                self._handlers[request.CODE] = Handler(
                    request,
                    function,
                    malformed or self._malformed,
                    {names[name]: value for name, value in (absent or {}).items()},
                    frozenset(names[name] for name in needed),
                    simplified,
                    before,
                )
            return function

        return register

    def get(self, code: int) -> Handler | None:
        """Return the handler for a request code."""
        return self._handlers.get(code)

    def known_to(self, profile: Profile) -> dict[int, Handler]:
        """Return the handlers of the requests that exist in a version, by code."""
        return {code: handler for code, handler in self._handlers.items() if handler.is_known_to(profile)}

    def all(self) -> dict[int, Handler]:
        """Return all handlers by code."""
        return dict(sorted(self._handlers.items()))
