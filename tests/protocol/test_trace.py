"""Message traces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrocketmq.model import RemotingCommand
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.requests import SendMessageV2
from pyrocketmq.model.trace import (
    ConsumeCode,
    EndTransactionTrace,
    PubTrace,
    RecallTrace,
    SubAfterTrace,
    SubBeforeTrace,
    TraceContext,
    TraceMessageType,
    decode_trace,
    encode_trace,
    trace_keys,
)

ids = "FD00000000000000000000000000000209FA1DBD16A671CA5AB30000"
text = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x01\x02"), max_size=8).filter(
    lambda value: value != "null"
)
number = st.integers(-(2**63), 2**63 - 1)
flag = st.booleans()
pub_traces = st.builds(
    PubTrace, number, text, text, text, text, text, text, text, number, number, number, text, flag, text
)
contexts = st.one_of(
    pub_traces,
    st.builds(SubBeforeTrace, number, text, text, text, text, number, text),
    st.builds(SubAfterTrace, text, text, number, flag, text, number, st.none() | number, text),
    st.builds(EndTransactionTrace, number, text, text, text, text, text, text, text, number, text, text, flag),
    st.builds(RecallTrace, number, text, text, text, text, flag),
)


@given(st.lists(contexts, max_size=4))
def test_round_trip(trace: list[TraceContext]) -> None:
    assert decode_trace(encode_trace(trace)) == trace


@given(st.binary(max_size=60) | st.text("PubSRecal\x01\x02127", max_size=60).map(str.encode))
def test_any_bytes_give_a_trace_or_an_error(body: bytes) -> None:
    check_any(body)


@given(st.lists(contexts, min_size=1, max_size=2), st.data())
@settings(max_examples=200)
def test_a_changed_trace_is_one_or_an_error(trace: list[TraceContext], data: st.DataObject) -> None:
    changed = bytearray(encode_trace(trace))
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    check_any(bytes(changed))


def check_any(body: bytes) -> None:
    try:
        trace = decode_trace(body)
    except ProtocolError as error:
        assert error.offset is not None
        assert 0 <= error.offset <= len(body)
        return
    assert decode_trace(encode_trace(trace)) == trace


def test_golden_trace_of_a_producer(golden: Callable[[str, str], RemotingCommand]) -> None:
    request = SendMessageV2.from_command(golden("java_client_trace_pub_5.4.0", "request"))
    trace = decode_trace(request.body)
    assert trace == [
        PubTrace(
            timestamp=1795400286900,
            region_id="DefaultRegion",
            group="wp_tr_pg",
            topic="wp_tr",
            msg_id=ids,
            tags="TagT",
            keys="tk1 tk2",
            store_host="127.0.0.1:14911",
            body_length=6,
            cost_time=52,
            msg_type=TraceMessageType.NORMAL,
            offset_msg_id="7F00000100003657000000000040C1B4",
            success=True,
        )
    ]
    assert encode_trace(trace) == request.body
    assert trace_keys(trace) == [ids, "tk1", "tk2"]


def test_golden_trace_of_a_consumer(golden: Callable[[str, str], RemotingCommand]) -> None:
    request = SendMessageV2.from_command(golden("java_client_trace_subbefore_5.4.0", "request"))
    trace = decode_trace(request.body)
    request_id = "FD00000000000000000000000000000209FA1DBD16A671CA5D090002"
    assert trace == [
        SubBeforeTrace(1795400287501, "DefaultRegion", "wp_tr_group", request_id, ids, 0, "tk1 tk2"),
        SubAfterTrace(
            request_id, ids, 2, True, "tk1 tk2", ConsumeCode.SUCCESS, timestamp=1795400287503, group="wp_tr_group"
        ),
    ]
    assert encode_trace(trace) == request.body
    assert trace_keys(trace) == [ids, "tk1", "tk2"]


def test_other_lengths() -> None:
    new = b"Pub\x017\x01r\x01g\x01t\x01id\x01tag\x01keys\x01host\x016\x0152\x010\x01offset\x01true\x01client\x02"
    assert decode_trace(new)[0][11:] == ("offset", True, "client")
    assert encode_trace(decode_trace(new)) == new
    old = b"Pub\x017\x01r\x01g\x01t\x01id\x01tag\x01keys\x01host\x016\x0152\x010\x01true\x02"
    assert decode_trace(old)[0][11:] == (None, True, None)
    newer = new.replace(b"client", b"client\x01more")
    assert decode_trace(newer) == decode_trace(new)
    cloud = b"SubAfter\x01r\x01id\x012\x01false\x01keys\x014\x02"
    assert decode_trace(cloud) == [SubAfterTrace("r", "id", 2, False, "keys", ConsumeCode.FAILED)]
    assert encode_trace(decode_trace(cloud)) == cloud


def test_absent_texts_read_null() -> None:
    trace = RecallTrace(7, None, "g", "t", None, True)
    assert encode_trace([trace]) == b"Recall\x017\x01null\x01g\x01t\x01null\x01true\x02"
    assert trace_keys([trace]) == []


@pytest.mark.parametrize(
    ("body", "offset", "reason"),
    [
        (b"Recall\x017\x01r\x01g\x01t\x01id\x01true\x02Sub\x02", 23, "unknown type of trace 'Sub'"),
        (b"Recall\x017\x01r\x01g\x01t\x01id\x02", 0, "a Recall trace breaks off after 5 fields"),
        (b"Recall\x01x\x01r\x01g\x01t\x01id\x01true\x02", 0, "holds no number where one belongs"),
        (b"Recall\x017\x01\xff\x01g\x01t\x01id\x01true\x02", 9, "not UTF-8"),
    ],
)
def test_what_is_no_trace(body: bytes, offset: int, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason) as caught:
        decode_trace(body)
    assert caught.value.offset == offset


@pytest.mark.parametrize("value", ["a\x01b", "a\x02b", "\ud800"])
def test_texts_that_cannot_be_written(value: Any) -> None:
    with pytest.raises(ProtocolError):
        encode_trace([RecallTrace(7, value, None, None, None, True)])
