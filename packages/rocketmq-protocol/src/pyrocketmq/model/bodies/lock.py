"""Locks on queues, which orderly consumers hold."""

from __future__ import annotations

from pyrocketmq.model.declaration import JsonBody, wire
from pyrocketmq.model.message import MessageQueue


class LockBatchRequestBody(JsonBody):
    """Queues that one client of a group wants to lock, or to unlock.

    Attributes:
        consumer_group: The group.
        client_id: The client that holds the locks.
        only_this_broker: Do not ask the other brokers of a group (5.x).
        mq_set: The queues.
    """

    consumer_group: str
    client_id: str
    only_this_broker: bool = False
    mq_set: list[MessageQueue] = wire(default_factory=list)


class LockBatchResponseBody(JsonBody):
    """The queues that are locked now; one that another client holds is missing."""

    lock_ok_mq_set: list[MessageQueue] = wire("lockOKMQSet", default_factory=list)
