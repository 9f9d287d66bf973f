"""Watching calls from outside: the hooks that tracing, metrics and debug logs stand on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from pyrocketmq.logging import get_logger
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.remote.requests import code_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.requests import AnyRequest

_log = get_logger("pyrocketmq.remote")


class Call:
    """One call, as those see it who watch calls.

    Attributes:
        address: The server.
        request: What is asked, as the caller gave it.
        is_oneway: Whether it is sent without an answer.
        answer: The answer, once there is one.
    """

    __slots__ = ("address", "answer", "is_oneway", "request")

    def __init__(self, address: Address, request: AnyRequest, *, is_oneway: bool) -> None:
        self.address = address
        self.request = request
        self.is_oneway = is_oneway
        self.answer: RemotingCommand | None = None

    @property
    def code(self) -> int:
        """Request code."""
        return code_of(self.request)

    @property
    def operation(self) -> str:
        """Name of the request code; the number where it has no name."""
        try:
            return RequestCode(self.code).name
        except ValueError:
            return str(self.code)


CallHook: TypeAlias = Callable[[Call], AbstractContextManager[object]]
"""Is entered before a call, opening a connection included, and left after it, with the error where it failed."""


@contextmanager
def watched(hooks: tuple[CallHook, ...], call: Call) -> Generator[Call]:
    """Make a call inside its hooks, the first one outermost. They may replace its error, not do away with it."""
    failure: BaseException | None = None
    try:
        with ExitStack() as stack:
            for hook in hooks:
                stack.enter_context(hook(call))
            try:
                yield call
            except BaseException as error:
                failure = error
                raise
        if failure is not None:
            raise failure
    finally:
        del failure  # its traceback leads to this frame


def with_debug_log(hooks: tuple[CallHook, ...]) -> tuple[CallHook, ...]:
    """Add a debug record of every call, if such records are wanted now; otherwise calls cost nothing for it."""
    return (*hooks, _logged) if _log.isEnabledFor(logging.DEBUG) else hooks


@contextmanager
def _logged(call: Call) -> Generator[None]:
    started = monotonic()
    outcome: object = "interrupted"
    try:
        yield
        outcome = "sent" if call.answer is None else call.answer.code
    except BaseException as error:
        outcome = error
        raise
    finally:
        fields: dict[str, object] = {
            "address": str(call.address),
            "operation": call.operation,
            "elapsed": round(monotonic() - started, 6),
        }
        if call.answer is not None:
            fields["opaque"] = call.answer.opaque
        _log.debug("%s: %s", call.operation, outcome, extra=fields)
