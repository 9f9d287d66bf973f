"""Requests as tests need them: everything that a test does not care about has a value."""

from __future__ import annotations

from typing import Any

from pyrocketmq.model.bodies.heartbeat import ConsumerData, HeartbeatData, ProducerData, SubscriptionData
from pyrocketmq.model.enums import MessageModel
from pyrocketmq.model.properties import encode_properties
from pyrocketmq.model.requests import EndTransaction, HeartBeat, PopMessage, PullMessage, SendMessageV2

SUSPEND, SUBSCRIPTION = 2, 4


def send(topic: str = "t", body: bytes = b"hello", *, properties: dict[str, str] | None = None, **fields: Any) -> Any:
    values: dict[str, Any] = {"producer_group": "pg", "queue_id": 0, "born_timestamp": 1}
    text = encode_properties(properties) if properties else None
    return SendMessageV2(topic=topic, body=body, properties=text, **(values | fields))


def half(topic: str = "t", *, properties: dict[str, str] | None = None, **fields: Any) -> Any:
    marks = {"TRAN_MSG": "true", "PGROUP": "pg", "UNIQ_KEY": "U1"}
    return send(topic, b"half", properties=marks | (properties or {}), sys_flag=4, **fields)


def pull(topic: str = "t", offset: int = 0, *, wait: int | None = None, tags: str = "*", **fields: Any) -> Any:
    values: dict[str, Any] = {
        "consumer_group": "g",
        "queue_id": 0,
        "subscription": tags,
        "sys_flag": SUBSCRIPTION | (0 if wait is None else SUSPEND),
        "suspend_timeout_millis": wait or 0,
    }
    return PullMessage(topic=topic, queue_offset=offset, **(values | fields))


def pop(topic: str = "t", *, born_time: int, **fields: Any) -> Any:
    values: dict[str, Any] = {
        "consumer_group": "g",
        "queue_id": 0,
        "max_msg_nums": 32,
        "invisible_time": 10_000,
        "poll_time": 0,
        "init_mode": 0,
    }
    return PopMessage(topic=topic, born_time=born_time, **(values | fields))


def heartbeat(
    client_id: str = "c1",
    *,
    producer: str | None = None,
    consumer: str | None = None,
    topics: tuple[str, ...] = ("t",),
    model: MessageModel = MessageModel.CLUSTERING,
    **data: Any,
) -> Any:
    subscriptions = [SubscriptionData(topic=topic, sub_version=1) for topic in topics]
    consumers = [ConsumerData(group_name=consumer, message_model=model, subscription_data_set=subscriptions)]
    return HeartBeat(
        heartbeat_data=HeartbeatData(
            client_id=client_id,
            producer_data_set=[] if producer is None else [ProducerData(group_name=producer)],
            consumer_data_set=[] if consumer is None else consumers,
            **data,
        )
    )


def decide(decision: int, *, queue_offset: int, physical_offset: int) -> Any:
    return EndTransaction(
        producer_group="pg",
        tran_state_table_offset=queue_offset,
        commit_log_offset=physical_offset,
        commit_or_rollback=decision,
        msg_id="U1",
    )
