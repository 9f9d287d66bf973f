"""What a broker asks about transactions whose end stayed away, and how it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from pyrocketmq.broker.plan import tell
from pyrocketmq.logging import get_logger
from pyrocketmq.model import TransactionState
from pyrocketmq.model.properties import PropertyName
from pyrocketmq.model.requests import CheckTransactionState, EndTransaction

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model import MessageExt, RemotingCommand

_log = get_logger("pyrocketmq.broker")

CheckerT = TypeVar("CheckerT")


class TransactionCheck:
    """One question of the broker.

    Attributes:
        message: The half message, with the topic and queue that it will have.
        producer_group: The group that sent it.
    """

    def __init__(self, command: RemotingCommand) -> None:
        """Read the question.

        Raises:
            ProtocolError: it does not decode.
        """
        self._request = CheckTransactionState.from_command(command)
        self.message: MessageExt = self._request.message
        self.producer_group = self.message.properties.get(PropertyName.PGROUP, "")

    def answer(self, context: ClientContext, state: TransactionState) -> Plan[None]:
        """Tell the broker how the transaction ends (END_TRANSACTION, 37, one-way)."""
        request = EndTransaction(
            producer_group=self.producer_group,
            # Those of the question: the broker stored the half message anew before it asked.
            tran_state_table_offset=self._request.tran_state_table_offset,
            commit_log_offset=self._request.commit_log_offset,
            commit_or_rollback=state,
            from_transaction_check=True,
            msg_id=self._request.msg_id or self.message.msg_id,
            transaction_id=self._request.transaction_id,
            topic=self.message.topic,
        )
        yield from tell(context, request)


class TransactionCheckers(Generic[CheckerT]):
    """The checkers of one client, by producer group."""

    def __init__(self) -> None:
        self._checkers: dict[str, CheckerT] = {}

    def add(self, producer_group: str, checker: CheckerT) -> None:
        """Register the checker of a group, in place of an earlier one."""
        self._checkers[producer_group] = checker

    def find(self, check: TransactionCheck) -> CheckerT | None:
        """Return the checker that answers a question, and log it where there is none."""
        checker = self._checkers.get(check.producer_group)
        if checker is None:
            _log.warning("no checker for transactions of group %s", check.producer_group)
        return checker


def log_failed_checker(check: TransactionCheck, error: Exception) -> None:
    """Log that a checker raised; its transaction stays open and the broker asks again."""
    _log.error(
        "the checker of group %s failed for message %s",
        check.producer_group,
        check.message.msg_id,
        exc_info=error,
    )


def checked_state(state: object) -> TransactionState:
    """Return what a checker answered.

    Raises:
        TypeError: it is no state.
    """
    if not isinstance(state, TransactionState):
        raise TypeError(f"a checker returns a TransactionState, not {state!r}")
    return state
