"""System flags: bits that a message and a pull request carry for client and broker."""

from __future__ import annotations

from enum import IntFlag
from typing import Final


class MessageSysFlag(IntFlag):
    """Bits of a message's system flag.

    Bits 2 and 3 are one value, the transaction state; bits 8 to 10 are another, the compression type, which means
    something only together with `COMPRESSED`.
    """

    COMPRESSED = 0x1
    MULTI_TAGS = 0x2
    TRANSACTION_PREPARED = 0x4
    TRANSACTION_COMMIT = 0x8
    TRANSACTION_ROLLBACK = 0xC
    BORN_HOST_V6 = 0x10
    STORE_HOST_V6 = 0x20
    NEED_UNWRAP = 0x40
    INNER_BATCH = 0x80
    COMPRESSION_LZ4 = 0x100
    COMPRESSION_ZSTD = 0x200
    COMPRESSION_ZLIB = 0x300


TRANSACTION_MASK: Final = 0xC
COMPRESSION_MASK: Final = 0x700


class PullSysFlag(IntFlag):
    """Bits of a pull request's system flag."""

    COMMIT_OFFSET = 0x1
    """`commitOffset` is valid: store it as the group's offset."""

    SUSPEND = 0x2
    """The broker may hold the request until a message arrives (long polling)."""

    SUBSCRIPTION = 0x4
    """The request carries its subscription, so that the group needs no heartbeat."""

    CLASS_FILTER = 0x8
    """Dead; brokers ignore it."""

    LITE_PULL = 0x10
    """A pull by an application that asks for messages itself."""
