"""Frames: the unit that travels over a connection.

A frame is a 4-byte length (of what follows it), a header word (serialize type in bits 31 to 24, header length in bits
23 to 0), the header and the body; all integers big-endian. The stream has no magic and no checksum, so a side that
loses the frame boundary can only close the connection.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from pyrocketmq.model.errors import FrameTooLargeError, ProtocolError

MAX_FRAME_SIZE: Final = 16 * 1024 * 1024
"""Largest whole frame that brokers accept: 16 MiB, the 4 bytes of the length field included."""

MIN_FRAME_SIZE: Final = 8
"""Length field and header word; a frame cannot be shorter."""

_RECEIVE_SIZE: Final = 64 * 1024
# Larger receive buffers cost more than they save: 64 KiB is what one `recv` returns on loopback at its best.

_length_of = Struct(">i").unpack_from


class FrameDecoder:
    """Turns any chopping of the byte stream into whole frames.

    The decoder lends its own buffer to whoever reads the socket (`get_buffer`, `buffer_updated`: the pair that
    `asyncio.BufferedProtocol` and `socket.recv_into` want), so received bytes are copied once, into their frame. A
    frame larger than the buffer gets a buffer of exactly its size and is not copied at all.

    Args:
        max_frame_size: Limit in bytes for a whole frame. Memory is bounded by it.
    """

    __slots__ = ("_buffer", "_end", "_start", "_view", "max_frame_size", "position")

    def __init__(self, max_frame_size: int = MAX_FRAME_SIZE) -> None:
        self.max_frame_size = max_frame_size
        self.position = 0
        """Bytes of the stream that were handed out in frames so far: where the next frame starts."""
        self._buffer = bytearray(_RECEIVE_SIZE)
        self._view = memoryview(self._buffer)
        self._start: int = 0
        self._end: int = 0

    @property
    def pending(self) -> int:
        """Bytes received that do not make up a whole frame yet."""
        return self._end - self._start

    def get_buffer(self, size_hint: int = -1) -> memoryview:
        """Return free space to receive into; never empty.

        Args:
            size_hint: Ignored; there for `asyncio.BufferedProtocol`.
        """
        return self._view[self._end :]

    def buffer_updated(self, size: int) -> list[bytes | bytearray]:
        """Take note of `size` bytes received into the lent buffer and return the frames that are whole now.

        Args:
            size: Number of bytes that were written to the start of the last `get_buffer()`.

        Returns:
            Whole frames, length field included, in the order of the stream. The decoder keeps no reference to them.

        Raises:
            FrameTooLargeError: a frame is announced that exceeds the limit.
            ProtocolError: a length that no frame can have. The stream is lost: close the connection.
        """
        if not self._end and MIN_FRAME_SIZE <= size == _length_of(self._buffer)[0] + 4 < _RECEIVE_SIZE:
            # One frame and nothing else, as for every lone call.
            if size > self.max_frame_size:
                raise self._refuse(size)
            self.position += size
            return [bytes(self._view[:size])]
        self._end += size
        frames: list[bytes | bytearray] = []
        if len(self._buffer) != _RECEIVE_SIZE:  # it is one large frame
            if self._end == len(self._buffer):
                self.position += self._end
                frames.append(self._buffer)
                self._renew(_RECEIVE_SIZE)
                self._end = 0
            return frames
        self._start, needed = self._cut(self._view, self._start, self._end, frames)
        self._make_room(needed)
        return frames

    def rest_buffer(self) -> memoryview | None:
        """Return where the rest of a frame that is under way has to be received; `None` between frames."""
        return self._view[self._end :] if self._end else None

    def take(self, received: bytes | int) -> list[bytes | bytearray]:
        """Take what has been received, between frames as bytes of their own; otherwise like `buffer_updated`.

        Args:
            received: The bytes, which become the frame if they are one and nothing else; or where there was a
                `rest_buffer()`, how many were written to its start.
        """
        if isinstance(received, int):
            return self.buffer_updated(received)
        size = len(received)
        if MIN_FRAME_SIZE <= size == _length_of(received)[0] + 4 <= self.max_frame_size and not self._end:
            # As for every lone call.
            self.position += size
            return [received]
        return self.feed(received)

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes | bytearray]:
        r"""Take bytes that were received elsewhere; otherwise like `buffer_updated`.

        Example:
            >>> decoder = FrameDecoder()
            >>> decoder.feed(b"\0\0\0\x04\0\0")
            []
            >>> decoder.feed(b"\0\0")
            [b'\x00\x00\x00\x04\x00\x00\x00\x00']
        """
        frames: list[bytes | bytearray] = []
        start = 0
        if not self._end:
            start, _ = self._cut(data, 0, len(data), frames)
        view = memoryview(data)[start:]
        while view:
            space = self.get_buffer()
            size = min(len(space), len(view))
            space[:size] = view[:size]
            del space
            frames += self.buffer_updated(size)
            view = view[size:]
        return frames

    def close(self) -> None:
        """Say that the stream has ended.

        Raises:
            ProtocolError: it ended inside a frame.
        """
        if self.pending:
            raise ProtocolError(
                f"the stream ends inside a frame, after {self.pending} of its bytes", offset=self.position
            )

    def _cut(
        self, source: bytes | bytearray | memoryview, start: int, end: int, frames: list[bytes | bytearray]
    ) -> tuple[int, int]:
        """Cut out the frames that are whole; return where the rest starts, and how large its frame is, if known."""
        while end - start >= 4:
            needed: int = _length_of(source, start)[0] + 4
            if not MIN_FRAME_SIZE <= needed <= self.max_frame_size:
                raise self._refuse(needed)
            if end - start < needed:
                return start, needed
            frames.append(bytes(source[start : start + needed]))
            start += needed
            self.position += needed
        return start, 4

    def _refuse(self, size: int) -> ProtocolError:
        if size > self.max_frame_size:
            return FrameTooLargeError(size, self.max_frame_size, offset=self.position)
        return ProtocolError(f"length field {size - 4} leaves no room for a header", offset=self.position)

    def _make_room(self, needed: int) -> None:
        """Make the buffer able to hold the frame that is under way, from where it starts."""
        pending = self._end - self._start
        if pending == 0:
            self._start = self._end = 0
        elif needed > len(self._buffer) - self._start:
            partial = bytes(self._view[self._start : self._end])
            if needed > len(self._buffer):
                self._renew(needed)
            self._view[:pending] = partial
            self._start, self._end = 0, pending

    def _renew(self, size: int) -> None:
        self._buffer = bytearray(size)
        self._view = memoryview(self._buffer)


def bytes_of(data: bytes | bytearray, start: int, end: int) -> bytes:
    """Return part of a frame by one copy; a slice of a large frame, which is a `bytearray`, would take two."""
    return data[start:end] if isinstance(data, bytes) else bytes(memoryview(data)[start:end])


def frame_of(header: bytes, body: bytes | bytearray | memoryview, serialize_type: int) -> bytes:
    """Join an encoded header and a body to a whole frame.

    Args:
        header: The encoded header, shorter than 16 MiB.
        body: The body, may be empty.
        serialize_type: Number of the header's encoding, 0 to 255.

    Raises:
        FrameTooLargeError: the frame would exceed what brokers accept.
    """
    size = len(header)
    total = size + len(body) + 8
    if total > MAX_FRAME_SIZE:
        raise FrameTooLargeError(total, MAX_FRAME_SIZE)
    return b"".join((_prefix(total - 4, serialize_type << 24 | size), header, body))


_prefix = Struct(">II").pack
