"""Getting loggers, and sending their records somewhere."""

from __future__ import annotations

import logging
import sys
from typing import Final, TextIO

from pyrocketmq.logging.formatter import StructuredFormatter

_LIBRARY: Final = "pyrocketmq"

# Without a handler of its own, the library's warnings would go to stderr where nothing is configured.
logging.getLogger(_LIBRARY).addHandler(logging.NullHandler())


def get_logger(name: str) -> logging.Logger:
    """Return the standard logger of this name; `__name__` is a good one.

    Example:
        ```python
        logger = get_logger(__name__)
        logger.info("message sent", extra={"topic": "orders", "queue_id": 0})
        ```
    """
    return logging.getLogger(name)


class _ConsoleHandler(logging.StreamHandler[TextIO]):
    """The handler that `configure_logging` has added; its type tells it from the application's own."""


def configure_logging(level: int | str = logging.INFO, *, json: bool = False, stream: TextIO | None = None) -> None:
    """Write the records of all loggers to a stream, with their `extra=` fields. For applications, not for libraries.

    May be called again to change the settings; other handlers are left alone.

    Args:
        level: Least level of records that are written, as a number or a name.
        json: Write one JSON object a line instead of text with `key=value` fields.
        stream: Where to write; `sys.stderr` by default.

    Raises:
        ValueError: there is no such level.
    """
    root = logging.getLogger()
    root.setLevel(level)
    for handler in [handler for handler in root.handlers if isinstance(handler, _ConsoleHandler)]:
        root.removeHandler(handler)
    handler = _ConsoleHandler(stream if stream is not None else sys.stderr)
    handler.setFormatter(StructuredFormatter(json=json))
    root.addHandler(handler)
