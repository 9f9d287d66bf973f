"""Where frames come from: streams of frames, text in hexadecimal, and files that describe an exchange."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import FrameDecoder

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXCHANGE: Final = ("request_hex", "response_hex")
_NO_DIGITS = re.compile(r"0x|[\s:,]")


class Readable(Protocol):
    """A binary file."""

    def read(self, size: int = -1, /) -> bytes:
        """Return that many bytes, fewer at the end of the file; by default all."""
        ...


class Peekable(Readable, Protocol):
    """A binary file with a buffer, so that one can look at its start."""

    def peek(self, size: int = 0, /) -> bytes:
        """Return bytes from the position on without moving it."""
        ...


class SourceFrame(NamedTuple):
    """A frame, and where it was.

    Attributes:
        part: The member of a file with an exchange, otherwise empty.
        start: Position of its first byte in the stream or in that member.
        data: The frame, its length field included.
    """

    part: str
    start: int
    data: bytes | bytearray


def frames_in(file: Peekable) -> Iterator[SourceFrame]:
    """Read frames: one after the other as bytes; or, in text, as hexadecimal digits or a JSON object with an exchange.

    A frame starts with a zero byte, because none reaches 16 MiB; so text cannot be taken for frames. In hexadecimal
    text blanks, line ends, `:`, `,` and `0x` may stand between digits. An exchange has frames in hexadecimal as
    members `request_hex` and `response_hex`.

    Raises:
        ProtocolError: there is no frame, or one breaks off; `offset` is where.
        OSError: the file cannot be read.
    """
    start = file.peek(1)
    if not start:
        raise ProtocolError("there are no bytes", offset=0)
    if start[0] == 0:
        yield from _split("", file)
        return
    try:
        text = file.read().decode().strip()
    except UnicodeDecodeError as error:
        raise ProtocolError(f"neither a frame, which starts with a zero byte, nor text: {error}", offset=0) from error
    parts = _exchange_in(text) if text.startswith("{") else {"": text}
    for part, digits in parts.items():
        yield from _split(part, BytesIO(_bytes_of(digits)))


def _split(part: str, file: Readable) -> Iterator[SourceFrame]:
    decoder = FrameDecoder()
    while length := file.read(4):
        start = decoder.position
        # By itself, so that a bad length does not hide the frames before it.
        decoder.feed(length)
        for frame in decoder.feed(file.read(int.from_bytes(length, "big"))):
            yield SourceFrame(part, start, frame)
    decoder.close()


def _exchange_in(text: str) -> dict[str, str]:
    try:
        members: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"JSON does not parse: {error}") from error
    parts = {name: members[name] for name in _EXCHANGE if members.get(name)}
    if not parts or not all(isinstance(digits, str) for digits in parts.values()):
        raise ProtocolError(f"a JSON object needs frames in hexadecimal as {' and '.join(_EXCHANGE)}")
    return parts


def _bytes_of(digits: str) -> bytes:
    try:
        return bytes.fromhex(_NO_DIGITS.sub("", digits))
    except ValueError as error:
        raise ProtocolError(f"neither a frame, which starts with a zero byte, nor hexadecimal text: {error}") from error
