"""Decisions about half messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import ResponseCode, TransactionState
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.message_id import decode_offset_message_id
from pyrocketmq.model.properties import PropertyName
from pyrocketmq.model.requests import EndTransaction, ResumeCheckHalfMessage
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import NOT_SET, Failure, Refusal

if TYPE_CHECKING:
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.store.messages import StoredMessage


@BROKER.handles(EndTransaction, absent={"msg_id": ""})
def end_transaction(broker: BrokerServer, request: EndTransaction, exchange: Exchange) -> EmptyReply | None:
    """Commit or roll back; a producer that does not know yet gets no answer."""
    decision = request.commit_or_rollback
    if decision == TransactionState.UNKNOWN:
        return None
    if decision not in (TransactionState.COMMIT, TransactionState.ROLLBACK):
        raise Failure("org.apache.rocketmq.remoting.exception.RemotingCommandException: commitOrRollback field wrong")
    stored = _half_message(broker, request)
    if decision == TransactionState.ROLLBACK:
        broker.transactions.roll_back(stored)
        return EmptyReply(remark=NOT_SET)
    broker.transactions.commit(stored)
    return EmptyReply()


def _half_message(broker: BrokerServer, request: EndTransaction) -> StoredMessage:
    """Return the half message that a decision is about; positions that were not given right show in this order."""
    stored = broker.store.at(request.commit_log_offset)
    if stored is None:
        raise Refusal(ResponseCode.SYSTEM_ERROR, "Find prepared transaction message failed")
    if stored.properties.get(PropertyName.PGROUP) != request.producer_group:
        raise Refusal(ResponseCode.SYSTEM_ERROR, "The producer group wrong")
    if stored.queue_offset != request.tran_state_table_offset:
        raise Refusal(ResponseCode.SYSTEM_ERROR, "The transaction state table offset wrong")
    return stored


@BROKER.handles(ResumeCheckHalfMessage)
def resume_check_half_message(broker: BrokerServer, request: ResumeCheckHalfMessage, exchange: Exchange) -> EmptyReply:
    """Have a half message checked again."""
    try:
        offset = decode_offset_message_id(request.msg_id).commit_log_offset
    except ProtocolError as error:
        raise Failure(f"java.lang.NumberFormatException: {error.reason}") from error
    stored = broker.store.at(offset)
    if stored is None:
        raise Refusal(ResponseCode.SYSTEM_ERROR, "Put message back to RMQ_SYS_TRANS_HALF_TOPIC failed.")
    broker.transactions.resume(stored)
    return EmptyReply()
