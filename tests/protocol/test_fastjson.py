"""The dialect of JSON that servers write, and the plain JSON that they accept."""

from __future__ import annotations

import json
import math
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import (
    MAX_DEPTH,
    JsonObject,
    JsonValue,
    ObjectKey,
    Scalar,
    dumps_fastjson,
    dumps_json,
    loads,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
integers = st.integers(-(2**70), 2**70)
scalars: st.SearchStrategy[Scalar] = st.one_of(
    st.none(), st.booleans(), integers, st.floats(allow_nan=False, allow_infinity=False), texts
)
object_keys = st.builds(ObjectKey, st.dictionaries(texts, scalars, max_size=3))


def values(keys: st.SearchStrategy[str] | st.SearchStrategy[str | int | ObjectKey]) -> st.SearchStrategy[JsonValue]:
    nested = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
    )
    return cast("st.SearchStrategy[JsonValue]", nested)


plain_values = values(texts)
dialect_values = values(st.one_of(texts, integers, object_keys))


@given(dialect_values)
def test_dialect_round_trip(value: JsonValue) -> None:
    written = dumps_fastjson(value)
    assert loads(written) == value
    assert dumps_fastjson(loads(written)) == written


@given(plain_values)
def test_plain_round_trip(value: JsonValue) -> None:
    written = dumps_json(value)
    assert written.isascii()
    assert loads(written) == value == json.loads(written)
    assert written == json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


@given(plain_values, st.sampled_from(["", " ", "\t\r\n "]), st.booleans())
def test_both_readers_agree(value: JsonValue, blank: str, ascii_only: bool) -> None:
    """A key without quotes at the front sends the whole text through the reader for the dialect."""
    separators = (f"{blank},{blank}", f"{blank}:{blank}")
    written = json.dumps(value, ensure_ascii=ascii_only, separators=separators)
    assert loads(f"{blank}{{7:{written}}}{blank}".encode()) == {7: value}
    assert loads(f"{blank}{written}{blank}".encode()) == value


@given(st.dictionaries(integers, scalars))
def test_integer_keys_are_quoted_in_plain_json(table: JsonObject) -> None:
    assert loads(dumps_json(table)) == {str(key): value for key, value in table.items()}


def test_keys_are_sorted() -> None:
    table: JsonObject = {"b": 1, "a": 2, 10: 3, 9: 4, -1: 5, ObjectKey({"y": 1, "x": "ä"}): {"d": 6, "c": 7}}
    assert dumps_fastjson(table).decode() == '{-1:5,9:4,10:3,"a":2,"b":1,{"x":"ä","y":1}:{"c":7,"d":6}}'
    assert dumps_json({"b": 1, 10: 2, "ä": 3}) == b'{"10":2,"b":1,"\\u00e4":3}'


def test_object_keys_hash_by_their_members() -> None:
    key = ObjectKey({"topic": "t", "queueId": 0})
    assert {key: 1}[ObjectKey({"queueId": 0, "topic": "t"})] == 1
    assert dict(key) == {"topic": "t", "queueId": 0}
    assert repr(key) == "ObjectKey({'queueId': 0, 'topic': 't'})"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{0:"a",-1:"b",+2:"c",007:"d"}', {0: "a", -1: "b", 2: "c", 7: "d"}),
        ('{ { "q" : 1 , "t" : null } : [ { 3 : { } } , [ ] ] }', {ObjectKey({"q": 1, "t": None}): [{3: {}}, []]}),
        ('{{}:{{}:1}}', {ObjectKey({}): {ObjectKey({}): 1}}),
        ('{1:"{0:1}"}', {1: "{0:1}"}),
        ('{1:"\\u00e4\\n\\"","b":"\\ud83d\\ude00"}', {1: 'ä\n"', "b": "😀"}),
        ('{1:"tab\there"}', {1: "tab\there"}),
        ('["tab\there"]', ["tab\there"]),
        ('{1:1,"1":2,1:3,"1":4}', {1: 3, "1": 4}),
        ('{"a":1,"a":2}', {"a": 2}),
        ("{1:-0.5e+3,2:1E2,3:-7}", {1: -500.0, 2: 100.0, 3: -7}),
        ("{1:Infinity,2:-Infinity}", {1: math.inf, 2: -math.inf}),
        (" null ", None),
    ],
)  # fmt: skip
def test_what_servers_may_write(text: str, value: JsonValue) -> None:
    assert loads(text.encode()) == value


