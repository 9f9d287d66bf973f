"""The JSON header: an object with the command's members; key order is free, unknown keys are ignored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.enums import LanguageCode, SerializeType
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import MIN_FRAME_SIZE
from pyrocketmq.model.header_encoding.json_scanner import scan

if TYPE_CHECKING:
    from pyrocketmq.model.command import RemotingCommand

_JSON: Final = SerializeType.JSON
_LANGUAGES: Final[dict[object, LanguageCode]] = {
    key: language for language in LanguageCode for key in (language.name, int(language))
}
# By what a header may hold: name or number.

ANSWER_START: Final = '{"code":0,"extFields":{'
ANSWER_MIDDLE: Final = ',"flag":1,"language":"JAVA","opaque":'
answer_ends: Final[dict[str, tuple[int, str | None]]] = {}
"""How the header of an answer with fields ends that says success: what comes after its opaque, by that the version and
remark there. Servers sort members by name, so that all that differs between two of their answers to one kind of request
are the fields, an object from the end of `ANSWER_START` to `ANSWER_MIDDLE`, and the opaque behind these. Only what has
been decoded once as a whole is noted here.
"""
_MAX_ENDS: Final = 64
_MAX_END_SIZE: Final = 128
_IN_ENDS: Final = frozenset(("remark", "serializeTypeCurrentRPC", "version"))

_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def decode_into(command: RemotingCommand, frame: bytes | bytearray | memoryview, end: int) -> None:
    """Set everything but the body from the header in `frame[8:end]`.

    Raises:
        ProtocolError: the header is no JSON object, or a member has a type that it cannot have.
    """
    try:
        text = str(frame[MIN_FRAME_SIZE:end], "utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError("JSON header is not UTF-8", offset=MIN_FRAME_SIZE + error.start) from error
    if _set_usual(command, text):
        if command.code == 0 and len(answer_ends) < _MAX_ENDS:
            _note_end(command, text)
    else:
        _set_tolerant(command, text)


def _set_usual(command: RemotingCommand, text: str) -> bool:
    """Set the members of a header whose members all have the types that they should have; return whether it has."""
    try:
        header, stop = scan(text, 0)
        command.code = code = header["code"]
        command.opaque = opaque = header["opaque"]
        command.flag = flag = header["flag"]
        command.version = version = header["version"]
        command.language = _LANGUAGES[header["language"]]
        command.remark = remark = header.get("remark")
        command.ext_fields = fields = header.get("extFields")
        command.header = header
        command.serialize_type = _JSON
        return (
            stop == len(text)
            and code.__class__ is opaque.__class__ is flag.__class__ is version.__class__ is int
            and (fields.__class__ is dict or fields is None)
            and (remark is None or remark.__class__ is str)
        )
    except (KeyError, TypeError, AttributeError, ValueError, StopIteration, RecursionError):
        return False  # whatever it is, it is found again


def _note_end(command: RemotingCommand, text: str) -> None:
    _, middle, rest = text.partition(ANSWER_MIDDLE)
    _, _, end = rest.partition(",")
    if not middle or len(end) > _MAX_END_SIZE:
        return
    try:
        members, stop = scan("{" + end, 0)
    except (ValueError, StopIteration, RecursionError):
        return  # what looked like the middle stands inside of the fields
    if stop == len(end) + 1 and members.keys() <= _IN_ENDS:
        answer_ends[end] = (command.version, command.remark)


def _set_tolerant(command: RemotingCommand, text: str) -> None:
    """Set the members of any other header: they may be missing, null, or of types that servers accept too."""
    header = _parse(text)
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


def _parse(text: str) -> dict[str, Any]:  # to JSON values
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
        return _LANGUAGES.get(value, value)
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
