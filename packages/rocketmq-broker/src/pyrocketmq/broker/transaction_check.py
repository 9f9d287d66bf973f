"""What a broker asks about transactions whose end stayed away, and how it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


class TransactionCheck:
    """One question of the broker.

    Attributes:
        message: The half message, with the topic and queue that it will have.
        producer_group: The group that sent it.
    """

    def __init__(self, context: ClientContext, command: RemotingCommand) -> None:
        """Read the question.

        Raises:
            ProtocolError: it does not decode.
        """
        self._context = context
        self._request = context.from_server(CheckTransactionState.from_command(command))
        self.message: MessageExt = self._request.message
        self.producer_group = context.name_from_server(self.message.properties.get(PropertyName.PGROUP, ""))

    def answer(self, state: object) -> Plan[None]:
        """Tell the broker how the transaction ends (END_TRANSACTION, 37, one-way).

        Args:
            state: What the checker said. Where it is no state, that is logged, and the broker will ask again.
        """
        if not isinstance(state, TransactionState):
            return self.rescue(TypeError(f"a checker returns a TransactionState, not {state!r}"))
        return self._end(state)

    def rescue(self, error: Exception) -> Plan[None]:
        """Log that the checker failed, and leave the transaction open: the broker will ask again."""
        _log.error(
            "the checker of group %s failed for message %s", self.producer_group, self.message.msg_id, exc_info=error
        )
        return self._end(TransactionState.UNKNOWN)

    def _end(self, state: TransactionState) -> Plan[None]:
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
        yield from tell(self._context, request)
