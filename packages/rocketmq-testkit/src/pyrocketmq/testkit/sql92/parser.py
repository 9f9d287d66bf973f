"""From text to a condition on properties, by recursive descent.

The grammar, loosest binding first: `OR`; `AND`; `=`, `<>`, `IS [NOT] NULL`; the other comparisons, `[NOT] BETWEEN`,
`[NOT] IN` and the text tests of 5.x; `NOT`, `+`, `-`; constants, properties and parentheses. Like the real parser it
stops at the end of the first whole expression and ignores what follows: `a CONTAINS 'b'` is `a` where that keyword is
not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from pyrocketmq.testkit.sql92 import expressions
from pyrocketmq.testkit.sql92.expressions import Expression
from pyrocketmq.testkit.sql92.lexer import STRING_KEYWORDS, SqlError, tokens_of

Matches: TypeAlias = Callable[[Mapping[str, str]], bool]


def compile_sql(expression: str, *, has_string_keywords: bool) -> Matches:
    """Return whether properties satisfy an expression, as a function.

    Args:
        expression: The expression.
        has_string_keywords: Whether `CONTAINS`, `STARTSWITH` and `ENDSWITH` are known, as on 5.x.

    Raises:
        SqlError: it does not compile.
    """
    evaluate = _Parser(expression, has_string_keywords=has_string_keywords).parse().evaluate
    return lambda properties: evaluate(properties) is True


_KINDS: Final = {"name": "<ID>", "number": "<DECIMAL_LITERAL>", "string": "<STRING_LITERAL>"}


class _Parser:
    def __init__(self, expression: str, *, has_string_keywords: bool) -> None:
        self._tokens = tokens_of(expression, has_string_keywords=has_string_keywords)
        self._at = 0

    def parse(self) -> Expression:
        return expressions.as_condition(self._or())

    def _or(self) -> Expression:
        left = self._and()
        while self._take("OR"):
            left = expressions.either(left, self._and())
        return left

    def _and(self) -> Expression:
        left = self._equality()
        while self._take("AND"):
            left = expressions.both(left, self._equality())
        return left

    def _equality(self) -> Expression:
        left = self._comparison()
        while True:
            if self._take("="):
                left = expressions.equal(left, self._comparison())
            elif self._take("<>"):
                left = expressions.negated(expressions.equal(left, self._comparison()))
            elif self._take("IS"):
                is_negated = self._take("NOT")
                self._expect("NULL")
                left = expressions.is_null(left)
                left = expressions.negated(left) if is_negated else left
            else:
                return left

    def _comparison(self) -> Expression:
        left = self._unary()
        while True:
            symbol = self._take_any(">", ">=", "<", "<=")
            if symbol:
                left = expressions.ordered(symbol, left, self._unary())
            elif self._take("BETWEEN"):
                left = self._between(left)
            elif self._take("IN"):
                left = expressions.contained_in(left, self._texts())
            elif keyword := self._take_any(*STRING_KEYWORDS):
                left = expressions.text_test(keyword, left, self._text())
            elif self._is_at("NOT") and self._next_is("BETWEEN", "IN", *STRING_KEYWORDS):
                left = self._negated_comparison(left)
            else:
                return left

    def _negated_comparison(self, left: Expression) -> Expression:
        self._expect("NOT")
        if self._take("BETWEEN"):
            return expressions.negated(self._between(left))
        if self._take("IN"):
            return expressions.negated(expressions.contained_in(left, self._texts()))
        keyword = self._take_any(*STRING_KEYWORDS)
        return expressions.negated(expressions.text_test(keyword, left, self._text()))

    def _between(self, value: Expression) -> Expression:
        low = self._unary()
        self._expect("AND")
        return expressions.between(value, low, self._unary())

    def _texts(self) -> list[str]:
        self._expect("(")
        texts = [self._text()]
        while self._take(","):
            texts.append(self._text())
        self._expect(")")
        return texts

    def _text(self) -> str:
        token = self._tokens[self._at]
        if token.kind != "string":
            raise self._error()
        self._at += 1
        return token.text

    def _unary(self) -> Expression:
        if self._take("NOT"):
            return expressions.negated(self._unary())
        if self._take("+"):
            return self._unary()
        if self._take("-"):
            return expressions.minus(self._unary())
        return self._primary()

    def _primary(self) -> Expression:
        if self._take("("):
            inner = self._or()
            self._expect(")")
            return inner
        for keyword, value in (("TRUE", True), ("FALSE", False), ("NULL", None)):
            if self._take(keyword):
                return expressions.constant(value)
        token = self._tokens[self._at]
        if token.kind == "string":
            made = expressions.constant(token.text)
        elif token.kind == "number":
            made = expressions.constant(_number(token.text))
        elif token.kind == "name":
            made = expressions.property_named(token.text)
        else:
            raise self._error()
        self._at += 1
        return made

    def _is_at(self, text: str) -> bool:
        token = self._tokens[self._at]
        return token.kind in ("keyword", "symbol") and token.text == text

    def _next_is(self, *texts: str) -> bool:
        token = self._tokens[self._at + 1]
        return token.kind == "keyword" and token.text in texts

    def _take(self, text: str) -> bool:
        taken = self._is_at(text)
        self._at += taken
        return taken

    def _take_any(self, *texts: str) -> str:
        return next((text for text in texts if self._take(text)), "")

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._error()

    def _error(self) -> SqlError:
        token = self._tokens[self._at]
        if token.kind != "end":
            kind = _KINDS.get(token.kind, f'"{token.text}"')
            return SqlError(f'Encountered " {kind} "{token.text} "" at line 1, column {token.position + 1}.')
        last = self._tokens[-2] if len(self._tokens) > 1 else None
        place = "line 0, column 0" if last is None else f"line 1, column {last.position + len(last.text)}"
        return SqlError(f'Encountered "<EOF>" at {place}.')


def _number(text: str) -> int | float:
    digits = text.rstrip("lL")
    return int(digits) if digits.isdigit() else float(digits)
