"""`StructuredFormatter`: log records with their `extra=` fields, as text or as JSON."""

from __future__ import annotations

import json as json_codec
import logging
from datetime import UTC, datetime
from typing import Final

_OWN_MEMBERS: Final = ("time", "level", "logger", "message", "traceback")
_OWN_ATTRIBUTES: Final = frozenset(
    (*logging.LogRecord("", 0, "", 0, "", None, None).__dict__, "message", "asctime", "taskName")
)


class StructuredFormatter(logging.Formatter):
    r"""Writes time, level, logger, message, and whatever was passed as `extra=`.

    As text, extra fields follow the message as `key=value`, quoted where they hold blanks, quotes or control
    characters, so that a record without a traceback is always one line.

    Args:
        json: Write one JSON object a line instead. Values that JSON does not know are written as their text. A field
            that has the name of a member that every record may have (`time`, `level`, `logger`, `message`,
            `traceback`) gets an underscore behind its name.

    Example:
        `2026-01-31T12:00:00.123+00:00 INFO shop message sent topic=orders error="no route"`
    """

    def __init__(self, *, json: bool = False) -> None:
        super().__init__()
        self._is_json = json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or lines, of a record."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        extra = {key: value for key, value in record.__dict__.items() if key not in _OWN_ATTRIBUTES}
        message = record.getMessage()
        trace = self._trace(record)
        if self._is_json:
            fields: dict[str, object] = {"time": time, "level": record.levelname, "logger": record.name}
            fields["message"] = message
            fields |= {f"{key}_" if key in _OWN_MEMBERS else key: value for key, value in extra.items()}
            if trace:
                fields["traceback"] = trace
            return _json(fields)
        words = [time, record.levelname, record.name, printable(message)]
        words += [f"{printable(key)}={_quoted(value)}" for key, value in extra.items()]
        return " ".join(words) + (f"\n{trace}" if trace else "")

    def _trace(self, record: logging.LogRecord) -> str:
        parts = [
            self.formatException(record.exc_info) if record.exc_info else record.exc_text or "",
            self.formatStack(record.stack_info) if record.stack_info else "",
        ]
        return "\n".join(filter(None, parts))


def _json(fields: dict[str, object]) -> str:
    try:
        return json_codec.dumps(fields, ensure_ascii=False, allow_nan=False, default=str)
    except (TypeError, ValueError, RecursionError):
        # Somewhere inside a value: keys that JSON does not have, a number that is none, or the value itself.
        return json_codec.dumps({key: _known_to_json(value) for key, value in fields.items()}, ensure_ascii=False)


def _known_to_json(value: object) -> object:
    try:
        json_codec.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return str(value)
    return value


def printable(text: str) -> str:
    """Return a text with escapes for line ends, and for whatever else a terminal could take as a command."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _quoted(value: object) -> str:
    text = str(value)
    if text and text.isprintable() and not any(character in ' "=' for character in text):
        return text
    return printable(json_codec.dumps(text, ensure_ascii=False))
