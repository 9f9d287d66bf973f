"""The way of a message into the store: limits, then delays and timers, then the commit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.sys_flag import TRANSACTION_MASK, MessageSysFlag
from pyrocketmq.testkit.refusal import Refusal
from pyrocketmq.testkit.store.errors import IllegalMessageError, IllegalTimerError, TimersOffError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyrocketmq.testkit.properties import Properties
    from pyrocketmq.testkit.store.message_store import MessageStore
    from pyrocketmq.testkit.store.messages import NewMessage, StoredMessage

_UNDECIDED: Final = (MessageSysFlag.TRANSACTION_PREPARED.value, MessageSysFlag.TRANSACTION_ROLLBACK.value)


class Schedule(Protocol):
    """Something that holds messages back."""

    asked_by: ClassVar[frozenset[str]]
    """Names of properties; no message without one of them has to wait."""

    def redirect(self, message: NewMessage) -> int | None:
        """Turn a message that has to wait into one for an internal topic, and return when it is due."""
        ...

    def schedule(self, stored: StoredMessage, due: int) -> None:
        """Deliver a stored message when it is due."""
        ...


class Intake:
    """Stores messages where they belong now.

    Args:
        store: Where they go.
        settings: The broker's limits.
        count: Called with every message that was stored.
    """

    def __init__(self, store: MessageStore, settings: Properties, count: Callable[[StoredMessage], None]) -> None:
        self._schedules: Sequence[Schedule] = ()
        self._asks_to_wait: frozenset[str] = frozenset()
        self._store = store
        self._settings = settings
        self._count = count

    def hold_back_by(self, schedules: Sequence[Schedule]) -> None:
        """Let these hold messages back; the first that does counts."""
        self._schedules = schedules
        self._asks_to_wait = frozenset[str]().union(*[schedule.asked_by for schedule in schedules])

    def put(self, message: NewMessage) -> StoredMessage:
        """Store a message; one that has to wait goes to an internal topic first.

        Raises:
            Refusal: it breaks a limit.
        """
        if len(message.body) > self._settings.number("maxMessageSize"):
            raise self.illegal_message()
        if self._asks_to_wait.isdisjoint(message.properties) or message.sys_flag & TRANSACTION_MASK in _UNDECIDED:
            return self._append(message, None)
        for schedule in self._schedules:
            try:
                due = schedule.redirect(message)
            except IllegalTimerError as error:
                raise self._illegal_timer() from error
            except TimersOffError as error:
                raise Refusal(
                    ResponseCode.SYSTEM_ERROR,
                    "accurate timer message is not enabled, timerWheelEnable is false",
                ) from error
            if due is not None:
                stored = self._append(message, due)
                schedule.schedule(stored, due)
                return stored
        return self._append(message, None)

    def put_as_is(self, message: NewMessage) -> StoredMessage:
        """Store a message where it says, whatever its properties ask for.

        Raises:
            Refusal: it breaks a limit.
        """
        return self._append(message, None)

    def _append(self, message: NewMessage, tags_code: int | None) -> StoredMessage:
        in_queue = message.sys_flag & TRANSACTION_MASK not in _UNDECIDED
        try:
            stored = self._store.append(message, tags_code=tags_code, in_queue=in_queue)
        except IllegalMessageError as error:
            raise self.illegal_message() from error
        self._count(stored)
        return stored

    def illegal_message(self) -> Refusal:
        """Return the refusal of a message that breaks a limit."""
        return Refusal(
            ResponseCode.MESSAGE_ILLEGAL,
            "the message is illegal, maybe msg body or properties length not matched. msg body length limit "
            f"{self._settings.number('maxMessageSize')}B, msg properties length limit 32KB.",
        )

    def _illegal_timer(self) -> Refusal:
        limit = self._settings.number("timerMaxDelaySec") * 1000
        return Refusal(
            ResponseCode.MESSAGE_ILLEGAL,
            f"timer message illegal, the delay time should not be bigger than the max delay {limit}ms; "
            "or if set del msg, the delay time should be bigger than the current time",
        )
