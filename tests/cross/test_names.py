"""Derived names, subscriptions and settings are those of Java."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from declared_values import examples, names
from hypothesis import assume, given
from hypothesis import strategies as st

from line_program import ProgramError
from pyrocketmq.model.java_properties import format_java_properties, parse_java_properties
from pyrocketmq.model.names import (
    check_topic,
    dead_letter_topic,
    is_system_group,
    is_system_topic,
    pop_retry_topic,
    reply_topic,
    retry_topic,
    unwrap_namespace,
    wrap_namespace,
)
from pyrocketmq.model.subscription import parse_tags, tag_hash

if TYPE_CHECKING:
    from java_codec import JavaCodec

pytestmark = pytest.mark.real(only=True)

SYSTEM_NAMES = [
    "TBW102",
    "SCHEDULE_TOPIC_XXXX",
    "BenchmarkTest",
    "RMQ_SYS_TRANS_HALF_TOPIC",
    "RMQ_SYS_TRACE_TOPIC",
    "RMQ_SYS_TRANS_OP_HALF_TOPIC",
    "TRANS_CHECK_MAX_TIME_TOPIC",
    "SELF_TEST_TOPIC",
    "OFFSET_MOVED_EVENT",
    "CHECKPOINT_TOPIC",
    "rmq_sys_REVIVE_LOG_c",
    "rmq_sys_",
    "DEFAULT_CONSUMER",
    "DEFAULT_PRODUCER",
    "TOOLS_CONSUMER",
    "SCHEDULE_CONSUMER",
    "FILTERSRV_CONSUMER",
    "__MONITOR_CONSUMER",
    "CLIENT_INNER_PRODUCER",
    "SELF_TEST_P_GROUP",
    "SELF_TEST_C_GROUP",
    "CID_ONS-HTTP-PROXY",
    "CID_ONSAPI_PERMISSION",
    "CID_ONSAPI_OWNER",
    "CID_ONSAPI_PULL",
    "CID_RMQ_SYS_TRANS",
    "CID_RMQ_SYS_",
    "CID_other",
]
some_names = st.one_of(
    names,
    st.sampled_from(SYSTEM_NAMES),
    names.map(retry_topic),
    names.map(dead_letter_topic),
    names.map(lambda name: f"ns%{name}"),
    names.map(lambda name: retry_topic(f"ns%{name}")),
    st.sampled_from(SYSTEM_NAMES).map(retry_topic),
    st.text("ab~ é.", min_size=1, max_size=4),
)


def is_legal(name: str) -> bool:
    with suppress(ValueError):
        return bool(check_topic(name))
    return False


@given(name=some_names, namespace=st.sampled_from(["ns", "a", "%"]))
@examples(400)
def test_derived_names(name: str, namespace: str, java: JavaCodec) -> None:
    assume(not (java.is_4 and name.endswith("CHECKPOINT_TOPIC")))  # no system topic before 5.0
    assert java.call("derivedNames", name=name, namespace=namespace) == {
        "retry": retry_topic(name),
        "deadLetter": dead_letter_topic(name),
        "reply": reply_topic(name),
        "wrapped": wrap_namespace(namespace, name),
        "unwrapped": unwrap_namespace(namespace, name),
        "isSystemTopic": is_system_topic(name),
        "isSystemGroup": is_system_group(name),
        "isLegal": is_legal(name),
    }


@given(topic=names, group=names)
@examples(100)
def test_retry_topics_of_pops(topic: str, group: str, java: JavaCodec) -> None:
    if java.lacks("KeyBuilder"):
        return
    assert java.call("popRetryTopics", topic=topic, group=group) == [
        pop_retry_topic(group, topic, version=1),
        pop_retry_topic(group, topic, version=2),
    ]


@given(
    expression=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), min_size=1, max_size=4).map(
        "||".join
    )
    | st.sampled_from(["*", " * ", "", "a || b", "a|b", "|", "a||a", "* || a"])
)
@examples(400)
def test_subscriptions(expression: str, java: JavaCodec) -> None:
    tags = parse_tags(expression)
    if re.fullmatch(r"(\|\|)+", expression):
        with pytest.raises(ProgramError, match="subString split error"):
            java.call("describeSubscription", topic="topic", expression=expression)
        return
    data = java.call("describeSubscription", topic="topic", expression=expression)
    assert set(data["tagsSet"]) == set(tags)
    assert set(data["codeSet"]) == set(map(tag_hash, tags))


settings_texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" =:#!\\\t\r\n\fé中😀"), max_size=6)


@given(settings=st.dictionaries(settings_texts, settings_texts, max_size=4))
@examples(300)
def test_settings(settings: dict[str, str], java: JavaCodec) -> None:
    assert java.call("loadSettings", text=format_java_properties(settings)) == settings
    assert parse_java_properties(java.call("storeSettings", settings=settings)) == settings


@given(text=st.text(" =:\\\t\r\n\fabé", max_size=16))
@examples(400)
def test_any_text_of_settings_is_read_alike(text: str, java: JavaCodec) -> None:
    assume(not re.search(r"(?m)^[ \t\f]*\\$", text.replace("\r", "\n")))  # a continued line that holds nothing
    assert java.call("loadSettings", text=text) == parse_java_properties(text)


@given(text=st.text(" =:#!\t\r\n\fa", max_size=16))
@examples(400)
def test_comments_in_settings_are_read_alike(text: str, java: JavaCodec) -> None:
    """Without continued lines: Java's own releases differ in whether a comment can start in one."""
    assert java.call("loadSettings", text=text) == parse_java_properties(text)
