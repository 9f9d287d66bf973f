"""Settings from the process environment: `ROCKETMQ_BROKER_*`."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

PREFIX = "ROCKETMQ_BROKER_"


class Variable(Generic[T]):
    """One environment variable.

    Args:
        name: Its name without the common prefix.
        parse: Text to value; raises `ValueError`.
        accepted: What is accepted, for the error message.
    """

    __slots__ = ("accepted", "name", "parse")

    def __init__(self, name: str, parse: Callable[[str], T], accepted: str) -> None:
        self.name = PREFIX + name
        self.parse = parse
        self.accepted = accepted

    def read(self, environment: Mapping[str, str] | None = None) -> T | None:
        """Return the variable's value; `None` if it is unset or empty.

        Raises:
            ValueError: the value is not accepted. The message names variable, value and what is accepted.
        """
        text = (os.environ if environment is None else environment).get(self.name, "").strip()
        if not text:
            return None
        try:
            return self.parse(text)
        except ValueError as error:
            raise ValueError(f"{self.name}={text!r}: expected {self.accepted}") from error


def settings(
    variables: Mapping[str, Variable[Any]],  # every setting has a type of its own
    given: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what was given, and what the environment says about the rest.

    Args:
        variables: The variable of each setting, by the setting's name.
        given: Settings that were given as arguments; they win, whatever their value, and their variables are not read.
        environment: Stands for `os.environ`.

    Raises:
        ValueError: a variable's value is not accepted.
    """
    found = dict(given)
    for name, variable in variables.items():
        if name not in given:
            value = variable.read(environment)
            if value is not None:
                found[name] = value
    return found


def seconds(name: str) -> Variable[float]:
    """Declare a variable that holds a time span in seconds."""
    return Variable(name, _parse_seconds, "a number of seconds above 0")


def count(name: str) -> Variable[int]:
    """Declare a variable that holds a whole number above 0."""
    return Variable(name, _parse_count, "a whole number above 0")


def switch(name: str) -> Variable[bool]:
    """Declare a variable that turns something on or off."""
    return Variable(name, _parse_switch, "one of true, false, yes, no, on, off, 1, 0")


def text(name: str) -> Variable[str]:
    """Declare a variable that holds any text."""
    return Variable(name, str, "a text")


def _parse_seconds(value: str) -> float:
    number = float(value)
    if not 0 < number < math.inf:
        raise ValueError(value)
    return number


def _parse_count(value: str) -> int:
    number = int(value)
    if number <= 0:
        raise ValueError(value)
    return number


def _parse_switch(value: str) -> bool:
    if value.lower() in ("true", "yes", "on", "1"):
        return True
    if value.lower() in ("false", "no", "off", "0"):
        return False
    raise ValueError(value)