@pytest.mark.parametrize("text", [b"NaN", b"[NaN]", b"{0:NaN}"])
def test_not_a_number(text: bytes) -> None:
    value = loads(text)
    while isinstance(value, dict | list):
        value = value[0]
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        (b"", 0, "Expecting value"),
        (b"{", 1, "expected a key"),
        (b"{0", 2, "expected one of :"),
        (b"{0:", 3, "Expecting value"),
        (b"{0:1", 4, "expected one of , }"),
        (b"{0:1,}", 5, "expected a key"),
        (b"{0:1]", 4, "expected one of , }"),
        (b"{0:[1,]}", 6, "Expecting value"),
        (b"{0:01}", 4, "expected one of , }"),
        (b"{a:1}", 1, "expected a key"),
        (b"{0:1}{", 5, "text after the end"),
        (b"[1] x", 4, "text after the end"),
        (b'{"\xc3\xa4":1,0:x}', 10, "Expecting value"),
        (b'{0:"\xc3\xa4\\x"}', 6, "escape"),
        (b'{0:"abc', 3, "Unterminated string"),
        (b'{0:"\xff"}', 4, "UTF-8"),
        (b'{{"a":[]}:1}', 6, "plain value"),
        (b'{{"a":1,2:3}:1}', 8, "name in quotes"),
        (b'{{"a":1:1}', 7, "expected one of , }"),
        (b"\xef\xbb\xbf{}", 0, "Expecting value"),
        (b"9" * 5000, 0, "too many digits"),
        (b"{0:" + b"9" * 5000 + b"}", 3, "too many digits"),
        (b"{" + b"9" * 5000 + b":1}", 1, "too many digits"),
    ],
)
def test_malformed(text: bytes, offset: int, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason) as caught:
        loads(text)
    assert caught.value.offset == offset


def test_nesting_is_bounded_for_both_readers() -> None:
    opening, closing = b'{"a":' * MAX_DEPTH, b"}" * MAX_DEPTH
    assert loads(opening + b"1" + closing) == loads(opening.replace(b'"a"', b'"a" ') + b"1" + closing)
    assert loads(opening.replace(b'"a"', b"0") + b"1" + closing)
    for text in (b"[" + opening + b"1" + closing + b"]", b"{0:" * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1)):
        with pytest.raises(ProtocolError, match=f"deeper than {MAX_DEPTH} levels"):
            loads(text)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b"{0:", b"{{"])
def test_endless_nesting_is_refused_at_once(opening: bytes) -> None:
    with pytest.raises(ProtocolError):
        loads(opening * 300_000)


def test_wide_values_are_no_deep_ones() -> None:
    wide = [{"a": [1, 2]}] * 1000
    assert loads(json.dumps(wide).encode()) == wide


@given(st.binary(max_size=40))
def test_any_bytes_give_a_value_or_an_error(data: bytes) -> None:
    check_any(data)


grammar = st.lists(
    st.sampled_from(
        [b"{", b"}", b"[", b"]", b",", b":", b'"', b'"a"', b"0", b"-1", b"1.5", b"null", b"NaN", b" ", b"\\", b"\xff"]
    ),
    max_size=16,
).map(b"".join)


@settings(max_examples=400)
@given(grammar)
def test_any_tokens_give_a_value_or_an_error(data: bytes) -> None:
    check_any(data)


@given(dialect_values, st.data())
def test_a_broken_text_gives_a_value_or_an_error(value: JsonValue, data: st.DataObject) -> None:
    written = dumps_fastjson(value)
    start = data.draw(st.integers(0, len(written)))
    end = data.draw(st.integers(start, min(start + 3, len(written))))
    check_any(written[:start] + data.draw(st.binary(max_size=3)) + written[end:])


def loaded(data: bytes) -> JsonValue | ProtocolError:
    try:
        return loads(data)
    except ProtocolError as error:
        return error


def check_any(data: bytes) -> None:
    value = loaded(data)
    if isinstance(value, ProtocolError):
        assert value.offset is not None
        assert 0 <= value.offset <= len(data)
        assert value.reason
        return
    try:
        written = dumps_fastjson(value)
    except ProtocolError:  # not a finite number, or half a character
        return
    assert loads(written) == value


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": {1, 2}}, {"a": b""}, {0: object()}])
def test_values_without_a_form_are_refused(value: JsonValue) -> None:
    for dumps in (dumps_json, dumps_fastjson):
        with pytest.raises(ProtocolError, match="cannot be written"):
            dumps(value)


def test_object_keys_have_no_plain_form() -> None:
    with pytest.raises(ProtocolError, match="cannot be written"):
        dumps_json({ObjectKey({"a": 1}): 1})


def test_half_a_character() -> None:
    value = loads(b'"\\ud800"')
    assert loads(dumps_json(value)) == value
    with pytest.raises(ProtocolError, match="cannot be written"):
        dumps_fastjson(value)


def test_endless_values_are_refused() -> None:
    endless: list[JsonValue] = []
    endless.append(endless)
    for dumps in (dumps_json, dumps_fastjson):
        with pytest.raises(ProtocolError, match="cannot be written"):
            dumps(endless)
