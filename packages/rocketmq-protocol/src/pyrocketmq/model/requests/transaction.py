"""Ending transactions."""

from __future__ import annotations

from pyrocketmq.model.declaration import Long
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.requests.base import TopicRequest


class EndTransaction(TopicRequest[EmptyReply], code=RequestCode.END_TRANSACTION):
    """Commit or roll back a half message; clients send it one-way.

    Refusals: 1 group, offset or position do not belong to a half message, 11 a replica, 604 too late (5.x). State
    UNKNOWN is never answered.

    Attributes:
        producer_group: The group that sent the half message.
        tran_state_table_offset: `queue_offset` of the answer to the send, or as the check says.
        commit_log_offset: Commit log offset of the half message: part of its offset id, or as the check says.
        commit_or_rollback: A `TransactionState`.
        from_transaction_check: Whether this answers a check.
        msg_id: Unique id of the message.
        transaction_id: The same.
        topic: The topic that the message is for (5.x).
    """

    producer_group: str
    tran_state_table_offset: Long
    commit_log_offset: Long
    commit_or_rollback: int
    from_transaction_check: bool = False
    msg_id: str
    transaction_id: str | None = None
    topic: str | None = None


class ResumeCheckHalfMessage(TopicRequest[EmptyReply], code=RequestCode.RESUME_CHECK_HALF_MESSAGE):
    """Have a half message checked again whose checks had come to an end.

    Attributes:
        topic: The topic.
        msg_id: Offset id of the half message.
    """

    topic: str | None = None
    msg_id: str
