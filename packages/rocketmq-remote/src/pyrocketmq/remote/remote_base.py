"""What `Remote` and `AsyncRemote` have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pyrocketmq.logging import get_logger
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.remote.address import Address
from pyrocketmq.remote.calls import with_debug_log
from pyrocketmq.remote.config import RemoteConfig
from pyrocketmq.remote.connection_base import ConnectionBase
from pyrocketmq.remote.errors import Loss, RemoteClosedError, RemoteConnectionError
from pyrocketmq.remote.events import ConnectionFailed, ServerGoingAway
from pyrocketmq.remote.handlers import Handlers, HandlerT
from pyrocketmq.remote.metrics import Counters, telemetry_of
from pyrocketmq.remote.requests import encoder_for

if TYPE_CHECKING:
    from pyrocketmq.remote.errors import RemoteError
    from pyrocketmq.remote.events import ConnectionEvent
    from pyrocketmq.remote.metrics import RemoteMetrics

_log = get_logger("pyrocketmq.remote")

ConnectionT = TypeVar("ConnectionT", bound=ConnectionBase[Any])  # whatever stands for a call that waits

CLOSED: Final = Loss(RemoteClosedError, "closed")
FORKED: Final = Loss(RemoteConnectionError, "the connection belongs to the parent process")
GONE: Final = Loss(RemoteClosedError, "closed because the server is going away")
GO_AWAY: Final = int(ResponseCode.GO_AWAY)
CLOSE_TIMEOUT: Final = 1.0
"""Seconds that closing waits for what it has told to end."""
DRAIN_PERIOD: Final = 0.05
"""Seconds between two looks whether a connection that is used no more has calls in flight."""


class RemoteBase(Generic[ConnectionT, HandlerT]):
    """A server, the settings for it, and the connection that is in use.

    Args:
        address: `"host:port"`, or an `Address`.
        config: Settings; by default those of the environment.

    Raises:
        ValueError: the address, or a variable of the environment, is not accepted.
    """

    def __init__(self, address: str | Address, config: RemoteConfig | None = None) -> None:
        self._address = Address.parse(address)
        self._config = config if config is not None else RemoteConfig.from_environment()
        self._timeout = self._config.timeout
        self._counters = Counters()
        self._encode = encoder_for(self._config)
        telemetry = telemetry_of(self._config)
        hooks = self._config.call_hooks if telemetry is None else (*self._config.call_hooks, telemetry.observe)
        self._call_hooks = with_debug_log(hooks)
        if telemetry is not None:
            telemetry.watch_remote(self)
        self._handlers: Handlers[HandlerT] = Handlers()
        self._is_closed = False
        self._connection: ConnectionT | None = None
        self._retired: set[ConnectionT] = set()  # whose server is going away, while calls are in flight on them

    @property
    def address(self) -> Address:
        """The server."""
        return self._address

    @property
    def config(self) -> RemoteConfig:
        """The settings."""
        return self._config

    @property
    def local_address(self) -> Address | None:
        """This end of the connection; `None` while there is none."""
        connection = self._connection
        return None if connection is None or connection.loss is not None else connection.local_address

    @property
    def metrics(self) -> RemoteMetrics:
        """What the remote has done until now."""
        connections = (*self._retired, self._connection)
        return self._counters.snapshot(sum(each.in_flight for each in connections if each is not None))

    def _emit(self, event: ConnectionEvent) -> None:
        """Tell the listeners of an event."""
        raise NotImplementedError  # abstract

    def _note_failure(self, error: RemoteError) -> None:
        """Count, log and tell that the connection could not be opened."""
        self._counters.connect_failures += 1
        _log.info("no connection to %s: %s", self._address, error.reason)
        self._emit(ConnectionFailed(address=self._address, error=error))

    def _note_go_away(self, connection: ConnectionT) -> None:
        """Log and tell that the server is about to end."""
        _log.info("%s is going away: calls go over a new connection", self._address)
        self._emit(ServerGoingAway(address=self._address, local_address=connection.local_address))

    @property
    def counters(self) -> Counters:
        """Where the remote counts; for the sums of pools and telemetry."""
        return self._counters

    def register_request_handler(self, code: int, handler: HandlerT) -> None:
        """Handle requests of the server.

        Args:
            code: Their request code. A handler that was registered for it before is replaced.
            handler: Called with each such request, where it delays nothing else: a `Remote` calls it on a thread of
                its own, an `AsyncRemote` in a task of its own, and there it may be a coroutine function. It may use
                the remote. What it returns is the answer, `None` stands for plain success; a one-way request is not
                answered. If it raises, that is logged, and the answer is SYSTEM_ERROR. Without a handler the answer
                is REQUEST_CODE_NOT_SUPPORTED.
        """
        self._handlers.register(code, handler)

    def unregister_request_handler(self, code: int) -> None:
        """Handle requests with this code no more; does nothing where there is no handler."""
        self._handlers.unregister(code)

    def find_request_handler(self, code: int) -> HandlerT | None:
        """Return who handles requests with this code; `None` where nobody does."""
        return self._handlers.find(code)

    def __repr__(self) -> str:
        connection = self._connection
        is_open = connection is not None and connection.loss is None
        return (
            f"<{type(self).__name__} {self._address} {'open' if is_open else 'closed' if self._is_closed else 'idle'}>"
        )
