"""The JSON header: an object with the command's members; key order is free, unknown keys are ignored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.enums import LanguageCode, SerializeType
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import MIN_FRAME_SIZE

if TYPE_CHECKING:
    from pyrocketmq.model.command import RemotingCommand

_JSON: Final = SerializeType.JSON
LANGUAGES: Final[dict[object, LanguageCode]] = {
    key: language for language in LanguageCode for key in (language.name, int(language))
}
"""By what a header may hold: name or number."""

_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def decode_into(command: RemotingCommand, frame: bytes | bytearray | memoryview, end: int) -> None:
    """Set everything but the body from the header in `frame[8:end]`, looking at it member by member.

    Members may be missing, null, or of types that servers accept too. Headers like those that servers write do not
    come here: `RemotingCommand.decode` takes them as they are.

    Raises:
        ProtocolError: the header is no JSON object, or a member has a type that it cannot have.
    """
    header = _parse(frame[MIN_FRAME_SIZE:end])
    remark, fields = header.get("remark"), header.get("extFields")
    if remark is not None and remark.__class__ is not str:
        raise ProtocolError("remark of a JSON header is no text", offset=MIN_FRAME_SIZE)
    if fields is not None and fields.__class__ is not dict:
        raise ProtocolError("extFields of a JSON header is no object", offset=MIN_FRAME_SIZE)
    command.header = header
    command.serialize_type = _JSON
    command.code = _integer(header, "code")
    command.opaque = _integer(header, "opaque")
    command.flag = _integer(header, "flag")
    command.version = _integer(header, "version")
    command.language = _language(header.get("language"))
    command.remark = remark
    command.ext_fields = fields


def _parse(data: bytes | bytearray | memoryview) -> dict[str, Any]:  # to JSON values
    try:
        text = str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError("JSON header is not UTF-8", offset=MIN_FRAME_SIZE + error.start) from error
    try:
        header: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"JSON header does not parse: {error}", offset=MIN_FRAME_SIZE) from error
    if header.__class__ is not dict:
        raise ProtocolError("JSON header is no object", offset=MIN_FRAME_SIZE)
    return header


def _integer(header: dict[str, Any], name: str) -> int:
    value = header.get(name)
    if value is None:
        return 0
    if isinstance(value, int | str) and not isinstance(value, bool):
        try:
            return int(value)
        except ValueError:
            pass  # refused below, with every other value that is no number
    raise ProtocolError(
        f"malformed member of a JSON header: {name} holds {value!r:.80}, expected an integer", offset=MIN_FRAME_SIZE
    )


def _language(value: object) -> LanguageCode | str | int:
    if value is None:
        return LanguageCode.OTHER
    if isinstance(value, int | str) and not isinstance(value, bool):
        return LANGUAGES.get(value, value)
    raise ProtocolError(
        f"malformed member of a JSON header: language holds {value!r:.80}, expected a name", offset=MIN_FRAME_SIZE
    )


def encode(command: RemotingCommand) -> bytes:
    """Return the header of a command.

    Raises:
        ProtocolError: a member cannot be written.
    """
    language = command.language
    members: dict[str, Any] = {
        "code": int(command.code),
        "language": language.name if isinstance(language, LanguageCode) else language,
        "version": command.version,
        "opaque": command.opaque,
        "flag": int(command.flag),
        "remark": command.remark,
        "extFields": command.ext_fields,
    }
    received = command.header
    if received is not None:
        members = {key: members.pop(key, value) for key, value in received.items()} | members
    written = {key: value for key, value in members.items() if value is not None}
    try:
        return _dump(written).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"JSON header cannot be written: {error}") from error
