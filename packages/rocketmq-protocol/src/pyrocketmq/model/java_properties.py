"""Java's text form of settings, as `java.util.Properties` defines it."""

from __future__ import annotations

import re
from typing import Final

_BLANKS: Final = " \t\f"
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_SETTING = re.compile(r"((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)", re.DOTALL)
_ESCAPE = re.compile(r"((?:\\u[0-9A-Fa-f]{4})+)|\\(.)", re.DOTALL)
_CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_UNSAFE = re.compile(r"[\\\t\n\r\f]|^ |[^\t\n\r\f -~]+")
_UNSAFE_IN_NAME = re.compile(r"[\\\t\n\r\f =:#!]|[^\t\n\r\f -~]+")
_ESCAPES: Final = {control: f"\\{letter}" for letter, control in _CONTROLS.items()}


def parse_java_properties(text: str) -> dict[str, str]:
    r"""Read settings; of several with the same name the last one counts.

    Example:
        >>> parse_java_properties("# comment\nmaxMessageSize = 4194304\n")
        {'maxMessageSize': '4194304'}
    """
    settings: dict[str, str] = {}
    lines = iter(_LINE_ENDS.split(text))
    for start in lines:
        line = start.lstrip(_BLANKS)
        if not line or line[0] in "#!":
            continue
        parts = [line]
        while _is_continued(parts[-1]):
            parts[-1] = parts[-1][:-1]
            parts.append(next(lines, "").lstrip(_BLANKS))
        setting = _SETTING.fullmatch("".join(parts))
        if setting is not None:
            settings[_unescape(setting[1])] = _unescape(setting[2])
    return settings


def format_java_properties(settings: dict[str, str]) -> str:
    """Write settings; the text is plain ASCII, a line each."""
    return "".join(
        [f"{_UNSAFE_IN_NAME.sub(_escape, name)}={_UNSAFE.sub(_escape, value)}\n" for name, value in settings.items()]
    )


def _is_continued(line: str) -> bool:
    """Whether a line ends in a backslash that is not itself escaped."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _unescape(text: str) -> str:
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    units, character = match.groups()
    if units:
        return bytes.fromhex(units.replace("\\u", "")).decode("utf-16-be", "surrogatepass")
    return _CONTROLS.get(character, character)


def _escape(match: re.Match[str]) -> str:
    text = match[0]
    if " " <= text <= "~" or text in _ESCAPES:
        return _ESCAPES.get(text, f"\\{text}")
    units = text.encode("utf-16-be", "surrogatepass").hex(" ", 2).split()
    return "".join([f"\\u{unit}" for unit in units])
