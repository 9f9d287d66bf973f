"""Traces are those of the Java client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from declared_values import examples, ints, longs
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model.trace import (
    EndTransactionTrace,
    PubTrace,
    RecallTrace,
    SubAfterTrace,
    SubBeforeTrace,
    TraceContext,
    TraceMessageType,
    decode_trace,
    encode_trace,
)

if TYPE_CHECKING:
    from java_codec import JavaCodec

pytestmark = pytest.mark.real(only=True)

# A text that reads "null" cannot be told from none.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x01\x02"), min_size=1, max_size=6).filter(
    lambda text: text != "null"
)
messages = {"msg_id": texts, "keys": texts}
sends = {"timestamp": longs, "region_id": texts, "group": texts, "topic": texts, "tags": texts, "store_host": texts}
contexts: st.SearchStrategy[TraceContext] = st.one_of(
    st.builds(
        PubTrace,
        **messages,
        **sends,
        body_length=ints,
        cost_time=ints,
        msg_type=st.sampled_from(TraceMessageType),
        offset_msg_id=texts,
        success=st.booleans(),
        client_host=st.none(),
    ),
    st.builds(
        SubBeforeTrace,
        **messages,
        timestamp=longs,
        region_id=texts,
        group=texts,
        request_id=texts,
        retry_times=ints,
    ),
    st.builds(
        SubAfterTrace,
        **messages,
        request_id=texts,
        cost_time=ints,
        success=st.booleans(),
        context_code=st.integers(0, 4),
        timestamp=longs,
        group=texts,
    ),
    st.builds(
        EndTransactionTrace,
        **messages,
        **sends,
        msg_type=st.sampled_from(TraceMessageType),
        transaction_id=texts,
        transaction_state=st.sampled_from(["COMMIT_MESSAGE", "ROLLBACK_MESSAGE", "UNKNOW"]),
        from_transaction_check=st.booleans(),
    ),
    st.builds(
        RecallTrace,
        timestamp=longs,
        region_id=texts,
        group=texts,
        topic=texts,
        msg_id=texts,
        success=st.booleans(),
    ),
)
TYPES = {
    PubTrace: "Pub",
    SubBeforeTrace: "SubBefore",
    SubAfterTrace: "SubAfter",
    EndTransactionTrace: "EndTransaction",
    RecallTrace: "Recall",
}
MESSAGE_TYPES = ["Normal_Msg", "Trans_Msg_Half", "Trans_msg_Commit", "Delay_Msg", "Order_Msg"]
CONTEXT_NAMES = {
    "timestamp": "timeStamp",
    "region_id": "regionId",
    "group": "groupName",
    "cost_time": "costTime",
    "success": "success",
    "request_id": "requestId",
    "context_code": "contextCode",
}
BEAN_NAMES = {
    "topic": "topic",
    "msg_id": "msgId",
    "tags": "tags",
    "keys": "keys",
    "store_host": "storeHost",
    "client_host": "clientHost",
    "body_length": "bodyLength",
    "offset_msg_id": "offsetMsgId",
    "retry_times": "retryTimes",
    "transaction_id": "transactionId",
    "transaction_state": "transactionState",
    "from_transaction_check": "fromTransactionCheck",
}


def bean_of(context: TraceContext) -> dict[str, Any]:
    """Spell a context as Java's object."""
    values = {name: value for name, value in context._asdict().items() if value is not None}
    bean = {BEAN_NAMES[name]: value for name, value in values.items() if name in BEAN_NAMES}
    if "msg_type" in values:
        bean["msgType"] = MESSAGE_TYPES[values["msg_type"]]
    return {
        "accessChannel": "LOCAL",
        "traceType": TYPES[type(context)],
        "traceBeans": [bean],
        **{CONTEXT_NAMES[name]: value for name, value in values.items() if name in CONTEXT_NAMES},
    }


def is_known(context: TraceContext, java: JavaCodec) -> bool:
    """Whether this version has such contexts; 4.9 has no recalls, and no ordered messages."""
    is_ordered = isinstance(context, PubTrace | EndTransactionTrace) and context.msg_type == TraceMessageType.ORDER
    return not (java.is_4 and (isinstance(context, RecallTrace) or is_ordered))


@given(traced=st.lists(contexts, min_size=1, max_size=3))
@examples(300)
def test_we_read_traces_of_java(traced: list[TraceContext], java: JavaCodec) -> None:
    traced = [context for context in traced if is_known(context, java)]
    text = java.call("encodeTrace", contexts=[bean_of(context) for context in traced])
    assert decode_trace(text.encode()) == traced


@given(traced=st.lists(contexts, min_size=1, max_size=3))
@examples(300)
def test_java_reads_our_traces(traced: list[TraceContext], java: JavaCodec) -> None:
    traced = [context for context in traced if is_known(context, java)]
    answer = java.call("decodeTrace", text=encode_trace(traced).decode())
    for context, read in zip(traced, answer, strict=True):
        expected = bean_of(context)
        (bean,), (expected_bean,) = read.pop("traceBeans"), expected.pop("traceBeans")
        del expected["accessChannel"]  # not on the wire
        assert read | expected == read
        assert bean | expected_bean == bean
