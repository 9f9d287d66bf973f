"""The ROCKETMQ header: fixed binary members, the remark, then name and value pairs.

It keeps less than the JSON form: code and version are signed 16-bit numbers, and an empty remark, an empty map of
fields and an entry with an empty name or value cannot be told from absent ones.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError  # noqa: N812  # its own name, `error`, says nothing here
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.enums import LanguageCode, SerializeType
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import MIN_FRAME_SIZE

if TYPE_CHECKING:
    from pyrocketmq.model.command import RemotingCommand

_FIXED: Final = Struct(">hBhiii")  # code, language, version, opaque, flag, length of the remark
_INT: Final = Struct(">i")
_SHORT: Final = Struct(">h")
_ROCKETMQ: Final = SerializeType.ROCKETMQ
_LANGUAGES: Final[dict[int, LanguageCode]] = {int(language): language for language in LanguageCode}


def decode_into(command: RemotingCommand, frame: bytes | bytearray | memoryview, end: int) -> None:
    """Set everything but the body from the header in `frame[8:end]`.

    Raises:
        ProtocolError: the header breaks off, or a length does not fit.
    """
    at = MIN_FRAME_SIZE + _FIXED.size
    if at > end:
        raise ProtocolError("ROCKETMQ header breaks off", offset=MIN_FRAME_SIZE)
    language: int
    code, language, version, opaque, flag, remark_size = _FIXED.unpack_from(frame, MIN_FRAME_SIZE)
    remark, at = _text(frame, at, remark_size, end)
    fields_size, at = _length(frame, at, _INT, end)
    if fields_size != end - at:
        is_longer = "exceeds" if fields_size > end - at else "is less than what is left of"
        raise ProtocolError(f"length {fields_size} of the fields {is_longer} the header", offset=at - _INT.size)
    command.header = None
    command.serialize_type = _ROCKETMQ
    command.code = code
    command.language = _LANGUAGES.get(language, language)
    command.version = version
    command.opaque = opaque
    command.flag = flag
    command.remark = remark or None
    command.ext_fields = _fields(frame, at, end)


def _fields(frame: bytes | bytearray | memoryview, at: int, end: int) -> dict[str, str]:
    fields: dict[str, str] = {}
    while at < end:
        size, at = _length(frame, at, _SHORT, end)
        name, at = _text(frame, at, size, end)
        size, at = _length(frame, at, _INT, end)
        value, at = _text(frame, at, size, end)
        if name and value:
            fields[name] = value
    return fields


def _length(frame: bytes | bytearray | memoryview, at: int, form: Struct, end: int) -> tuple[int, int]:
    """Return the length that stands at a position, and where what it measures starts."""
    start = at + form.size
    if start > end:
        raise ProtocolError("ROCKETMQ header breaks off", offset=at)
    return form.unpack_from(frame, at)[0], start


def _text(frame: bytes | bytearray | memoryview, start: int, size: int, end: int) -> tuple[str, int]:
    """Return the text at a position, and where it ends."""
    stop = start + size
    if not start <= stop <= end:
        raise ProtocolError(f"length {size} of a text exceeds the header", offset=start)
    try:
        return str(frame[start:stop], "utf-8"), stop
    except UnicodeDecodeError as error:
        raise ProtocolError("a text in a ROCKETMQ header is not UTF-8", offset=start + error.start) from error


def encode(command: RemotingCommand) -> bytes:
    """Return the header of a command.

    Raises:
        ProtocolError: a member does not fit; above all a request code beyond 16 bits, as those of pop have.
    """
    language = command.language
    parts: list[bytes] = []
    try:
        for name, value in (command.ext_fields or {}).items():
            if name and value:
                parts += _with_length(name.encode(), _SHORT), _with_length(value.encode(), _INT)
        remark = (command.remark or "").encode()
        fixed = _FIXED.pack(
            command.code,
            language if isinstance(language, int) else LanguageCode.OTHER,
            command.version,
            command.opaque,
            command.flag,
            len(remark),
        )
    except (StructError, AttributeError, UnicodeEncodeError) as error:
        raise ProtocolError(f"code {command.code} cannot be written in a ROCKETMQ header: {error}") from error
    return b"".join((fixed, remark, _with_length(b"".join(parts), _INT)))


def _with_length(data: bytes, form: Struct) -> bytes:
    return form.pack(len(data)) + data
