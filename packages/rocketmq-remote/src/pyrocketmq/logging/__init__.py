"""Loggers of the library and structured output for applications.

The library logs to children of the logger `pyrocketmq` and is silent unless the application configures logging, in any
way it likes; `configure_logging` is one for those who have none yet.
"""

from pyrocketmq.logging.formatter import StructuredFormatter
from pyrocketmq.logging.setup import configure_logging, get_logger

__all__ = ["StructuredFormatter", "configure_logging", "get_logger"]
