"""Asking producers what became of their half messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.names import HALF_TOPIC
from pyrocketmq.model.properties import PropertyName
from pyrocketmq.model.requests import CheckTransactionState
from pyrocketmq.testkit.store.transactions import as_prepared

if TYPE_CHECKING:
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.store.messages import StoredMessage


class TransactionChecks:
    """Sends checks for half messages that are overdue, in turn to the members of their producer group."""

    def __init__(self, broker: BrokerServer) -> None:
        self._broker = broker
        self._turns: dict[str, int] = {}

    def run(self) -> None:
        """Check what is overdue; what is checked counts the check even if nobody of its group is there."""
        settings = self._broker.settings
        for half in self._broker.transactions.overdue(
            timeout=settings.number("transactionTimeOut"),
            check_max=settings.number("transactionCheckMax"),
            kept_for=settings.number("fileReservedTime") * 3_600_000,
        ):
            group = half.properties.get(PropertyName.PGROUP, "")
            channels = self._broker.producers.get(group)
            if channels:
                turn = self._turns[group] = self._turns.get(group, -1) + 1
                self._broker.push(channels[turn % len(channels)].connection, self._check_of(half))

    def _check_of(self, half: StoredMessage) -> CheckTransactionState:
        describes = self._broker.profile.describes_checks
        unique_id = half.properties.get(PropertyName.UNIQ_KEY)
        return CheckTransactionState(
            tran_state_table_offset=half.queue_offset,
            commit_log_offset=half.physical_offset,
            msg_id=unique_id,
            transaction_id=unique_id,
            offset_msg_id=self._broker.offset_id(half),
            topic=HALF_TOPIC if describes else None,
            broker_name=self._broker.name if describes else None,
            message=as_prepared(half),
        )
