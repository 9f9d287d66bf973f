"""The JSON header: an object with the command's members; key order is free, unknown keys are ignored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pyrocketmq.model.enums import LanguageCode, SerializeType
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import MIN_FRAME_SIZE

if TYPE_CHECKING:
    from pyrocketmq.model.command import RemotingCommand

_scan = json.JSONDecoder().scan_once
_LANGUAGES: dict[object, LanguageCode] = {language.name: language for language in LanguageCode}
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def decode_into(command: RemotingCommand, frame: bytes | bytearray | memoryview, end: int) -> None:
    """Set everything but the body from the header in `frame[8:end]`.

    Raises:
        ProtocolError: the header is no JSON object, or a member has a type it cannot have.
    """
    header = _parse(frame, end)
    get = header.get
    fields = get("extFields")
    language = get("language", LanguageCode.OTHER)
    remark = get("remark")
    command.header = header
    command.serialize_type = SerializeType.JSON
    try:
        command.code = int(get("code", 0))
        command.version = int(get("version", 0))
        command.opaque = int(get("opaque", 0))
        command.flag = int(get("flag", 0))
        command.language = _LANGUAGES.get(language, language)
    except (TypeError, ValueError, OverflowError) as error:
        raise ProtocolError(f"malformed member of a JSON header: {error}", offset=MIN_FRAME_SIZE) from error
    if fields is not None and fields.__class__ is not dict:
        raise ProtocolError("extFields of a JSON header is no object", offset=MIN_FRAME_SIZE)
    if remark is not None and remark.__class__ is not str:
        raise ProtocolError("remark of a JSON header is no text", offset=MIN_FRAME_SIZE)
    command.ext_fields = fields
    command.remark = remark


def _parse(frame: bytes | bytearray | memoryview, end: int) -> dict[str, Any]:
    try:
        text = str(frame[MIN_FRAME_SIZE:end], "utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError("JSON header is not UTF-8", offset=MIN_FRAME_SIZE + error.start) from error
    try:
        header, stop = _scan(text, 0)
        if stop != len(text) or header.__class__ is not dict:
            header = json.loads(text)  # allows blanks around the object, and says what is wrong otherwise
    except StopIteration:
        header = _parse_padded(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"JSON header does not parse: {error}", offset=MIN_FRAME_SIZE) from error
    if header.__class__ is not dict:
        raise ProtocolError("JSON header is no object", offset=MIN_FRAME_SIZE)
    return header  # type: ignore[no-any-return]  # a JSON value, checked to be an object


def _parse_padded(text: str) -> Any:  # a JSON value
    """Parse a header that does not start with a brace; some senders may pad it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"JSON header does not parse: {error}", offset=MIN_FRAME_SIZE) from error


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
    try:
        return _dump({key: value for key, value in members.items() if value is not None}).encode()
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"JSON header cannot be written: {error}") from error
