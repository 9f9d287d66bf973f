"""What a frame says, in plain values and with the names that its declaration gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyrocketmq.model.cli.plain import Plain, plain, plain_bytes, plain_sent
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.model.enums import RequestCode, ResponseCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import loads
from pyrocketmq.model.frame import MIN_FRAME_SIZE
from pyrocketmq.model.message_ext import MAGIC_V1, MAGIC_V2, decode_messages
from pyrocketmq.model.properties import decode_properties
from pyrocketmq.model.requests import PushReplyMessageToClient, SendMessage

if TYPE_CHECKING:
    from pyrocketmq.model.declaration.header import Header

_MAGICS: Final = tuple(magic.to_bytes(4, "big") for magic in (MAGIC_V1, MAGIC_V2))


class FieldRow(NamedTuple):
    """A header field.

    Attributes:
        name: The name that the declaration gives, the wire's where none declares the field.
        wire_name: Name on the wire.
        type: The declared type, `None` where none declares the field.
        value: The value.
    """

    name: str
    wire_name: str
    type: str | None
    value: Plain


class Description(NamedTuple):
    """What a frame says.

    Attributes:
        command: The frame, decoded as far as every frame is alike.
        header_size: Size of the header in bytes.
        kind: `request`, `oneway` or `response`.
        name: Name of the request code, or of the response code; `None` where it has none.
        request: Name of the request that a response belongs to, as far as it is known.
        fields: The header fields, declared ones first.
        body: The body.
        problem: Why the frame is not what its declaration says, if it is not; `offset` counts from its start.
    """

    command: RemotingCommand
    header_size: int
    kind: str
    name: str | None
    request: str | None
    fields: list[FieldRow]
    body: Plain
    problem: ProtocolError | None


class Describer:
    """Describes frames in their order; remembers requests, because they tell what is in their answers."""

    def __init__(self) -> None:
        self._waiting: dict[int, int] = {}

    def describe(self, frame: bytes | bytearray) -> Description:
        """Describe one frame.

        Raises:
            ProtocolError: it is no frame; `offset` counts from its start.
        """
        command = RemotingCommand.decode(frame)
        header_size = int.from_bytes(frame[5:8], "big")
        request_code = self._waiting.pop(command.opaque, None) if command.is_response else command.code
        if not command.is_response and not command.is_oneway:
            self._waiting[command.opaque] = command.code
        declaration = _declaration_of(command, request_code)
        typed: Header | None = None
        body: Plain = None
        problem: ProtocolError | None = None
        try:
            _check_fields(command)
            if declaration is not None:
                typed = declaration.from_command(command)
            body = _body_of(command, typed)
        except ProtocolError as error:
            # An offset is one in the body: errors of header fields have none.
            at = None if error.offset is None else MIN_FRAME_SIZE + header_size + error.offset
            problem = ProtocolError(error.reason, offset=at)
            body = plain_bytes(command.body) if command.body else None
        return Description(
            command,
            header_size,
            "response" if command.is_response else "oneway" if command.is_oneway else "request",
            _name_of(command.code, ResponseCode if command.is_response else RequestCode),
            None if request_code is None or not command.is_response else _name_of(request_code, RequestCode),
            _rows_of(command, declaration, typed),
            body,
            problem,
        )


def _declaration_of(command: RemotingCommand, request_code: int | None) -> type[Header] | None:
    request = None if request_code is None else REGISTRY.get(request_code)
    if request is None or not command.is_response:
        return request
    return request.REPLY if command.code in request.RESULTS else None


def _name_of(code: int, codes: type[RequestCode | ResponseCode]) -> str | None:
    return codes(code).name if code in codes.__members__.values() else None


def _check_fields(command: RemotingCommand) -> None:
    for name, value in _fields_of(command).items():
        if isinstance(value, list | dict):
            raise ProtocolError(f"field {name!r:.80} holds no text")


def _fields_of(command: RemotingCommand) -> dict[str, Any]:  # a peer may have put anything there
    return dict(command.ext_fields or {})


def _rows_of(command: RemotingCommand, declaration: type[Header] | None, typed: Header | None) -> list[FieldRow]:
    fields = {name: value for name, value in _fields_of(command).items() if not isinstance(value, list | dict)}
    rows: list[FieldRow] = []
    for wire in () if declaration is None else declaration.wires():
        if wire.wire_name not in fields:
            continue
        received = fields.pop(wire.wire_name)
        value = received if typed is None else getattr(typed, wire.name)
        if wire.name == "properties" and isinstance(value, str):
            value = decode_properties(value)
        rows.append(FieldRow(wire.name, wire.wire_name, wire.kind.name, plain(value)))
    return rows + [FieldRow(name, name, None, plain(value)) for name, value in fields.items()]


def _body_of(command: RemotingCommand, typed: Header | None) -> Plain:
    if not command.body:
        return None
    if isinstance(typed, SendMessage | PushReplyMessageToClient):
        is_batch = isinstance(typed, SendMessage) and typed.batch
        return plain_sent(typed.topic, typed.body, typed.sys_flag, is_batch=is_batch)
    field = None if typed is None else typed.body_field()
    return _guess(command.body) if field is None else plain(getattr(typed, field.name))


def _guess(body: bytes) -> Plain:
    """Return a body that nothing declares, as what it looks like."""
    try:
        if body[4:8] in _MAGICS:
            return plain(decode_messages(body))
        if body[:1] in (b"{", b"["):
            return plain(loads(body))
    except ProtocolError:
        pass  # it only looked like that
    return plain_bytes(body)
