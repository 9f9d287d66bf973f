"""What the parts of an expression come to, for one message.

Values are texts (properties and string constants), numbers, booleans, and `None` for a property that is not there.
`None` goes through comparisons and `NOT`, so that a missing property satisfies neither a condition nor its opposite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from pyrocketmq.testkit.sql92.lexer import SqlError

Value: TypeAlias = "str | int | float | bool | None"
Evaluate: TypeAlias = Callable[[Mapping[str, str]], Value]


class Expression(NamedTuple):
    """A part of an expression.

    Attributes:
        evaluate: Its value for the properties of a message.
        kind: `constant`, `property` or `condition`.
        constant: The value of a constant.
    """

    evaluate: Evaluate
    kind: str
    constant: Value = None


def constant(value: Value) -> Expression:
    """Return a constant."""

    def run(properties: Mapping[str, str]) -> Value:
        return value

    return Expression(run, "constant", value)


def property_named(name: str) -> Expression:
    """Return a property of the message."""

    def run(properties: Mapping[str, str]) -> Value:
        return properties.get(name)

    return Expression(run, "property")


def condition(evaluate: Evaluate) -> Expression:
    """Return something that is true or false."""
    return Expression(evaluate, "condition")


def as_condition(expression: Expression) -> Expression:
    """Return an expression where a condition is needed.

    Raises:
        SqlError: it is none. A property is one; being a text it is never true.
    """
    if expression.kind == "condition" or isinstance(expression.constant, bool):
        return expression
    if expression.kind == "property":
        return condition(lambda properties: None if expression.evaluate(properties) is None else False)
    raise SqlError(f"Expression will not result in a boolean value: {expression.constant!r}")


def negated(expression: Expression) -> Expression:
    """Return the opposite of a condition."""
    evaluate = as_condition(expression).evaluate

    def run(properties: Mapping[str, str]) -> Value:
        value = evaluate(properties)
        return None if value is None else not value

    return condition(run)


def either(left: Expression, right: Expression) -> Expression:
    """Return whether one of two conditions holds."""
    first, second = as_condition(left).evaluate, as_condition(right).evaluate
    return condition(lambda properties: True if first(properties) else second(properties))


def both(left: Expression, right: Expression) -> Expression:
    """Return whether two conditions hold."""
    first, second = as_condition(left).evaluate, as_condition(right).evaluate

    def run(properties: Mapping[str, str]) -> Value:
        value = first(properties)
        return second(properties) if value else value

    return condition(run)


def equal(left: Expression, right: Expression) -> Expression:
    """Return whether two values are equal.

    Raises:
        SqlError: one of them is NULL.
    """
    for side in (left, right):
        if side.kind == "constant" and side.constant is None:
            raise SqlError("'NULL' cannot be compared.")
    return _comparison(left, right, lambda difference: difference == 0)


_ORDERS: Final[dict[str, Callable[[int], bool]]] = {
    ">": lambda difference: difference > 0,
    ">=": lambda difference: difference >= 0,
    "<": lambda difference: difference < 0,
    "<=": lambda difference: difference <= 0,
}


def ordered(symbol: str, left: Expression, right: Expression) -> Expression:
    """Return whether two values are in an order.

    Raises:
        SqlError: one of them is a constant other than a number, or a condition.
    """
    for side in (left, right):
        is_number = isinstance(side.constant, int | float) and not isinstance(side.constant, bool)
        if side.kind == "condition" or (side.kind == "constant" and not is_number):
            raise SqlError(f"Value '{side.constant}' cannot be compared.")
    return _comparison(left, right, _ORDERS[symbol])


def between(value: Expression, low: Expression, high: Expression) -> Expression:
    """Return whether a value lies between two others, or is one of them.

    Raises:
        SqlError: they cannot be compared, or are the wrong way round.
    """
    if (
        isinstance(low.constant, int | float)
        and isinstance(high.constant, int | float)
        and low.constant > high.constant
    ):
        raise SqlError(f"Illegal values of between, left value({low.constant}) must less than {high.constant}")
    return both(ordered(">=", value, low), ordered("<=", value, high))


def contained_in(value: Expression, texts: list[str]) -> Expression:
    """Return whether a property is one of several texts.

    Raises:
        SqlError: the value is no property.
    """
    if value.kind != "property":
        raise SqlError("Expect a property before IN")
    choices = frozenset(texts)

    def run(properties: Mapping[str, str]) -> Value:
        text = value.evaluate(properties)
        return None if text is None else text in choices

    return condition(run)


_TEXT_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "CONTAINS": lambda text, part: part in text,
    "STARTSWITH": str.startswith,
    "ENDSWITH": str.endswith,
}


def text_test(keyword: str, value: Expression, part: str) -> Expression:
    """Return whether a text contains, starts with or ends with another."""
    test = _TEXT_TESTS[keyword]

    def run(properties: Mapping[str, str]) -> Value:
        text = value.evaluate(properties)
        return isinstance(text, str) and bool(part) and test(text, part)

    return condition(run)


def is_null(value: Expression) -> Expression:
    """Return whether there is no value."""
    return condition(lambda properties: value.evaluate(properties) is None)


def minus(value: Expression) -> Expression:
    """Return a number with the other sign.

    Raises:
        SqlError: the value is no number.
    """
    if isinstance(value.constant, bool) or not isinstance(value.constant, int | float):
        raise SqlError("Expect a number after -")
    return constant(-value.constant)


def _comparison(left: Expression, right: Expression, holds: Callable[[int], bool]) -> Expression:
    def run(properties: Mapping[str, str]) -> Value:
        one, other = left.evaluate(properties), right.evaluate(properties)
        if one is None or other is None:
            return None
        difference = _compared(one, other)
        return difference is not None and holds(difference)

    return condition(run)


def _compared(left: str | float, right: str | float) -> int | None:
    """Return how two values compare, as a negative number, zero or a positive one; `None` where they do not.

    A text is turned into what the other side is.
    """
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    convert = _as_boolean if isinstance(left, bool) or isinstance(right, bool) else _as_number
    one, other = convert(left), convert(right)
    if one is None or other is None:
        return None
    return (one > other) - (one < other)


def _as_boolean(value: str | float) -> float | None:
    if isinstance(value, str):
        return value.lower() == "true"
    return value if isinstance(value, bool) else None


def _as_number(value: str | float) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
