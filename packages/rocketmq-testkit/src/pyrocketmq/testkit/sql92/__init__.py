"""Filter expressions over message properties, as brokers understand them."""

from pyrocketmq.testkit.sql92.lexer import SqlError
from pyrocketmq.testkit.sql92.parser import compile_sql

__all__ = ["SqlError", "compile_sql"]
