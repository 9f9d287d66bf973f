"""Locks on queues: what keeps the members of a group apart that consume in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.bodies import LockBatchRequestBody
from pyrocketmq.model.requests import LockBatchMq, UnlockBatchMq

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model import MessageQueue


def lock_queues(
    context: ClientContext,
    consumer_group: str,
    mqs: Iterable[MessageQueue],
    timeout: float | None = None,
    *,
    client_id: str | None = None,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[list[MessageQueue]]:
    """Lock queues for one client of a group, or renew its locks (LOCK_BATCH_MQ, 41).

    A lock lasts 60 seconds from the last time that it was asked for, also beyond the connection. Brokers check neither
    topic nor queue; to pull needs no lock.

    Args:
        consumer_group: The group.
        mqs: The queues.
        timeout: Seconds for the whole call; by default the client's.
        client_id: Who holds the locks; by default this client.
        retry: What to repeat; `None` for nothing.

    Returns:
        The queues that the client holds now, in no order; those that another client holds are missing.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        mine = client.lock_queues("billing", [MessageQueue("orders", "broker-a", queue_id) for queue_id in range(4)])
        ```
    """
    request = LockBatchMq(lock=_lock_body(context, consumer_group, mqs, client_id))
    reply = yield from call(context, request, timeout, retry)
    return reply.locked.lock_ok_mq_set


def unlock_queues(
    context: ClientContext,
    consumer_group: str,
    mqs: Iterable[MessageQueue],
    timeout: float | None = None,
    *,
    client_id: str | None = None,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[None]:
    """Give locks on queues back (UNLOCK_BATCH_MQ, 42); those of others stay, which is no error.

    Args:
        consumer_group: The group.
        mqs: The queues.
        timeout: Seconds for the whole call; by default the client's.
        client_id: Who holds the locks; by default this client.
        retry: What to repeat; `None` for nothing.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.unlock_queues("billing", mine)
        ```
    """
    yield from call(context, UnlockBatchMq(lock=_lock_body(context, consumer_group, mqs, client_id)), timeout, retry)


def _lock_body(
    context: ClientContext, consumer_group: str, mqs: Iterable[MessageQueue], client_id: str | None
) -> LockBatchRequestBody:
    return LockBatchRequestBody(
        consumer_group=consumer_group, client_id=client_id or context.client_id, mq_set=list(mqs)
    )
