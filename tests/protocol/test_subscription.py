"""Subscriptions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model.subscription import parse_tags, tag_hash


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("", 0),
        ("TagA", 2598919),
        ("TagB", 2598920),
        ("polygenelubricants", -2147483648),
        ("é", 233),
        ("😀", 0xD83D * 31 + 0xDE00),
        ("\ud800", 0xD800),
    ],
)
def test_hashes_are_those_of_java(tag: str, code: int) -> None:
    assert tag_hash(tag) == code


@given(st.text(st.characters(max_codepoint=0xFFFF)))
def test_any_tag_has_a_hash_of_32_bits(tag: str) -> None:
    expected = sum(ord(unit) * 31 ** (len(tag) - 1 - index) for index, unit in enumerate(tag)) & 0xFFFFFFFF
    assert tag_hash(tag) & 0xFFFFFFFF == expected
    assert -(2**31) <= tag_hash(tag) < 2**31


@pytest.mark.parametrize(
    ("expression", "tags"),
    [
        (None, []),
        ("", []),
        ("*", []),
        ("a", ["a"]),
        ("TagA || TagB", ["TagA", "TagB"]),
        ("a||b||||c", ["a", "b", "c"]),
        (" a ||  || b ", ["a", "b"]),
        ("b || a || b", ["b", "a"]),
        ("a | b", ["a | b"]),
        (" * ", ["*"]),
        ("\x00 a \x1f||\u3000b\xa0", ["a", "\u3000b\xa0"]),  # what Java trims
    ],
)
def test_tags_of_an_expression(expression: str | None, tags: list[str]) -> None:
    assert parse_tags(expression) == tags
