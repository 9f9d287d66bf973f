"""Requests that the server sends: who handles them, and what is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from pyrocketmq.logging import get_logger
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CommandFlag, ResponseCode
from pyrocketmq.remote.requests import copy_of

if TYPE_CHECKING:
    from pyrocketmq.remote.address import Address

Handler: TypeAlias = Callable[[RemotingCommand], RemotingCommand | None]
"""Handles a request of the server on a thread."""

AsyncHandler: TypeAlias = Callable[[RemotingCommand], RemotingCommand | Awaitable[RemotingCommand | None] | None]
"""Handles a request of the server in a task; may be a coroutine function."""

HandlerT = TypeVar("HandlerT")

_log = get_logger("pyrocketmq.remote")


class Handlers(Generic[HandlerT]):
    """The handlers of one remote, by request code; they outlive its connections."""

    __slots__ = ("_by_code",)

    def __init__(self) -> None:
        self._by_code: dict[int, HandlerT] = {}

    def __bool__(self) -> bool:
        return bool(self._by_code)

    def register(self, code: int, handler: HandlerT) -> None:
        """Set the handler of a code; it takes the place of an earlier one."""
        self._by_code[int(code)] = handler

    def unregister(self, code: int) -> None:
        """Remove the handler of a code; nothing happens if there is none."""
        self._by_code.pop(int(code), None)

    def find(self, code: int) -> HandlerT | None:
        """Return the handler of a code."""
        return self._by_code.get(code)


def answer_frame(command: RemotingCommand, answer: object) -> bytes | None:
    """Return the frame that answers a request of the server; `None` where it wants no answer.

    Args:
        command: The request.
        answer: What its handler returned, of which applications may not have checked the type. `None` stands for plain
            success.

    Raises:
        TypeError: it is no answer.
        ProtocolError: it cannot be written.
    """
    if command.is_oneway:
        return None
    answer = RemotingCommand(ResponseCode.SUCCESS) if answer is None else answer
    if not isinstance(answer, RemotingCommand):
        raise TypeError(f"a handler returns a RemotingCommand or None, not {answer!r}")
    return copy_of(answer, command.opaque, CommandFlag.RESPONSE).encode()


def not_supported(command: RemotingCommand) -> RemotingCommand:
    """Return what servers, too, answer to a request that they do not know."""
    return RemotingCommand(
        ResponseCode.REQUEST_CODE_NOT_SUPPORTED, remark=f" request type {command.code} not supported"
    )


def failure_frame(command: RemotingCommand, address: Address, error: BaseException) -> bytes | None:
    """Log what a handler raised, or that its answer is none, and return the frame that tells the server so."""
    _log.error("handler of request %d from %s failed", command.code, address, exc_info=error)
    # Escaped: a text that cannot be encoded must not keep the server from its answer.
    remark = f"{type(error).__name__}: {error}".encode(errors="backslashreplace").decode()
    return answer_frame(command, RemotingCommand(ResponseCode.SYSTEM_ERROR, remark=remark))
