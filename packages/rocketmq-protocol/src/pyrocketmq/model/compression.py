"""Compressed bodies: what the bits of a message's system flag say, and the codecs behind them.

Clients compress, brokers pass the bytes on untouched. Messages of clients before 4.9.4 have no type bits and are zlib.
LZ4 travels in the frame format; zstd as a stream that does not tell its size.
"""

from __future__ import annotations

import zlib
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.errors import MissingCodecError, ProtocolError
from pyrocketmq.model.sys_flag import COMPRESSION_MASK, MessageSysFlag

if TYPE_CHECKING:
    from types import ModuleType

MAX_DECOMPRESSED_SIZE: Final = 64 * 1024 * 1024
"""Default limit for a decompressed body: 64 MiB. Brokers store 4 MiB by default, compressed or not."""


COMPRESSED: Final = int(MessageSysFlag.COMPRESSED)
"""The bit of the system flag that says so; a plain number, because operations on flags are slow."""


class Compression(Enum):
    """How a body is compressed; the value is the bits of the system flag that say so."""

    ZLIB = int(MessageSysFlag.COMPRESSION_ZLIB)
    LZ4 = int(MessageSysFlag.COMPRESSION_LZ4)
    ZSTD = int(MessageSysFlag.COMPRESSION_ZSTD)

    @property
    def sys_flag(self) -> int:
        """Bits to set in the system flag of a message that is compressed in this way."""
        return int(self.value) | COMPRESSED

    @classmethod
    def of(cls, sys_flag: int) -> Compression | None:
        """Return how a message is compressed, `None` if it is not.

        Raises:
            ProtocolError: the type bits have a value that is not defined.
        """
        return cls.of_compressed(sys_flag) if sys_flag & COMPRESSED else None

    @classmethod
    def of_compressed(cls, sys_flag: int) -> Compression:
        """Return how a message that is compressed is: what its type bits say, zlib where there are none.

        Raises:
            ProtocolError: the type bits have a value that is not defined.
        """
        bits = sys_flag & COMPRESSION_MASK
        try:
            return cls(bits) if bits else cls.ZLIB
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
        ValueError: there is no such level.
    """
    if not 0 <= level <= 9:
        raise ValueError(f"compression level {level} is not within 0 to 9")
    if compression is Compression.ZLIB:
        return zlib.compress(body, level)
    packed: bytes = _lz4().compress(body) if compression is Compression.LZ4 else _zstd().compress(body, level)
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
    name = compression.name.lower()
    decompressor, failure = _decompressor(compression)
    try:
        plain: bytes = decompressor.decompress(body, max_size + 1)
    except failure as error:
        raise ProtocolError(f"body does not decompress as {name}: {error}") from error
    if len(plain) > max_size:
        raise ProtocolError(f"body decompresses to more than {max_size} bytes")
    if not decompressor.eof:
        raise ProtocolError(f"{name} body breaks off")
    if decompressor.unused_data:
        raise ProtocolError(f"{len(decompressor.unused_data)} bytes follow the end of a {name} body")
    return plain


def _decompressor(compression: Compression) -> tuple[Any, type[Exception]]:
    """Return an object that decompresses, and the error that it raises; three libraries with one calling convention."""
    if compression is Compression.ZLIB:
        return zlib.decompressobj(), zlib.error
    if compression is Compression.LZ4:
        return _lz4().LZ4FrameDecompressor(), RuntimeError
    codec = _zstd()
    return codec.ZstdDecompressor(), codec.ZstdError


def _lz4() -> ModuleType:
    return _module("lz4", "lz4.frame")


def _zstd() -> ModuleType:
    return _module("zstd", "compression.zstd", "backports.zstd")  # Python 3.14 and later have it


def _module(extra: str, *names: str) -> ModuleType:
    missing: ImportError | None = None
    for name in names:
        try:
            return import_module(name)
        except ImportError as error:
            missing = error
    raise MissingCodecError(extra, extra) from missing
