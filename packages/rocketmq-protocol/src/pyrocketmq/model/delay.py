"""Delayed delivery: the levels of every broker, and the timers of 5.x.

A level is a number of the broker's own table, its setting `messageDelayLevel`. A timer is a delay or a time; brokers
keep it to the second. Where a message has both, the level counts.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.properties import PropertyName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

DEFAULT_DELAY_LEVELS: Final = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h"
"""The setting `messageDelayLevel` as brokers have it by default."""

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_delay_levels(text: str) -> tuple[int, ...]:
    """Return the seconds of each level of a broker's setting `messageDelayLevel`, level 1 first.

    Raises:
        ProtocolError: a level is not a number followed by s, m, h or d.

    Example:
        >>> parse_delay_levels("1s 5m 2h")
        (1, 300, 7200)
    """
    return tuple([_seconds_of(level) for level in text.split()])


def _seconds_of(level: str) -> int:
    number, unit = level[:-1], level[-1]
    if unit not in _UNITS or not (number.isascii() and number.isdecimal()):
        raise ProtocolError(f"delay level {level!r} is not a number followed by s, m, h or d")
    return int(number) * _UNITS[unit]


DELAY_SECONDS: Final = parse_delay_levels(DEFAULT_DELAY_LEVELS)
"""Seconds of each level as brokers are set by default, level 1 first."""

MAX_DELAY_LEVEL: Final = len(DELAY_SECONDS)


def seconds_of_level(level: int, levels: Sequence[int] = DELAY_SECONDS) -> int:
    """Return how long a level delays, in seconds: 0 for level 0, and for levels beyond the table that of the last.

    Example:
        >>> seconds_of_level(3)
        10
    """
    return levels[min(level, len(levels)) - 1] if level > 0 and levels else 0


def level_of_seconds(seconds: float, levels: Sequence[int] = DELAY_SECONDS) -> int:
    """Return the level with the shortest delay that is not shorter than so many seconds; 0 for no delay.

    Raises:
        ValueError: no level delays that long.

    Example:
        >>> level_of_seconds(8)
        3
    """
    if seconds <= 0:
        return 0
    enough = [level for level, delay in enumerate(levels, 1) if delay >= seconds]
    if not enough:
        raise ValueError(f"no delay level reaches {seconds} seconds, the longest is {max(levels, default=0)}")
    return min(enough, key=lambda level: levels[level - 1])


def delivery_properties(
    *,
    delay_level: int | None = None,
    deliver_at: datetime | int | None = None,
    deliver_after: float | None = None,
) -> dict[str, str]:
    """Return the property that delays a message; none where it is not delayed.

    Args:
        delay_level: A level of the broker's table: 1 (1 s) to 18 (2 h) by default, 0 for none.
        deliver_at: A time with a zone, or milliseconds since the epoch (5.x). A time in the past means at once.
        deliver_after: A delay in seconds (5.x), at most three days as brokers are set by default.

    Raises:
        ValueError: several are given, or one has a value that it cannot have.

    Example:
        >>> delivery_properties(deliver_after=1.5)
        {'TIMER_DELAY_MS': '1500'}
    """
    if [delay_level, deliver_at, deliver_after].count(None) < 2:
        raise ValueError("give one of delay_level, deliver_at and deliver_after, not several")
    if delay_level is not None:
        if not 0 <= delay_level <= MAX_DELAY_LEVEL:
            raise ValueError(f"delay_level {delay_level} is not within 0 (none) to {MAX_DELAY_LEVEL}")
        return {PropertyName.DELAY: str(delay_level)} if delay_level else {}
    if deliver_after is not None:
        if not 0 <= deliver_after < inf:
            raise ValueError(f"deliver_after {deliver_after} lies in the past, or is no time at all")
        return {PropertyName.TIMER_DELAY_MS: str(round(deliver_after * 1000))}
    if deliver_at is not None:
        return {PropertyName.TIMER_DELIVER_MS: str(_milliseconds_of(deliver_at))}
    return {}


def _milliseconds_of(time: datetime | int) -> int:
    if isinstance(time, int):
        return time
    if time.tzinfo is None:
        raise ValueError("deliver_at needs a time zone; without one it means another moment on every machine")
    return round(time.timestamp() * 1000)


def delivery_time(properties: Mapping[str, str], now: int, levels: Sequence[int] = DELAY_SECONDS) -> int | None:
    """Return when the properties of a message ask for its delivery, as a broker reads them.

    Args:
        properties: The properties of a message that was sent.
        now: The broker's time, in milliseconds since the epoch.
        levels: Seconds of each level, level 1 first.

    Returns:
        Milliseconds since the epoch, or `None` for at once. Brokers round timers to seconds.

    Raises:
        ProtocolError: a property holds no number.
    """
    level = _number(properties, PropertyName.DELAY)
    if level is not None and level > 0:
        return now + 1000 * seconds_of_level(level, levels)
    seconds = _number(properties, PropertyName.TIMER_DELAY_SEC)
    if seconds is not None:
        return now + 1000 * seconds
    milliseconds = _number(properties, PropertyName.TIMER_DELAY_MS)
    if milliseconds is not None:
        return now + milliseconds
    return _number(properties, PropertyName.TIMER_DELIVER_MS)


def _number(properties: Mapping[str, str], name: str) -> int | None:
    text = properties.get(name)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise ProtocolError(f"property {name} holds {text!r:.80}, expected a number") from error
