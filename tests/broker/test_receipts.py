"""Receipt handles, put together from the parts of an answer."""

from __future__ import annotations

import pytest

from pyrocketmq.broker.receipts import add_receipts
from pyrocketmq.model import MessageExt, ProtocolError, decode_messages, encode_message
from pyrocketmq.model.properties import encode_properties
from pyrocketmq.model.requests import PopMessageReply


def stored(queue_id: int, queue_offset: int, topic: str = "orders", **properties: str) -> MessageExt:
    record = encode_message(
        topic=topic, body=b"x", queue_id=queue_id, queue_offset=queue_offset, properties=encode_properties(properties)
    )
    (message,) = decode_messages(record)
    return message


def popped(*messages: MessageExt, revive_qid: int = 3, **infos: str) -> PopMessageReply:
    return PopMessageReply(
        pop_time=1000, invisible_time=60_000, revive_qid=revive_qid, rest_num=0, messages=list(messages), **infos
    )


def receipts(reply: PopMessageReply) -> list[str | None]:
    add_receipts(reply, "broker-a")
    return [message.receipt_handle for message in reply.messages]


def test_several_queues() -> None:
    reply = popped(
        stored(0, 7),
        stored(1, 2),
        stored(0, 9),
        start_offset_info="0 0 5;0 1 2",
        msg_offset_info="0 0 7,9;0 1 2",
    )
    assert receipts(reply) == [
        "5 1000 60000 3 0 broker-a 0 7",
        "2 1000 60000 3 0 broker-a 1 2",
        "5 1000 60000 3 0 broker-a 0 9",
    ]


def test_a_logical_queue_counts_in_its_own_way() -> None:
    reply = popped(stored(0, 7), stored(0, 8), start_offset_info="0 0 100", msg_offset_info="0 0 100,101")
    assert receipts(reply) == ["100 1000 60000 3 0 broker-a 0 100", "100 1000 60000 3 0 broker-a 0 101"]


def test_without_infos_the_messages_speak_for_themselves() -> None:
    assert receipts(popped(stored(2, 5), stored(2, 4))) == [
        "4 1000 60000 3 0 broker-a 2 5",
        "4 1000 60000 3 0 broker-a 2 4",
    ]


def test_retried_messages_bring_their_receipt() -> None:
    reply = popped(stored(0, 1, POP_CK="0 1000 60000 3 1 broker-a 0 1"), start_offset_info="1 0 0")
    assert receipts(reply) == ["0 1000 60000 3 1 broker-a 0 1"]


@pytest.mark.parametrize(("topic", "mark"), [("%RETRY%billing_orders", "1"), ("%RETRY%billing+orders", "2")])
def test_messages_of_a_retry_topic(topic: str, mark: str) -> None:
    reply = popped(stored(0, 1, topic), start_offset_info=f"{mark} 0 0;0 0 5", msg_offset_info=f"{mark} 0 1")
    assert receipts(reply) == [f"0 1000 60000 3 {mark} broker-a 0 1"]


def test_orderly_pops_count_tries_per_queue_or_message() -> None:
    reply = popped(
        stored(0, 7),
        stored(0, 8),
        stored(1, 1),
        revive_qid=999,
        order_count_info="0 0 2;0 qo0%8 1",
    )
    add_receipts(reply, "broker-a")
    assert [message.reconsume_times for message in reply.messages] == [2, 1, 0]


def test_the_time_of_the_first_pop_is_kept() -> None:
    fresh, old = stored(0, 1), stored(0, 2, **{"1ST_POP_TIME": "17"})
    add_receipts(popped(fresh, old), "broker-a")
    assert [message.properties["1ST_POP_TIME"] for message in (fresh, old)] == ["1000", "17"]


@pytest.mark.parametrize("info", ["0 0", "0 0 x", "junk"])
def test_what_does_not_fit_is_an_error(info: str) -> None:
    with pytest.raises(ProtocolError, match="bad offsets"):
        add_receipts(popped(stored(0, 1), start_offset_info=info), "broker-a")
