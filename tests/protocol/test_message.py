"""Messages to send."""

from __future__ import annotations

from typing import Any

import pytest

from pyrocketmq.model.message import Message, MessageQueue, message_properties


@pytest.mark.parametrize(
    ("options", "properties"),
    [
        ({}, {}),
        ({"tags": "a"}, {"TAGS": "a"}),
        ({"keys": "k1"}, {"KEYS": "k1"}),
        ({"keys": "k1 k2"}, {"KEYS": "k1 k2"}),
        ({"keys": ["k1", "k2"]}, {"KEYS": "k1 k2"}),
        ({"keys": iter(["k1"])}, {"KEYS": "k1"}),
        ({"keys": iter([])}, {}),
        ({"sharding_key": "s"}, {"__SHARDINGKEY": "s"}),
        ({"delay_level": 2}, {"DELAY": "2"}),
        ({"deliver_after": 2.5}, {"TIMER_DELAY_MS": "2500"}),
        ({"deliver_at": 17}, {"TIMER_DELIVER_MS": "17"}),
        ({"properties": {"a": "b", "TAGS": "x"}, "tags": "y"}, {"a": "b", "TAGS": "y"}),
    ],
)
def test_options_become_properties(options: dict[str, Any], properties: dict[str, str]) -> None:
    made = Message("orders", b"x", **options).properties
    assert made == properties
    assert all(type(name) is str for name in made)


def test_properties_are_a_copy() -> None:
    given = {"a": "b"}
    assert message_properties(given, tags="t") == {"a": "b", "TAGS": "t"}
    assert given == {"a": "b"}


@pytest.mark.parametrize("keys", [["a b"], ["a\tb"], [""], ["a", " "]])
def test_keys_that_would_not_arrive(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="separates keys"):
        Message("orders", b"x", keys=keys)


def test_contradictory_times() -> None:
    with pytest.raises(ValueError, match="one of"):
        Message("orders", b"x", delay_level=1, deliver_after=1)


def test_reading_tags_and_keys() -> None:
    message = Message("orders", b"x", tags="a", keys=["k1", "k2"])
    assert (message.tags, message.keys) == ("a", ["k1", "k2"])
    message = Message("orders", b"x")
    assert (message.tags, message.keys) == (None, [])


def test_messages_compare_by_value() -> None:
    message = Message("orders", b"x", tags="a", flag=7)
    assert message == Message("orders", b"x", properties={"TAGS": "a"}, flag=7)
    assert message != Message("orders", b"x", tags="a")
    assert message != "orders"
    with pytest.raises(TypeError):
        hash(message)


def test_repr_shows_no_body() -> None:
    message = Message("orders", b"secret", tags="a")
    assert repr(message) == "Message(topic='orders', body=6 bytes, properties={'TAGS': 'a'})"


def test_queues_are_keys() -> None:
    assert {MessageQueue("orders", "broker-a", 0): 1}[MessageQueue("orders", "broker-a", 0)] == 1
    assert MessageQueue("orders", "broker-a", 0)._replace(queue_id=1).queue_id == 1
