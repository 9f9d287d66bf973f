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

_FIXED = Struct(">hBhiii")  # code, language, version, opaque, flag, remark length
_INT = Struct(">i")
_SHORT = Struct(">h")
_MAX_SHORT: Final = 0x7FFF


def decode_into(command: RemotingCommand, frame: bytes | bytearray | memoryview, end: int) -> None:
    """Set everything but the body from the header in `frame[8:end]`.

    Raises:
        ProtocolError: the header breaks off, or a length does not fit.
    """
    at = MIN_FRAME_SIZE
    try:
        code, language, version, opaque, flag, remark_length = _FIXED.unpack_from(frame[:end], at)
        at += _FIXED.size
        remark, at = _text(frame, at, remark_length, end)
        (fields_length,) = _INT.unpack_from(frame[:end], at)
    except StructError as error:
        raise ProtocolError("ROCKETMQ header breaks off", offset=at) from error
    at += 4
    if not 0 <= fields_length <= end - at:
        raise ProtocolError(f"length {fields_length} of the fields exceeds the header", offset=at - 4)
    command.header = None
    command.serialize_type = SerializeType.ROCKETMQ
    command.code = code
    command.language = _LANGUAGES.get(language, language)
    command.version = version
    command.opaque = opaque
    command.flag = flag
    command.remark = remark or None
    command.ext_fields = _decode_fields(frame, at, at + fields_length)


_LANGUAGES: dict[int, LanguageCode] = {int(language): language for language in LanguageCode}


def _decode_fields(frame: bytes | bytearray | memoryview, at: int, end: int) -> dict[str, str]:
    fields: dict[str, str] = {}
    while at < end:
        if end - at < _SHORT.size:
            raise ProtocolError("a field breaks off", offset=at)
        name, at = _text(frame, at + 2, _SHORT.unpack_from(frame, at)[0], end)
        if end - at < _INT.size:
            raise ProtocolError(f"field {name!r} breaks off", offset=at)
        value, at = _text(frame, at + 4, _INT.unpack_from(frame, at)[0], end)
        if name and value:
            fields[name] = value
    return fields


def _text(frame: bytes | bytearray | memoryview, at: int, length: int, end: int) -> tuple[str, int]:
    if not 0 <= length <= end - at:
        raise ProtocolError(f"length {length} of a text exceeds the header", offset=at)
    try:
        return str(frame[at : at + length], "utf-8"), at + length
    except UnicodeDecodeError as error:
        raise ProtocolError("a text in a ROCKETMQ header is not UTF-8", offset=at + error.start) from error


def encode(command: RemotingCommand) -> bytes:
    """Return the header of a command.

    Raises:
        ProtocolError: a member does not fit; above all a request code beyond 16 bits, as those of pop have.
    """
    language = command.language
    remark = (command.remark or "").encode()
    parts = [b""]
    try:
        for name, value in (command.ext_fields or {}).items():
            if value is None or value == "":
                continue
            key, data = name.encode(), value.encode()
            if len(key) > _MAX_SHORT:
                raise ProtocolError(f"name of a field has {len(key)} bytes, at most {_MAX_SHORT} fit")
            parts += (_SHORT.pack(len(key)), key, _INT.pack(len(data)), data)
        parts[0] = _FIXED.pack(
            command.code,
            language if isinstance(language, int) else LanguageCode.OTHER,
            command.version,
            command.opaque,
            command.flag,
            len(remark),
        )
    except (StructError, AttributeError, UnicodeEncodeError) as error:
        raise ProtocolError(f"code {int(command.code)} cannot be written in a ROCKETMQ header: {error}") from error
    fields = b"".join(parts[1:])
    return b"".join((parts[0], remark, _INT.pack(len(fields)), fields))
