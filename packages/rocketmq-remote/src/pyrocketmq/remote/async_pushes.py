"""Requests of the server on the asyncio side: each is handled by a task."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Final

from pyrocketmq.logging import get_logger
from pyrocketmq.remote import fork
from pyrocketmq.remote.handlers import answer_frame, failure_frame, not_supported

if TYPE_CHECKING:
    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.async_connection import AsyncConnection
    from pyrocketmq.remote.handlers import AsyncHandler, Handlers

_log = get_logger("pyrocketmq.remote")

_TASK_LIMIT: Final = 1024


class AsyncPushes:
    """Has requests of the server handled and answers them.

    Args:
        handlers: Who handles what.
        address: The server, for log records.
    """

    def __init__(self, handlers: Handlers[AsyncHandler], address: Address) -> None:
        self._handlers = handlers
        self._address = address
        self.after_fork()
        fork.watch(self)

    def after_fork(self) -> None:
        """Begin with no tasks: at first, and in a forked process, whose parent has those that run."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self, timeout: float) -> None:
        """Cancel the handlers that run, and wait so many seconds at most until they have ended."""
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=timeout)

    def take(self, command: RemotingCommand, connection: AsyncConnection) -> None:
        """Have a request handled."""
        if len(self._tasks) >= _TASK_LIMIT:
            _log.warning("request %d of %s dropped: too many are being handled", command.code, self._address)
            return
        task = asyncio.get_running_loop().create_task(self._handle(command, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, command: RemotingCommand, connection: AsyncConnection) -> None:
        handler = self._handlers.find(command.code)
        try:
            result = not_supported(command) if handler is None else handler(command)
            answer = await result if inspect.isawaitable(result) else result
            frame = answer_frame(command, answer)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise  # by `close`
            frame = failure_frame(command, self._address, error)  # something that the handler waited for
        except Exception as error:  # noqa: BLE001  # code of the application may raise anything; it is logged
            frame = failure_frame(command, self._address, error)
        if frame is not None:
            connection.answer(frame)
