"""Queue locks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.bodies.lock import LockBatchResponseBody
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.requests import LockBatchMq, LockBatchMqReply, UnlockBatchMq
from pyrocketmq.testkit.handlers.registry import BROKER, null_pointer

if TYPE_CHECKING:
    from pyrocketmq.model.errors import ProtocolError
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange


def _malformed(broker: BrokerServer, error: ProtocolError, exchange: Exchange) -> LockBatchMqReply:
    """Lock nothing for somebody who does not say who they are."""
    if not exchange.body:
        null_pointer(broker, error, exchange)
    return LockBatchMqReply(locked=LockBatchResponseBody())


@BROKER.handles(LockBatchMq, malformed=_malformed)
def lock_batch_mq(broker: BrokerServer, request: LockBatchMq, exchange: Exchange) -> LockBatchMqReply:
    """Lock queues; one that another client holds is left out of the answer."""
    wanted = request.lock
    locked = broker.locks.lock(wanted.consumer_group, wanted.client_id, wanted.mq_set)
    return LockBatchMqReply(locked=LockBatchResponseBody(lock_ok_mq_set=locked))


@BROKER.handles(UnlockBatchMq)
def unlock_batch_mq(broker: BrokerServer, request: UnlockBatchMq, exchange: Exchange) -> EmptyReply:
    """Free queues that the client holds."""
    given_back = request.lock
    broker.locks.unlock(given_back.consumer_group, given_back.client_id, given_back.mq_set)
    return EmptyReply()
