"""Message ids, receipt handles and recall handles are those of Java."""

from __future__ import annotations

import time
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from declared_values import addresses, examples, names
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model.message_ext import decode_messages, encode_message
from pyrocketmq.model.message_id import (
    UniqueIdGenerator,
    decode_offset_message_id,
    decode_unique_id,
    offset_message_id,
)
from pyrocketmq.model.names import pop_retry_topic
from pyrocketmq.model.pop import ReceiptHandle, set_receipt_handles
from pyrocketmq.model.recall import RecallHandle
from pyrocketmq.model.requests import PopMessageReply

if TYPE_CHECKING:
    from java_codec import JavaCodec

pytestmark = pytest.mark.real(only=True)

ports = st.integers(0, 0xFFFF)
offsets = st.integers(0, 2**63 - 1)
words = st.text("abcXYZ019-_", min_size=1, max_size=10)


@given(address=addresses)
@examples(200)
def test_java_reads_our_unique_ids(address: str, java: JavaCodec) -> None:
    before = time.time()
    unique_id = UniqueIdGenerator(address).create()
    after = time.time()
    while time.time() < after + 0.001:
        pass  # Java takes an id of this very millisecond for one of last month
    answer = java.call("describeUniqueId", id=unique_id)
    assert str(ip_address(answer["address"])) == address
    assert answer["pid"] == decode_unique_id(unique_id).pid
    assert before - 0.001 <= answer["time"] / 1000 <= after


def test_we_read_unique_ids_of_java(java: JavaCodec) -> None:
    created = [java.call("createUniqueId") for _ in range(300)]
    read = [decode_unique_id(unique_id) for unique_id in created]
    assert len(set(created)) == len(created)
    assert len({(each.address, each.pid, each.salt) for each in read}) == 1
    assert [(each.counter - read[0].counter) & 0xFFFF for each in read] == list(range(300))
    answer = java.call("describeUniqueId", id=created[0])
    assert (str(ip_address(answer["address"])), answer["pid"]) == (read[0].address, read[0].pid)
    month = datetime.fromtimestamp(answer["time"] / 1000).astimezone().replace(day=1, hour=0, minute=0, second=0)
    assert answer["time"] - int(month.replace(microsecond=0).timestamp() * 1000) == read[0].month_millis


@given(address=addresses, port=ports, offset=offsets)
@examples(300)
def test_offset_ids(address: str, port: int, offset: int, java: JavaCodec) -> None:
    message_id = offset_message_id(address, port, offset)
    assert java.call("createOffsetId", host=[address, port], offset=offset) == message_id
    answer = java.call("describeOffsetId", id=message_id)
    host = str(ip_address(answer["host"][0].partition("%")[0]))
    assert (host, answer["host"][1], answer["offset"]) == decode_offset_message_id(message_id)


handles = st.builds(
    ReceiptHandle,
    start_offset=offsets,
    pop_time=offsets,
    invisible_time=offsets,
    revive_queue_id=st.integers(0, 999),
    retry=st.sampled_from(["0", "1", "2"]),
    broker_name=words,
    queue_id=st.integers(0, 1000),
    queue_offset=offsets,
    commit_log_offset=st.none(),
)


@given(handle=handles, topic=words, group=words)
@examples(300)
def test_receipt_handles(handle: ReceiptHandle, topic: str, group: str, java: JavaCodec) -> None:
    if java.lacks("ExtraInfoUtil"):
        return
    popped = handle.topic_of(topic, group)
    made = java.call(
        "makeReceiptHandle",
        startOffset=handle.start_offset,
        popTime=handle.pop_time,
        invisibleTime=handle.invisible_time,
        reviveQueueId=handle.revive_queue_id,
        topic=popped,
        brokerName=handle.broker_name,
        queueId=handle.queue_id,
        queueOffset=handle.queue_offset,
    )
    assert made == str(handle)
    assert ReceiptHandle.parse(made) == handle
    *items, real_topic = java.call("describeReceiptHandle", handle=str(handle), topic=topic, group=group)
    assert items == list(handle[:8])
    assert real_topic == popped


pops = st.lists(
    st.tuples(
        st.sampled_from(["orders", pop_retry_topic("group", "orders"), pop_retry_topic("group", "orders", version=2)]),
        st.integers(0, 20),
        offsets.filter(lambda offset: offset < 2**62),
        st.sets(st.integers(0, 40), min_size=1, max_size=4).map(sorted),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda queue: queue[:2],
)


@given(queues=pops, pop_time=offsets, invisible_time=offsets)
@examples(200)
def test_handles_of_a_pop(
    queues: list[tuple[str, int, int, list[int]]], pop_time: int, invisible_time: int, java: JavaCodec
) -> None:
    """What Java says of a pop makes the handles that Java makes of it."""
    if java.lacks("ExtraInfoUtil"):
        return
    offsets_of = [[start + step for step in steps] for _, _, start, steps in queues]
    starts_info, offsets_info = java.call(
        "describePop",
        queues=[
            {"topic": topic, "queueId": queue_id, "startOffset": start, "offsets": numbers}
            for (topic, queue_id, start, _), numbers in zip(queues, offsets_of, strict=True)
        ],
    )
    popped = [
        (topic, queue_id, start, offset)
        for (topic, queue_id, start, _), numbers in zip(queues, offsets_of, strict=True)
        for offset in numbers
    ]
    reply = PopMessageReply(
        pop_time=pop_time,
        invisible_time=invisible_time,
        revive_qid=3,
        rest_num=0,
        start_offset_info=starts_info,
        msg_offset_info=offsets_info,
        messages=decode_messages(
            b"".join(
                [
                    encode_message(topic=topic, body=b"x", queue_id=queue_id, queue_offset=offset)
                    for topic, queue_id, _, offset in popped
                ]
            )
        ),
    )
    set_receipt_handles(reply, "broker-a")
    for message, (topic, queue_id, start, offset) in zip(reply.messages, popped, strict=True):
        assert message.receipt_handle == java.call(
            "makeReceiptHandle",
            startOffset=start,
            popTime=pop_time,
            invisibleTime=invisible_time,
            reviveQueueId=3,
            topic=topic,
            brokerName="broker-a",
            queueId=queue_id,
            queueOffset=offset,
        )


@given(handle=st.builds(RecallHandle, names, words, offsets, st.text("0123456789ABCDEF", min_size=32, max_size=32)))
@examples(300)
def test_recall_handles(handle: RecallHandle, java: JavaCodec) -> None:
    if java.lacks("RecallMessageHandle"):
        return
    made = java.call(
        "makeRecallHandle",
        topic=handle.topic,
        brokerName=handle.broker_name,
        timestamp=str(handle.timestamp),
        uniqueId=handle.unique_id,
    )
    assert made == str(handle)
    assert RecallHandle.parse(made) == handle
    assert java.call("describeRecallHandle", handle=str(handle)) == {
        "version": "v1",
        "topic": handle.topic,
        "brokerName": handle.broker_name,
        "timestampStr": str(handle.timestamp),
        "messageId": handle.unique_id,
    }
