"""Message properties."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.properties import PropertyName, decode_properties, encode_properties, split_keys

KNOWN = [value for name, value in vars(PropertyName).items() if name.isupper()]

names = st.sampled_from(KNOWN) | st.text(st.characters(exclude_characters="\x01\x02"), min_size=1, max_size=6)
values = st.text(st.characters(exclude_characters="\x02"), min_size=1, max_size=6)


@given(st.dictionaries(names, values, max_size=6))
def test_round_trip(properties: dict[str, str]) -> None:
    text = encode_properties(properties)
    assert decode_properties(text) == properties
    assert decode_properties(text.removesuffix("\x02")) == properties


@given(st.text("ab\x01\x02", max_size=20))
@settings(max_examples=300)
def test_any_text_is_read_as_servers_read_it(text: str) -> None:
    expected = {}
    for piece in text.split("\x02"):
        at = piece.find("\x01")
        if 1 <= at < len(piece) - 1:
            expected[piece[:at]] = piece[at + 1 :]
    assert decode_properties(text) == expected
    assert decode_properties(encode_properties(expected)) == expected


def test_the_last_of_equal_names_counts() -> None:
    assert decode_properties("a\x011\x02b\x012\x02a\x013\x02") == {"a": "3", "b": "2"}


def test_nothing() -> None:
    assert encode_properties({}) == ""
    assert decode_properties("") == {}


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"": "v"}, "property name '' is empty"),
        ({"a\x01b": "v"}, "property name"),
        ({"a\x02b": "v"}, "property name"),
        ({"a": ""}, "value of property 'a' is empty"),
        ({"a": "v\x02w"}, "value of property 'a'"),
        ({"a": "", "b\x01c": "v"}, "value of property 'a'"),
        ({"a": 1}, "property 'a' is no text: 1"),
        ({"a": None}, "property 'a' is no text: None"),
        ({1: "v"}, "property 1 is no text"),
    ],
)
def test_what_would_be_lost_is_refused(properties: dict[Any, Any], reason: str) -> None:
    for good in ("good", "TAGS"):
        with pytest.raises(ProtocolError, match=reason):
            encode_properties({good: "value", **properties})


@pytest.mark.parametrize("value", ["", "v\x02w", "\x02", 1, None])
def test_values_of_known_names_are_checked(value: Any) -> None:
    with pytest.raises(ProtocolError, match="property 'KEYS'"):
        encode_properties({"TAGS": "value", "KEYS": value})


def test_a_value_may_hold_a_name_separator() -> None:
    for name in ("a", "TAGS"):
        assert encode_properties({name: "b\x01c\x01"}) == f"{name}\x01b\x01c\x01\x02"


def test_names_are_those_of_the_wire() -> None:
    assert PropertyName.FIRST_POP_TIME == "1ST_POP_TIME"
    assert PropertyName.SHARDING_KEY == "__SHARDINGKEY"
    assert PropertyName.TRANSACTION_ID == "__transactionId__"
    assert PropertyName.PRIORITY == "_SYS_MSG_PRIORITY_"
    assert len(KNOWN) == len(set(KNOWN)) == 66
    assert all(KNOWN)
    assert not {"\x01", "\x02"}.intersection("".join(KNOWN))


def test_keys() -> None:
    assert split_keys("") == []
    assert split_keys("a") == ["a"]
    assert split_keys(" a  b\tc ") == ["a", "b\tc"]
