"""Errors of the protocol package.

Everything that the codecs refuse, in either direction, is a `ProtocolError`; nothing else escapes them for any bytes.
"""

from __future__ import annotations


class ProtocolError(ValueError):
    """Bytes, or a value that should become bytes, break the RocketMQ protocol.

    Attributes:
        reason: What is wrong, in one sentence.
        offset: Index of the byte where it is wrong, counted from the start of the decoded data, or `None` where a
            position has no meaning (a header field, a value to encode).
    """

    def __init__(self, reason: str, *, offset: int | None = None) -> None:
        super().__init__(reason if offset is None else f"{reason} (at byte {offset})")
        self.reason = reason
        self.offset = offset


class FieldError(ProtocolError):
    """A header field is missing or does not hold what its declaration says.

    Attributes:
        declaration: Name of the request or reply that declares the field.
        field: The field's name on the wire.
        text: What was found there; `None` when the field is absent.
    """

    def __init__(self, declaration: str, field: str, text: object, expected: str) -> None:
        found = "is missing" if text is None else f"holds {text!r}"
        super().__init__(f"{declaration}: field {field!r} {found}, expected {expected}")
        self.declaration = declaration
        self.field = field
        self.text = text


class FrameTooLargeError(ProtocolError):
    """A frame is announced, or would have to be written, that exceeds the limit of either side.

    Attributes:
        size: Size of the whole frame in bytes, its length field included.
        limit: The limit in bytes.
    """

    def __init__(self, size: int, limit: int, *, offset: int | None = None) -> None:
        super().__init__(f"frame of {size} bytes, limit {limit}", offset=offset)
        self.size = size
        self.limit = limit


class MissingCodecError(ProtocolError):
    """A body is compressed in a way whose optional package is not installed.

    Attributes:
        extra: Name of the extra of `rocketmq-protocol` that brings the codec.
    """

    def __init__(self, compression: str, extra: str) -> None:
        super().__init__(
            f"body is compressed with {compression}: install it with 'pip install rocketmq-protocol[{extra}]'"
        )
        self.extra = extra


class ChecksumError(ProtocolError):
    """The CRC of a stored message does not match its body."""
