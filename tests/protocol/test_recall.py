"""Recall handles."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model import RemotingCommand
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.recall import RecallHandle
from pyrocketmq.model.requests import RecallMessage, RecallMessageReply, SendMessageReply, SendMessageV2

words = st.text(st.characters(exclude_characters=" ", exclude_categories=["Cs"]), max_size=8)


@given(st.builds(RecallHandle, words, words, st.integers(-(2**63), 2**63 - 1), words))
def test_round_trip(handle: RecallHandle) -> None:
    assert RecallHandle.parse(str(handle)) == handle


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda data: urlsafe_b64encode(data).decode()))
def test_any_text_is_a_handle_or_an_error(text: str) -> None:
    try:
        handle = RecallHandle.parse(text)
    except ProtocolError:
        return
    assert RecallHandle.parse(str(handle)) == handle


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"v2 topic broker 17 id", "version 'v2'"),
        (b"v1 topic broker 17", "does not parse"),
        (b"v1 topic broker 17 id more", "does not parse"),
        (b"v1 topic broker soon id", "does not parse"),
        (b"v1 t\xff broker 17 id", "does not parse"),
    ],
)
def test_what_is_no_handle(content: bytes, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        RecallHandle.parse(urlsafe_b64encode(content).decode())


@pytest.mark.parametrize("text", ["", "djE", "djE!", "é"])
def test_what_is_no_base64(text: str) -> None:
    with pytest.raises(ProtocolError, match="does not parse"):
        RecallHandle.parse(text)


def test_golden_handle(golden: Callable[[str, str], RemotingCommand]) -> None:
    sent = SendMessageV2.from_command(golden("send_timer_recallable_5.4.0", "request"))
    answer = SendMessageReply.from_command(golden("send_timer_recallable_5.4.0", "response"))
    recall = RecallMessage.from_command(golden("recall_message_5.4.0", "request"))
    recalled = RecallMessageReply.from_command(golden("recall_message_5.4.0", "response"))
    assert answer.recall_handle == recall.recall_handle
    handle = RecallHandle.parse(recall.recall_handle)
    assert handle == RecallHandle(sent.topic, "broker-w", 1795399825001, recalled.msg_id)
    assert str(handle) == recall.recall_handle
