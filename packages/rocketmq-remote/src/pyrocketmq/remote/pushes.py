"""Requests of the server on the sync side: handled by a few threads, never by the one that reads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyrocketmq.logging import get_logger
from pyrocketmq.remote.handlers import answer_frame, failure_frame, not_supported
from pyrocketmq.remote.worker import Worker

if TYPE_CHECKING:
    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.config import RemoteConfig
    from pyrocketmq.remote.connection import Connection
    from pyrocketmq.remote.handlers import Handler, Handlers

_log = get_logger("pyrocketmq.remote")


class Pushes:
    """Has requests of the server handled and answers them.

    Args:
        handlers: Who handles what.
        address: The server, for log records.
        config: Brings the number of threads, and the deadline for sending an answer.
    """

    def __init__(self, handlers: Handlers[Handler], address: Address, config: RemoteConfig) -> None:
        self._handlers = handlers
        self._address = address
        self._config = config
        self.start_over()

    def start_over(self) -> None:
        """Begin with no threads: at first, after `close`, and in a forked process."""
        self._worker = Worker(f"rocketmq-handler-{self._address}", self._config.handler_threads)

    def close(self, timeout: float) -> None:
        """Drop requests that wait; let running handlers end, waiting so many seconds at most."""
        worker = self._worker
        self.start_over()
        worker.close(timeout)

    @property
    def is_expecting(self) -> bool:
        """Whether anyone has registered for requests of the server."""
        return bool(self._handlers)

    def take(self, command: RemotingCommand, connection: Connection) -> None:
        """Have a request handled; does not wait."""
        if not self._worker.submit(partial(self._handle, command, connection)):
            # No answer: sending one could wait. The server's own deadline tells it.
            _log.warning("request %d of %s dropped: too many are being handled", command.code, self._address)

    def _handle(self, command: RemotingCommand, connection: Connection) -> None:
        handler = self._handlers.find(command.code)
        try:
            answer = not_supported(command) if handler is None else handler(command)
            frame = answer_frame(command, answer)
        except Exception as error:  # noqa: BLE001  # code of the application may raise anything; it is logged
            frame = failure_frame(command, self._address, error)
        if frame is not None and not connection.answer(frame, self._config.timeout):
            _log.warning("request %d of %s stays unanswered: the peer takes no bytes", command.code, self._address)
