"""Which messages a subscription wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from pyrocketmq.model.subscription import ALL, SQL92, parse_tags, tag_hash
from pyrocketmq.testkit.sql92 import SqlError, compile_sql
from pyrocketmq.testkit.store.messages import StoredMessage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.testkit.version import Profile

MessageFilter: TypeAlias = Callable[[StoredMessage], bool]


def tag_filter(codes: Iterable[int]) -> MessageFilter:
    """Return a filter for messages whose tag has one of these hashes; servers compare nothing else."""
    wanted = frozenset(codes)
    return lambda message: message.tags_code in wanted


def filter_of_tags(expression: str | None) -> MessageFilter | None:
    """Return the filter for a tag expression, `None` where it wants all."""
    tags = parse_tags(expression)
    return tag_filter(map(tag_hash, tags)) if tags else None


def filter_of_codes(expression: str, codes: list[int]) -> MessageFilter | None:
    """Return the filter for a registered tag subscription: its codes decide unless it wants all."""
    return None if expression == ALL else tag_filter(codes)


def filter_of_sql(expression_type: str, expression: str, profile: Profile) -> MessageFilter:
    """Return the filter for an expression over properties.

    Raises:
        SqlError: it does not compile, or is of an unknown type.
    """
    if expression_type != SQL92:
        raise SqlError(f"unknown expression type {expression_type}")
    matches = compile_sql(expression, has_string_keywords=profile.has_string_functions)
    return lambda message: matches(message.properties)
