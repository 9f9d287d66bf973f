"""What clients tell of themselves when a broker asks."""

from __future__ import annotations

from pyrocketmq.model.bodies.heartbeat import SubscriptionData
from pyrocketmq.model.declaration import JsonBody, Long, wire
from pyrocketmq.model.enums import CMResult
from pyrocketmq.model.message import MessageQueue


class ProcessQueueInfo(JsonBody):
    """What a consumer has fetched of a queue; times in milliseconds.

    Attributes:
        commit_offset: Offset that it has committed.
        cached_msg_min_offset: Offset of the first message that it holds.
        cached_msg_max_offset: Offset of the last one.
        cached_msg_count: Number of messages that it holds.
        cached_msg_size_in_mib: Their size in MiB.
        transaction_msg_min_offset: Offset of the first message under way in orderly consumption.
        transaction_msg_max_offset: Offset of the last one.
        transaction_msg_count: Their number.
        locked: Whether it holds the broker's lock on the queue.
        try_unlock_times: How often it has tried to give the lock back.
        last_lock_timestamp: When it last got the lock.
        droped: Whether it has given the queue up; the wire spells it with one p.
        last_pull_timestamp: When it last pulled.
        last_consume_timestamp: When it last consumed.
    """

    commit_offset: Long = 0
    cached_msg_min_offset: Long = 0
    cached_msg_max_offset: Long = 0
    cached_msg_count: int = 0
    cached_msg_size_in_mib: int = wire("cachedMsgSizeInMiB", default=0)
    transaction_msg_min_offset: Long = 0
    transaction_msg_max_offset: Long = 0
    transaction_msg_count: int = 0
    locked: bool = False
    try_unlock_times: Long = 0
    last_lock_timestamp: Long = 0
    droped: bool = False
    last_pull_timestamp: Long = 0
    last_consume_timestamp: Long = 0


class PopProcessQueueInfo(JsonBody):
    """What a consumer has popped of a queue and not acknowledged yet (5.x)."""

    wait_ack_count: int = 0
    droped: bool = False
    last_pop_timestamp: Long = 0


class ConsumeStatus(JsonBody):
    """How a consumer gets on with a topic.

    Attributes:
        pull_rt: Milliseconds that a pull takes.
        pull_tps: Messages pulled per second.
        consume_rt: Milliseconds that the application takes for a message.
        consume_ok_tps: Messages consumed per second.
        consume_failed_tps: Messages failed per second.
        consume_failed_msgs: Messages failed in the last hour.
    """

    pull_rt: float = wire("pullRT", default=0.0)
    pull_tps: float = wire("pullTPS", default=0.0)
    consume_rt: float = wire("consumeRT", default=0.0)
    consume_ok_tps: float = wire("consumeOKTPS", default=0.0)
    consume_failed_tps: float = wire("consumeFailedTPS", default=0.0)
    consume_failed_msgs: Long = 0


class ConsumerRunningInfo(JsonBody):
    """The inner life of a consumer.

    Attributes:
        properties: Its settings; Java's admin tools need `PROP_NAMESERVER_ADDR`, `PROP_CONSUME_TYPE`,
            `PROP_CONSUMEORDERLY`, `PROP_THREADPOOL_CORE_SIZE`, `PROP_CLIENT_VERSION` and
            `PROP_CONSUMER_START_TIMESTAMP`.
        subscription_set: What it subscribes.
        mq_table: Its queues.
        mq_pop_table: The queues that it pops from (5.x).
        status_table: How it gets on, by topic.
        user_consumer_info: What the application adds.
        jstack: Its threads, if asked for.
    """

    properties: dict[str, str] = wire(default_factory=dict)
    subscription_set: list[SubscriptionData] = wire(default_factory=list)
    mq_table: dict[MessageQueue, ProcessQueueInfo] = wire(default_factory=dict)
    mq_pop_table: dict[MessageQueue, PopProcessQueueInfo] | None = None
    status_table: dict[str, ConsumeStatus] = wire(default_factory=dict)
    user_consumer_info: dict[str, str] | None = None
    jstack: str | None = None


class ConsumeMessageDirectlyResult(JsonBody):
    """What a consumer made of a message that it was told to consume directly.

    Attributes:
        order: Whether it consumes orderly.
        auto_commit: Whether orderly consumption commits by itself.
        consume_result: The outcome.
        remark: What went wrong.
        spent_time_mills: Milliseconds that it took.
    """

    order: bool = False
    auto_commit: bool = True
    consume_result: CMResult | str | None = None
    remark: str | None = None
    spent_time_mills: Long = 0
