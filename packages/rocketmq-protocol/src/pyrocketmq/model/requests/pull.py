"""Pulling messages."""

from __future__ import annotations

from pyrocketmq.model.declaration import Long, Reply, body
from pyrocketmq.model.declaration.body_codec import MESSAGES
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.message_ext import MessageExt
from pyrocketmq.model.requests.base import TopicRequest
from pyrocketmq.model.requests.pop import PopMessageReply


class PullMessageReply(Reply):
    """Messages (code 0), or why there are none: 19 no new ones, 20 none that match, 21 the offset is not in the queue.

    Attributes:
        suggest_which_broker_id: Broker to pull from next: 0 for the master.
        next_begin_offset: Offset to go on at; with codes 20 and 21 the same offset again would not get further.
        min_offset: Offset of the oldest message.
        max_offset: Offset that the next message will get.
        topic_sys_flag: Bits: 1 unit, 2 unit subscription (5.x).
        group_sys_flag: Bits: 1 unit (5.x).
        offset_delta: To be added to the offsets of the messages, for static topics (5.x).
        forbidden_type: With refusal 16, who forbids: 1 broker, 2 group, 3 topic, 4 no broadcasting, 5 subscription
            (5.x).
        messages: The messages.
    """

    suggest_which_broker_id: Long
    next_begin_offset: Long
    min_offset: Long
    max_offset: Long
    topic_sys_flag: int | None = None
    group_sys_flag: int | None = None
    offset_delta: Long | None = None
    forbidden_type: int | None = None
    messages: list[MessageExt] = body(MESSAGES, default_factory=list)


class PullMessage(TopicRequest[PullMessageReply], code=RequestCode.PULL_MESSAGE, results=(0, 19, 20, 21)):
    """Ask for messages of one queue from an offset on.

    Brokers give at most 32 messages or 256 KiB from memory, 8 or 64 KiB from disk, but always one. They compare
    tags by hash code only. Refusals: 2 busy, 16 not readable, 17 no such topic, 23 the expression does not parse, 24
    no subscription of this group is known, 25 the known one is older than `sub_version`, 26 no such group, 27 and 28
    the filter's data is missing or old, 29 bad queue (5.3.2 and later; before, 1), 501 a static topic.

    Attributes:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue.
        queue_offset: Offset of the first message wanted.
        max_msg_nums: How many messages at most.
        sys_flag: Bits of `PullSysFlag`.
        commit_offset: Offset to commit for the group, if `sys_flag` says so.
        suspend_timeout_millis: Milliseconds for which to wait for a message, if `sys_flag` says so; brokers look
            every 5 seconds, so the answer can be that much late.
        sub_version: Version of the subscription, in milliseconds; 0 where the request carries it.
        subscription: The subscription's expression, if `sys_flag` says so.
        expression_type: `TAG` or `SQL92`; the default is `TAG`.
        max_msg_bytes: How many bytes at most (5.x).
        request_source: Who asks: -1 a client, 0 to 2 a proxy (5.1 and later).
        proxy_froward_client_id: The client behind a proxy; the wire spells it so (5.1 and later).
    """

    consumer_group: str
    topic: str
    queue_id: int
    queue_offset: Long
    max_msg_nums: int = 32
    sys_flag: int = 0
    commit_offset: Long = 0
    suspend_timeout_millis: Long = 0
    sub_version: Long = 0
    subscription: str | None = None
    expression_type: str | None = None
    max_msg_bytes: int | None = None
    request_source: int | None = None
    proxy_froward_client_id: str | None = None


class LitePullMessage(PullMessage, code=RequestCode.LITE_PULL_MESSAGE, since="5.0.0"):
    """`PullMessage` for consumers that poll; brokers serve it from threads of its own."""


class PeekMessage(TopicRequest[PopMessageReply], code=RequestCode.PEEK_MESSAGE, results=(0, 19), since="5.0.0"):
    """Look at messages that a group would pop next, without popping them; result 19 is none.

    Times and bookkeeping in the answer are 0. Refusals: 16, 17, 26, 29.

    Attributes:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue, -1 for any.
        max_msg_nums: How many messages at most.
    """

    consumer_group: str
    topic: str
    queue_id: int
    max_msg_nums: int
