"""Delay levels and timers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model.delay import (
    DEFAULT_DELAY_LEVELS,
    DELAY_SECONDS,
    delivery_properties,
    delivery_time,
    level_of_seconds,
    parse_delay_levels,
    seconds_of_level,
)
from pyrocketmq.model.errors import ProtocolError

NOW = 1_795_399_314_197


def test_default_levels() -> None:
    assert parse_delay_levels(DEFAULT_DELAY_LEVELS) == DELAY_SECONDS
    assert DELAY_SECONDS == (1, 5, 10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200)


def test_levels_of_a_broker() -> None:
    assert parse_delay_levels(" 10s  2m 3h\n1d ") == (10, 120, 10_800, 86_400)
    assert parse_delay_levels("") == ()


@pytest.mark.parametrize("text", ["1", "s", "1x", "1.5s", "-1s", "+1s", "1s,2s", "١s", "1S"])
def test_levels_that_do_not_parse(text: str) -> None:
    with pytest.raises(ProtocolError, match="delay level"):
        parse_delay_levels(text)


@given(st.text(max_size=12))
def test_any_text_gives_levels_or_an_error(text: str) -> None:
    try:
        levels = parse_delay_levels(text)
    except ProtocolError:
        return
    assert all(level >= 0 for level in levels)


@pytest.mark.parametrize(("level", "seconds"), [(-1, 0), (0, 0), (1, 1), (3, 10), (18, 7200), (19, 7200), (1000, 7200)])
def test_seconds_of_a_level(level: int, seconds: int) -> None:
    assert seconds_of_level(level) == seconds


@pytest.mark.parametrize(
    ("seconds", "level"), [(-1, 0), (0, 0), (0.1, 1), (1, 1), (1.5, 2), (8, 3), (600, 14), (601, 15), (7200, 18)]
)
def test_level_of_seconds(seconds: float, level: int) -> None:
    assert level_of_seconds(seconds) == level


def test_levels_in_any_order() -> None:
    assert level_of_seconds(6, (60, 5, 10)) == 3
    assert seconds_of_level(5, (60, 5, 10)) == 10
    assert seconds_of_level(1, ()) == 0


def test_no_level_is_long_enough() -> None:
    with pytest.raises(ValueError, match="no delay level reaches 7201 seconds, the longest is 7200"):
        level_of_seconds(7201)
    with pytest.raises(ValueError, match="the longest is 0"):
        level_of_seconds(1, ())


@given(st.integers(1, 18))
def test_a_level_is_that_of_its_seconds(level: int) -> None:
    assert level_of_seconds(seconds_of_level(level)) == level


@pytest.mark.parametrize(
    ("options", "properties"),
    [
        ({}, {}),
        ({"delay_level": 0}, {}),
        ({"delay_level": 18}, {"DELAY": "18"}),
        ({"deliver_after": 0}, {"TIMER_DELAY_MS": "0"}),
        ({"deliver_after": 1.2345}, {"TIMER_DELAY_MS": "1234"}),
        ({"deliver_at": NOW}, {"TIMER_DELIVER_MS": str(NOW)}),
        ({"deliver_at": datetime(2026, 11, 23, tzinfo=UTC)}, {"TIMER_DELIVER_MS": "1795392000000"}),
    ],
)
def test_properties(options: dict[str, Any], properties: dict[str, str]) -> None:
    assert delivery_properties(**options) == properties


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"delay_level": -1}, "delay_level -1"),
        ({"delay_level": 19}, "delay_level 19"),
        ({"delay_level": 0, "deliver_after": 1}, "one of"),
        ({"deliver_at": NOW, "deliver_after": 1}, "one of"),
        ({"deliver_after": -0.1}, "past"),
        ({"deliver_after": float("inf")}, "no time"),
        ({"deliver_after": float("nan")}, "no time"),
        ({"deliver_at": datetime(2026, 11, 23)}, "time zone"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        delivery_properties(**options)


@pytest.mark.parametrize(
    ("properties", "time"),
    [
        ({}, None),
        ({"DELAY": "0"}, None),
        ({"DELAY": "3"}, NOW + 10_000),
        ({"DELAY": "99"}, NOW + 7_200_000),
        ({"TIMER_DELAY_SEC": "2"}, NOW + 2_000),
        ({"TIMER_DELAY_MS": "2500"}, NOW + 2_500),
        ({"TIMER_DELIVER_MS": "17"}, 17),
        ({"DELAY": "1", "TIMER_DELAY_SEC": "9"}, NOW + 1_000),
        ({"DELAY": "0", "TIMER_DELAY_SEC": "9"}, NOW + 9_000),
        ({"TIMER_DELIVER_MS": "17", "TIMER_DELAY_MS": "1", "TIMER_DELAY_SEC": "2"}, NOW + 2_000),
    ],
)
def test_what_a_broker_makes_of_properties(properties: dict[str, str], time: int | None) -> None:
    assert delivery_time(properties, NOW) == time


def test_properties_without_a_number() -> None:
    with pytest.raises(ProtocolError, match="property TIMER_DELAY_MS holds 'soon'"):
        delivery_time({"TIMER_DELAY_MS": "soon"}, NOW)


@given(st.floats(0, 3 * 86_400))
def test_delays_arrive(seconds: float) -> None:
    time = delivery_time(delivery_properties(deliver_after=seconds), NOW)
    assert time is not None
    assert abs(time - NOW - seconds * 1000) <= 0.5


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_times_arrive(moment: datetime) -> None:
    time = delivery_time(delivery_properties(deliver_at=moment), NOW)
    assert time is not None
    assert abs(datetime.fromtimestamp(time / 1000, UTC) - moment) <= timedelta(milliseconds=1)
