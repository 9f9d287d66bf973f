"""`RemotingCommand`: one frame, decoded as far as every frame is alike."""

from __future__ import annotations

from struct import Struct
from struct import error as StructError  # noqa: N812  # its own name, `error`, says nothing here
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.enums import CLIENT_VERSION, CommandFlag, LanguageCode, SerializeType
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import MIN_FRAME_SIZE, bytes_of, frame_of
from pyrocketmq.model.header_encoding import binary_header, json_header
from pyrocketmq.model.header_encoding.json_scanner import scan

if TYPE_CHECKING:
    from collections.abc import Mapping

_new: Final = object.__new__
_lengths_of: Final = Struct(">iI").unpack_from

# Plain numbers: operations on flags and enumerations are slow.
_RESPONSE: Final = int(CommandFlag.RESPONSE)
_ONEWAY: Final = int(CommandFlag.ONEWAY)
_MAX_HEADER_SIZE: Final = 0xFFFFFF  # what its word leaves room for; more means a type other than JSON, which is 0
_ROCKETMQ: Final = int(SerializeType.ROCKETMQ)
_JSON: Final = SerializeType.JSON
_JAVA: Final = LanguageCode.JAVA
_START: Final = json_header.ANSWER_START
_FIELDS_AT: Final = len(_START) - 1
_MIDDLE: Final = json_header.ANSWER_MIDDLE
_ends: Final = json_header.answer_ends

_COMPARED: Final = ("code", "opaque", "flag", "language", "version", "remark", "serialize_type", "body")


