"""What the body of a frame can be."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class BodyCodec(Generic[T]):
    """Turns the bytes of a body into a value and back.

    Subclasses override both methods.

    Attributes:
        description: What the body is, in a few words, for the reference page.
    """

    description: str = "bytes"

    def decode(self, data: bytes) -> T:
        """Return the value.

        Raises:
            ProtocolError: the bytes are not such a body.
        """
        raise NotImplementedError  # abstract: an `ABC` here would cost every import of a declaration

    def encode(self, value: T) -> bytes:
        """Return the bytes.

        Raises:
            ProtocolError: the value cannot be written.
        """
        raise NotImplementedError  # abstract


class RawBody(BodyCodec[bytes]):
    """The bytes themselves."""

    def decode(self, data: bytes) -> bytes:  # noqa: D102  # described by the base class
        return data

    def encode(self, value: bytes) -> bytes:  # noqa: D102  # described by the base class
        return value


RAW = RawBody()
