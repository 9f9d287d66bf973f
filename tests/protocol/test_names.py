"""Names that the protocol derives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model.names import (
    check_group,
    check_topic,
    dead_letter_topic,
    is_system_group,
    is_system_topic,
    pop_retry_topic,
    reply_topic,
    retry_topic,
    revive_topic,
    trace_topic,
    unwrap_namespace,
    wrap_namespace,
)

plain_names = st.from_regex(r"[a-zA-Z0-9_-]{1,8}", fullmatch=True)


def test_derived_topics() -> None:
    assert retry_topic("group") == "%RETRY%group"
    assert dead_letter_topic("group") == "%DLQ%group"
    assert reply_topic("DefaultCluster") == "DefaultCluster_REPLY_TOPIC"
    assert revive_topic("DefaultCluster") == "rmq_sys_REVIVE_LOG_DefaultCluster"
    assert pop_retry_topic("group", "orders") == "%RETRY%group_orders"
    assert pop_retry_topic("group", "orders", version=2) == "%RETRY%group+orders"
    assert trace_topic() == "RMQ_SYS_TRACE_TOPIC"
    assert trace_topic("cn-north") == "rmq_sys_TRACE_DATA_cn-north"


@pytest.mark.parametrize(
    ("namespace", "name", "wrapped"),
    [
        ("ns", "orders", "ns%orders"),
        ("ns", "%RETRY%group", "%RETRY%ns%group"),
        ("ns", "%DLQ%group", "%DLQ%ns%group"),
        ("ns", "ns%orders", "ns%orders"),
        ("ns", "%RETRY%ns%group", "%RETRY%ns%group"),
        ("ns", "nsx%orders", "ns%nsx%orders"),
        ("ns", "ns", "ns%ns"),
        ("ns", "", ""),
        ("", "orders", "orders"),
        ("ns", "TBW102", "TBW102"),
        ("ns", "SCHEDULE_TOPIC_XXXX", "SCHEDULE_TOPIC_XXXX"),
        ("ns", "RMQ_SYS_TRACE_TOPIC", "RMQ_SYS_TRACE_TOPIC"),
        ("ns", "rmq_sys_wheel_timer", "rmq_sys_wheel_timer"),
        ("ns", "CID_RMQ_SYS_TRANS", "CID_RMQ_SYS_TRANS"),
        # As Java clients do it: only whole names are system names, and few groups are.
        ("ns", "%RETRY%CID_RMQ_SYS_x", "%RETRY%ns%CID_RMQ_SYS_x"),
        ("ns", "CLIENT_INNER_PRODUCER", "ns%CLIENT_INNER_PRODUCER"),
    ],
)
def test_wrapping(namespace: str, name: str, wrapped: str) -> None:
    assert wrap_namespace(namespace, name) == wrapped
    assert wrap_namespace(namespace, wrapped) == wrapped


@pytest.mark.parametrize(
    ("namespace", "name", "unwrapped"),
    [
        ("ns", "ns%orders", "orders"),
        ("ns", "%RETRY%ns%group", "%RETRY%group"),
        ("ns", "%DLQ%ns%group", "%DLQ%group"),
        ("ns", "other%orders", "other%orders"),
        ("ns", "orders", "orders"),
        ("ns", "nsx%orders", "nsx%orders"),
        ("", "%orders", "%orders"),
        ("ns", "", ""),
    ],
)
def test_unwrapping(namespace: str, name: str, unwrapped: str) -> None:
    assert unwrap_namespace(namespace, name) == unwrapped


@given(plain_names, st.sampled_from(["", "%RETRY%", "%DLQ%"]), plain_names)
def test_unwrapping_undoes_wrapping(namespace: str, prefix: str, name: str) -> None:
    assert unwrap_namespace(namespace, wrap_namespace(namespace, prefix + name)) == prefix + name


@given(st.text(max_size=8), st.text(max_size=12))
def test_any_name_can_be_wrapped(namespace: str, name: str) -> None:
    wrapped = wrap_namespace(namespace, name)
    assert wrap_namespace(namespace, wrapped) == wrapped or "%" in namespace
    assert isinstance(unwrap_namespace(namespace, wrapped), str)


def test_system_names() -> None:
    assert is_system_topic("OFFSET_MOVED_EVENT")
    assert is_system_topic("rmq_sys_anything")
    assert not is_system_topic("RMQ_SYS_anything")
    assert is_system_group("CID_RMQ_SYS_anything")
    assert not is_system_group("CID_anything")


@pytest.mark.parametrize("name", ["a", "%RETRY%group", "a|b-c_D9", "t" * 127])
def test_good_names(name: str) -> None:
    assert check_topic(name) == name
    assert check_group(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "blank"), (" \t", "blank"), ("a b", "holds"), ("a+b", "holds"), ("é", "holds"), ("a\n", "holds")],
)
def test_bad_names(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"topic .*{reason}"):
        check_topic(name)
    with pytest.raises(ValueError, match=f"group .*{reason}"):
        check_group(name)


def test_long_names() -> None:
    with pytest.raises(ValueError, match="topic of 128 characters, at most 127"):
        check_topic("t" * 128)
    assert check_group("g" * 255)
    with pytest.raises(ValueError, match="group of 256 characters, at most 255"):
        check_group("g" * 256)