class RemotingCommand:
    """A request or a response, with its fields still as text.

    Attributes:
        code: Request code or response code; a plain integer, so that codes of newer servers pass.
        language: Language of the sender; a text or a number where it is none that is known.
        version: Version number of the sender.
        opaque: Request id, signed 32 bits; a response repeats that of its request.
        flag: Bits of `CommandFlag`.
        remark: Free text; of a refusal, the reason.
        ext_fields: The request's or response's own fields; `None` where the frame has none. What a peer writes as bare
            JSON instead of text, as no server does, is left as it is; declarations take numbers and booleans.
        serialize_type: Encoding of the header.
    """

    __slots__ = (
        "_body",
        "_body_at",
        "_frame",
        "_header",
        "_text",
        "code",
        "ext_fields",
        "flag",
        "language",
        "opaque",
        "remark",
        "serialize_type",
        "version",
    )

    _body: bytes
    _body_at: int
    _frame: bytes | bytearray | None  # that the body is still in, from `_body_at` on
    _header: Mapping[str, Any] | None  # a JSON value
    _text: str | None  # of the header, while that is not parsed as a whole

    def __init__(
        self,
        code: int,
        *,
        language: LanguageCode | str | int = LanguageCode.PYTHON,
        version: int = CLIENT_VERSION,
        opaque: int = 0,
        flag: int = 0,
        remark: str | None = None,
        ext_fields: dict[str, str] | None = None,
        body: bytes = b"",
        serialize_type: SerializeType = SerializeType.JSON,
        header: Mapping[str, Any] | None = None,  # a JSON value
    ) -> None:
        self.code = code
        self.language = language
        self.version = version
        self.opaque = opaque
        self.flag = flag
        self.remark = remark
        self.ext_fields = ext_fields
        self._body, self._frame = body, None
        self.serialize_type = serialize_type
        self.header = header

    @property
    def header(self) -> Mapping[str, Any] | None:
        """The JSON header that this was decoded from, if it was; may be set.

        Keys that mean nothing here, and the order of all keys, are kept from it when the command is encoded again.

        Raises:
            ProtocolError: it is nested deeper than Python can follow from here.
        """
        text = self._text
        if text is not None:
            try:
                self._header, _ = scan(text, 0)
            except RecursionError as error:
                raise ProtocolError("JSON header is nested too deep", offset=MIN_FRAME_SIZE) from error
            self._text = None  # last: another thread may be reading
        return self._header

    @header.setter
    def header(self, header: Mapping[str, Any] | None) -> None:
        self._header, self._text = header, None

    @property
    def is_response(self) -> bool:
        """Whether this answers a request."""
        return bool(self.flag & _RESPONSE)

    @property
    def is_oneway(self) -> bool:
        """Whether this is a request that must not be answered."""
        return bool(self.flag & _ONEWAY)

    @property
    def body(self) -> bytes:
        """The body, as received: still compressed, undecoded; may be set."""
        frame = self._frame
        if frame is not None:
            self._body = bytes_of(frame, self._body_at, len(frame))
            self._frame = None  # last: another thread may be reading
        return self._body

    @body.setter
    def body(self, body: bytes) -> None:
        self._body, self._frame = body, None

    def body_in_place(self) -> tuple[bytes | bytearray, int]:
        """Return what ends with the body, and where it begins there; saves a copy of a body that nobody asked for."""
        frame = self._frame
        return (self._body, 0) if frame is None else (frame, self._body_at)

    @staticmethod
    def decode(frame: bytes | bytearray | memoryview) -> RemotingCommand:
        """Decode one whole frame, as `FrameDecoder` returns it.

        Args:
            frame: The frame, its length field included. One that is a `bytearray` must not be changed any more.

        Raises:
            ProtocolError: the bytes are no frame; `offset` counts from the start of `frame`.
        """
        try:
            length, word = _lengths_of(frame)
        except StructError as error:
            raise ProtocolError(f"{len(frame)} bytes are no frame", offset=0) from error
        if length + 4 != len(frame):
            raise ProtocolError(f"length field {length} in a frame of {len(frame)} bytes", offset=0)
        command = _new(RemotingCommand)
        if word <= _MAX_HEADER_SIZE:
            # This runs for every answer: of those that are as servers write them, the fields alone are parsed.
            try:
                # A memoryview has no `decode`: such frames, which no transport makes, take the other way.
                if TYPE_CHECKING:
                    assert isinstance(frame, bytes | bytearray)
                end = MIN_FRAME_SIZE + word
                text = frame[8:end].decode()
                start, _, rest = text.partition(_MIDDLE)
                digits, _, ending = rest.partition(",")
                command.version, command.remark = _ends[ending]
                command.opaque = opaque = int(digits)
                command.ext_fields, stop = scan(start, _FIELDS_AT)
                if (
                    stop == len(start)
                    and end <= len(frame)
                    and start.startswith(_START)
                    and opaque.__repr__() == digits  # `int` takes spaces and underscores, too
                ):
                    command.code = 0
                    command.flag = _RESPONSE
                    command.language = _JAVA
                    command.serialize_type = _JSON
                    command._text = text
                    command._body_at = end
                    command._frame = frame
                    return command
            except (KeyError, AttributeError, ValueError, StopIteration, RecursionError):
                pass  # whatever it is, it is found again
        _decode_other(command, frame, word)
        return command

    def encode(self) -> bytes:
        """Return the whole frame.

        Raises:
            ProtocolError: a value does not fit the header's encoding, or the frame exceeds 16 MiB.
        """
        encoding = binary_header if self.serialize_type == SerializeType.ROCKETMQ else json_header
        return frame_of(encoding.encode(self), self.body, self.serialize_type)

    def to_frame(self, opaque: int, flag: int = 0) -> bytes:
        """Return the whole frame with this opaque and flag instead of its own, as `Request.to_frame`."""
        self.opaque, self.flag = opaque, flag
        return self.encode()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RemotingCommand):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _COMPARED) and (self.ext_fields or {}) == (
            other.ext_fields or {}
        )

    __hash__ = None  # type: ignore[assignment]  # commands can be changed; mypy wants a method here

    def __repr__(self) -> str:
        kind = "response" if self.is_response else "oneway" if self.is_oneway else "request"
        remark = f", remark={self.remark!r}" if self.remark else ""
        # Fields may hold signatures and keys of an application; names are enough to recognise a command by.
        fields = ",".join(self.ext_fields or ())
        return f"<{kind} code={int(self.code)} opaque={self.opaque}{remark} fields=[{fields}] body={len(self.body)}B>"


def _decode_other(command: RemotingCommand, frame: bytes | bytearray | memoryview, word: int) -> None:
    """Set everything from a frame that is not like the answers of servers."""
    end = MIN_FRAME_SIZE + (word & _MAX_HEADER_SIZE)
    if end > len(frame):
        raise ProtocolError(f"a header of {word & _MAX_HEADER_SIZE} bytes exceeds the frame", offset=5)
    if word <= _MAX_HEADER_SIZE:
        json_header.decode_into(command, frame, end)
    elif word >> 24 == _ROCKETMQ:
        binary_header.decode_into(command, frame, end)
    else:
        raise ProtocolError(f"unknown serialize type {word >> 24}", offset=4)
    if isinstance(frame, memoryview):
        command._body, command._frame = bytes(frame[end:]), None
    else:
        command._body_at, command._frame = end, frame
