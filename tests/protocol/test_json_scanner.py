"""The two parsers of JSON headers."""

from __future__ import annotations

import importlib
import json
import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model.header_encoding import json_scanner

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def strict_loads(text: str) -> Any:
    """Parse like `orjson`, which knows neither NaN nor halves of characters."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    text.encode()
    return json.loads(text, parse_constant=refuse)


scan_with_strict = json_scanner.scan_with(strict_loads)


@given(values, st.booleans())
def test_values(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert json_scanner.scan(text, 0) == (value, len(text))
    assert scan_with_strict(text, 0) == (value, len(text))


@given(st.text(max_size=12) | st.text('{}[]",:01-.e nula', max_size=12))
def test_any_text(text: str) -> None:
    assert outcome(json_scanner.scan, text) == outcome(scan_with_strict, text) or text != text.strip()


def outcome(scan: Any, text: str) -> tuple[Any, int] | None:
    try:
        value, end = scan(text, 0)
    except (ValueError, StopIteration):
        return None
    return (value, end) if end == len(text) else None


@pytest.mark.parametrize("text", ["NaN", "-Infinity", '"\\ud800"', "[1]x", "1e999"])
def test_what_one_refuses_is_left_to_the_other(text: str) -> None:
    expected, end = json.JSONDecoder().raw_decode(text)
    value, found = scan_with_strict(text, 0)
    assert (repr(value), found) == (repr(expected), end)


def reload(monkeypatch: pytest.MonkeyPatch, orjson: ModuleType | None, pure: str | None) -> ModuleType:
    """Import the module anew, as if `orjson` and the environment were these."""
    monkeypatch.setitem(sys.modules, "orjson", orjson)
    if pure is None:
        monkeypatch.delenv("PYROCKETMQ_PURE", raising=False)
    else:
        monkeypatch.setenv("PYROCKETMQ_PURE", pure)
    spec = importlib.util.find_spec("pyrocketmq.model.header_encoding.json_scanner")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("pure", "is_used"), [(None, True), ("", True), ("0", True), ("1", False), ("yes", False)])
def test_the_environment_decides(pure: str | None, is_used: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    orjson = ModuleType("orjson")
    orjson.loads = lambda text: "parsed by orjson"  # type: ignore[attr-defined]  # a module made here
    scan = reload(monkeypatch, orjson, pure).scan
    assert scan("{}", 0)[0] == ("parsed by orjson" if is_used else {})


def test_without_orjson_the_standard_library_parses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reload(monkeypatch, None, None).scan('{"a":1}', 0) == ({"a": 1}, 7)
