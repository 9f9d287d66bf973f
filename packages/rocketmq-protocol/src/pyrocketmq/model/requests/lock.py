"""Locks on queues."""

from __future__ import annotations

from pyrocketmq.model.bodies.lock import LockBatchRequestBody, LockBatchResponseBody
from pyrocketmq.model.declaration import Reply, Request, body
from pyrocketmq.model.declaration.body_codec import FastjsonBodyCodec, JsonBodyCodec
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode


class LockBatchMqReply(Reply):
    """The queues that the client holds now."""

    locked: LockBatchResponseBody = body(FastjsonBodyCodec(LockBatchResponseBody))


class LockBatchMq(Request[LockBatchMqReply], code=RequestCode.LOCK_BATCH_MQ):
    """Lock queues for one client of a group, or renew its locks; they expire after 60 seconds."""

    lock: LockBatchRequestBody = body(JsonBodyCodec(LockBatchRequestBody))


class UnlockBatchMq(Request[EmptyReply], code=RequestCode.UNLOCK_BATCH_MQ):
    """Give locks on queues back."""

    lock: LockBatchRequestBody = body(JsonBodyCodec(LockBatchRequestBody))
