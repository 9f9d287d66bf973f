"""Receipt handles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import longs
from pyrocketmq.model import MessageExt, RemotingCommand
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.message_ext import decode_messages, encode_message
from pyrocketmq.model.pop import ReceiptHandle, set_receipt_handles
from pyrocketmq.model.properties import encode_properties
from pyrocketmq.model.requests import (
    AckMessage,
    ChangeMessageInvisibletime,
    ChangeMessageInvisibletimeReply,
    PopMessage,
    PopMessageReply,
)

handles = st.builds(
    ReceiptHandle,
    longs,
    longs,
    longs,
    st.integers(0, 999),
    st.sampled_from(["0", "1", "2"]),
    st.from_regex(r"[a-z-]{1,9}", fullmatch=True),
    st.integers(-1, 100),
    longs,
    st.none() | longs,
)
GROUP = "wp_pop_020924"


def popped(topic: str, queue_id: int, offset: int, **properties: str) -> MessageExt:
    text = encode_properties(properties)
    record = encode_message(topic=topic, body=b"x", queue_id=queue_id, queue_offset=offset, properties=text)
    return decode_messages(record)[0]


def reply_with(messages: list[MessageExt], **infos: Any) -> PopMessageReply:
    return PopMessageReply(pop_time=1000, invisible_time=60_000, revive_qid=3, rest_num=0, messages=messages, **infos)


@given(handles)
def test_round_trip(handle: ReceiptHandle) -> None:
    assert ReceiptHandle.parse(str(handle)) == handle


@given(st.text(max_size=40) | st.text("01 a", max_size=40))
def test_any_text_is_a_handle_or_an_error(text: str) -> None:
    try:
        handle = ReceiptHandle.parse(text)
    except ProtocolError:
        return
    assert handle.topic_of("orders", "group")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has 1 items, expected 8"),
        ("0 1 2 3 0 b 4", "has 7 items, expected 8"),
        ("0 1 2 3 3 b 4 5", "marks its topic '3'"),
        ("x 1 2 3 0 b 4 5", "expected a number in what tells of a pop, found 'x'"),
        ("0 1 2 3 0 b 4 5 x", "found 'x'"),
    ],
)
def test_what_is_no_handle(text: str, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        ReceiptHandle.parse(text)


def test_items_beyond_the_ninth_are_left_out() -> None:
    assert str(ReceiptHandle.parse("0 1 2 3 0 b 4 5 6 7")) == "0 1 2 3 0 b 4 5 6"


@pytest.mark.parametrize(
    ("retry", "topic", "acknowledged"),
    [
        ("0", "orders", "orders"),
        ("1", "orders", "%RETRY%group_orders"),
        ("2", "orders", "%RETRY%group+orders"),
        ("1", "%RETRY%group_orders", "%RETRY%group_orders"),
    ],
)
def test_topic_of_an_acknowledgement(retry: str, topic: str, acknowledged: str) -> None:
    assert ReceiptHandle.parse(f"0 1 2 3 {retry} b 4 5").topic_of(topic, "group") == acknowledged


def test_golden_pop_and_its_acknowledgement(golden: Callable[[str, str], RemotingCommand]) -> None:
    reply = PopMessageReply.from_command(golden("pop_message_5.4.0", "response"))
    request = PopMessage.from_command(golden("pop_message_5.4.0", "request"))
    set_receipt_handles(reply, "broker-w")
    ack = AckMessage.from_command(golden("ack_message_5.4.0", "request"))
    handle = ReceiptHandle.parse(reply.messages[0].receipt_handle or "")
    assert str(handle) == ack.extra_info
    assert (handle.topic_of(request.topic, GROUP), handle.queue_id, handle.queue_offset) == (
        ack.topic,
        ack.queue_id,
        ack.offset,
    )
    assert [message.receipt_handle for message in reply.messages] == [
        f"0 1795399772022 10000 0 0 broker-w 0 {offset}" for offset in range(3)
    ]
    assert reply.messages[2].properties["POP_CK"] == reply.messages[2].receipt_handle
    assert reply.messages[2].properties["1ST_POP_TIME"] == "1795399772022"


def test_golden_change_of_the_invisible_time(golden: Callable[[str, str], RemotingCommand]) -> None:
    request = ChangeMessageInvisibletime.from_command(golden("change_invisible_time_5.4.0", "request"))
    reply = ChangeMessageInvisibletimeReply.from_command(golden("change_invisible_time_5.4.0", "response"))
    handle = ReceiptHandle.parse(request.extra_info)
    assert str(handle.renewed(reply)) == "0 1795399772215 15000 0 0 broker-w 0 1"


def test_golden_messages_of_a_retry_topic_keep_their_handles(golden: Callable[[str, str], RemotingCommand]) -> None:
    reply = PopMessageReply.from_command(golden("pop_message_retry_5.4.0", "response"))
    set_receipt_handles(reply, "elsewhere")
    message = reply.messages[0]
    assert message.receipt_handle == "0 1795399778190 10000 7 1 broker-w 0 0"
    assert message.properties["1ST_POP_TIME"] == "1795399775003"
    assert message.reconsume_times == 1
    handle = ReceiptHandle.parse(message.receipt_handle)
    assert handle.topic_of(message.topic, GROUP) == f"%RETRY%{GROUP}_wp_gp_020924"


def test_several_queues_in_any_order() -> None:
    messages = [popped("t", 1, 8), popped("t", 0, 3), popped("%RETRY%g_t", 0, 7), popped("t", 1, 7)]
    retried = popped("t", 0, 1, POP_CK="0 1 2 3 1 b 0 1")
    reply = reply_with(
        [*messages, retried, popped("%RETRY%g+t", 0, 9)],
        start_offset_info="0 0 2;0 1 5;1 0 6;2 0 9",
        msg_offset_info="0 0 3;0 1 7,8;1 0 7;2 0 9",
    )
    set_receipt_handles(reply, "b")
    assert [message.receipt_handle for message in reply.messages] == [
        "5 1000 60000 3 0 b 1 8",
        "2 1000 60000 3 0 b 0 3",
        "6 1000 60000 3 1 b 0 7",
        "5 1000 60000 3 0 b 1 7",
        "0 1 2 3 1 b 0 1",
        "9 1000 60000 3 2 b 0 9",
    ]
    assert [message.queue_offset for message in reply.messages] == [8, 3, 7, 7, 1, 9]


def test_the_rank_counts_in_static_topics() -> None:
    reply = reply_with(
        [popped("t", 0, 1001), popped("t", 0, 1000)], start_offset_info="0 0 0", msg_offset_info="0 0 0,1"
    )
    set_receipt_handles(reply, "b")
    assert [(message.receipt_handle or "").split()[-1] for message in reply.messages] == ["1", "0"]


@pytest.mark.parametrize("nothing", [None, ""])
def test_the_first_brokers_told_nothing(nothing: str | None) -> None:
    reply = reply_with([popped("t", 0, 7), popped("t", 0, 5)], start_offset_info=nothing, msg_offset_info=nothing)
    set_receipt_handles(reply, "b")
    assert [message.receipt_handle for message in reply.messages] == [
        "5 1000 60000 3 0 b 0 7",
        "5 1000 60000 3 0 b 0 5",
    ]


def test_orderly_pops_tell_the_number_of_deliveries() -> None:
    reply = reply_with(
        [popped("t", 0, 0), popped("t", 0, 1), popped("t", 1, 0)],
        start_offset_info="0 0 0;0 1 0",
        msg_offset_info="0 0 0,1;0 1 0",
        order_count_info="0 0 2;0 qo0%1 5",
    )
    set_receipt_handles(reply, "b")
    assert [message.reconsume_times for message in reply.messages] == [2, 5, 0]


@pytest.mark.parametrize(
    ("infos", "reason"),
    [
        ({"start_offset_info": "0 1 0", "msg_offset_info": "0 0 0"}, "found None"),
        ({"start_offset_info": "0 0 0", "msg_offset_info": "0 1 0"}, "found ''"),
        ({"start_offset_info": "0 0 x", "msg_offset_info": "0 0 0"}, "found 'x'"),
        ({"start_offset_info": "0 0 0", "msg_offset_info": "0 0 0,"}, "found ''"),
        ({"start_offset_info": "0 0 0", "msg_offset_info": "0 0 0"}, "tells 1 offsets of 2 messages"),
        ({"start_offset_info": "0 0 0", "msg_offset_info": "0 0 0,1", "order_count_info": "0 0 x"}, "found 'x'"),
    ],
)
def test_answers_that_do_not_fit_their_messages(infos: dict[str, Any], reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        set_receipt_handles(reply_with([popped("t", 0, 0), popped("t", 0, 1)], **infos), "b")


texts = st.none() | st.text("01 ,;x", max_size=12)


@given(texts, texts, texts)
def test_any_answer_gives_handles_or_an_error(starts: str | None, offsets: str | None, counts: str | None) -> None:
    messages = [popped("t", 0, 0), popped("t", 1, 1)]
    reply = reply_with(messages, start_offset_info=starts, msg_offset_info=offsets, order_count_info=counts)
    try:
        set_receipt_handles(reply, "b")
    except ProtocolError:
        return
    for message in messages:
        assert ReceiptHandle.parse(message.receipt_handle or "").broker_name == "b"
