"""Filter expressions."""

from __future__ import annotations

import pytest

from pyrocketmq.testkit.sql92 import SqlError, compile_sql

PROPERTIES = {"a": "5", "b": "abc", "yes": "True", "TAGS": "x", "quote": "it's"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a = 5", True),
        ("a = 5.0", True),
        ("a <> 5", False),
        ("a > 4 AND a >= 5 AND a < 6 AND a <= 5", True),
        ("5 < a", False),
        ("a = '5'", True),
        ("a > -1", True),
        ("a < +6", True),
        ("a = 5L AND a < 1e1 AND a > .5", True),
        ("b > 1", False),
        ("b = 1", False),
        ("a BETWEEN 1 AND 5", True),
        ("a NOT BETWEEN 1 AND 5", False),
        ("b IN ('x', 'abc')", True),
        ("b NOT IN ('x', 'abc')", False),
        ("none IN ('x')", False),
        ("none NOT IN ('x')", False),
        ("none IS NULL", True),
        ("a IS NOT NULL", True),
        ("none = 1 OR a = 5", True),
        ("none = 1 OR a = 6", False),
        ("none > 1", False),
        ("NOT (none > 1)", False),
        ("NOT (a = 6)", True),
        ("NOT (a = 6 OR b = 'x')", True),
        ("a = 6 OR b = 'abc' AND TAGS = 'x'", True),
        ("(a = 5 OR b = 'x') AND TAGS = 'y'", False),
        ("yes = TRUE", True),
        ("b = TRUE", False),
        ("yes", False),
        ("none", False),
        ("TRUE", True),
        ("FALSE OR TRUE", True),
        ("TRUE = TRUE", True),
        ("quote = 'it''s'", True),
        ("b CONTAINS 'b'", True),
        ("b NOT CONTAINS 'b'", False),
        ("b STARTSWITH 'ab' AND b ENDSWITH 'bc'", True),
        ("none CONTAINS 'b'", False),
        ("a is not null and B is null", True),
    ],
)
def test_conditions(expression: str, expected: bool) -> None:
    assert compile_sql(expression, has_string_keywords=True)(PROPERTIES) is expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", 'Encountered "<EOF>" at line 0, column 0'),
        ("a >>> 10", 'Encountered " ">" "> "" at line 1, column 4'),
        ("a >", 'Encountered "<EOF>"'),
        ("(a = 1", 'Encountered "<EOF>"'),
        ("a ! 1", "Lexical error at line 1, column 3"),
        ("a > 'x'", "Value 'x' cannot be compared"),
        ("a > TRUE", "Value 'True' cannot be compared"),
        ("(a = 1) > 2", "cannot be compared"),
        ("a = NULL", "'NULL' cannot be compared"),
        ("a BETWEEN 5 AND 1", "Illegal values of between"),
        ("a IN (1)", "<DECIMAL_LITERAL>"),
        ("1 IN ('1')", "Expect a property before IN"),
        ("a CONTAINS b", "<ID>"),
        ("-'x' = 1", "Expect a number"),
        ("5", "boolean value"),
        ("'x' OR TRUE", "boolean value"),
        ("a IS 5", "<DECIMAL_LITERAL>"),
        ("NOT a > 1", "cannot be compared"),
    ],
)
def test_what_does_not_compile(expression: str, reason: str) -> None:
    with pytest.raises(SqlError) as caught:
        compile_sql(expression, has_string_keywords=True)
    assert reason in str(caught.value)


def test_what_follows_a_whole_expression_is_ignored() -> None:
    """So that on 4.9, which does not know the keyword, `a CONTAINS 'b'` is `a`, which is never true."""
    assert compile_sql("b = 'abc' nonsense", has_string_keywords=True)(PROPERTIES) is True
    assert compile_sql("b CONTAINS 'b'", has_string_keywords=False)(PROPERTIES) is False
