"""Compressed bodies: what the bits of a message's system flag say, and the codecs behind them.

Clients compress, brokers pass the bytes on untouched. Messages of clients before 4.9.4 have no type bits and are zlib.
LZ4 travels in the frame format; zstd as a stream that does not tell its size.
"""

from __future__ import annotations

import zlib
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.errors import MissingCodecError, ProtocolError
from pyrocketmq.model.sys_flag import COMPRESSION_MASK, MessageSysFlag

if TYPE_CHECKING:
    from types import ModuleType

MAX_DECOMPRESSED_SIZE: Final = 64 * 1024 * 1024
"""Default limit for a decompressed body: 64 MiB. Brokers store 4 MiB by default, compressed or not."""


class Compression(Enum):
    """How a body is compressed; the value is the bits of the system flag that say so."""

    ZLIB = int(MessageSysFlag.COMPRESSION_ZLIB)
    LZ4 = int(MessageSysFlag.COMPRESSION_LZ4)
    ZSTD = int(MessageSysFlag.COMPRESSION_ZSTD)

    @property
    def sys_flag(self) -> int:
        """Bits to set in the system flag of a message that is compressed in this way."""
        return self.value | MessageSysFlag.COMPRESSED

    @classmethod
    def of(cls, sys_flag: int) -> Compression | None:
        """Return how a message is compressed, `None` if it is not.

        Raises:
            ProtocolError: the type bits have a value that is not defined.
        """
        if not sys_flag & MessageSysFlag.COMPRESSED:
            return None
        bits = sys_flag & COMPRESSION_MASK
        if bits == 0:
            return cls.ZLIB
        try:
            return cls(bits)
        except ValueError as error:
            raise ProtocolError(f"unknown compression type {bits >> 8} in system flag {sys_flag:#x}") from error


def compress(body: bytes, compression: Compression, level: int = 5) -> bytes:
    """Return a body compressed as Java clients do it.

    Args:
        body: The body.
        compression: The way.
        level: 0 to 9; of zlib and zstd, LZ4 has none.

    Raises:
        MissingCodecError: the codec's extra is not installed.
    """
    if compression is Compression.ZLIB:
        return zlib.compress(body, level)
    if compression is Compression.LZ4:
        packed: bytes = _lz4().compress(body)
        return packed
    packed = _zstd().compress(body, level)
    return packed


def decompress(body: bytes, compression: Compression, max_size: int = MAX_DECOMPRESSED_SIZE) -> bytes:
    """Return the original body.

    Args:
        body: The body as stored.
        compression: How it is compressed.
        max_size: Limit in bytes for the result, against bodies made to exhaust memory.

    Raises:
        ProtocolError: the bytes do not decompress, or to more than the limit.
        MissingCodecError: the codec's extra is not installed.
    """
    if compression is Compression.ZLIB:
        decompressor: Any = zlib.decompressobj()  # three libraries, one calling convention
        failure: type[Exception] = zlib.error
    elif compression is Compression.LZ4:
        decompressor, failure = _lz4().LZ4FrameDecompressor(), RuntimeError
    else:
        codec = _zstd()
        decompressor, failure = codec.ZstdDecompressor(), codec.ZstdError
    try:
        plain: bytes = decompressor.decompress(body, max_size + 1)
    except failure as error:
        raise ProtocolError(f"body does not decompress as {compression.name.lower()}: {error}") from error
    if len(plain) > max_size:
        raise ProtocolError(f"body decompresses to more than {max_size} bytes")
    if not decompressor.eof:
        raise ProtocolError(f"{compression.name.lower()} body breaks off")
    return plain


def _lz4() -> ModuleType:
    try:
        import lz4.frame  # an optional extra
    except ImportError as error:
        raise MissingCodecError("lz4", "lz4") from error
    return lz4.frame  # type: ignore[no-any-return]  # the package has no types


def _zstd() -> ModuleType:
    try:
        from compression import zstd  # Python 3.14 and later
    except ImportError:
        try:
            from backports import zstd  # an optional extra
        except ImportError as error:
            raise MissingCodecError("zstd", "zstd") from error
    return zstd
