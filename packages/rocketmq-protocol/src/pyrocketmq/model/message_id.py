"""Message ids: a client's unique id and a broker's offset id, in upper-case hexadecimal; and the hosts in them."""

from __future__ import annotations

import os
import time
import weakref
from functools import lru_cache
from itertools import count
from struct import Struct
from struct import error as StructError  # noqa: N812  # its own name, `error`, says nothing here
from typing import Final, NamedTuple, TypeAlias

from pyrocketmq.model.errors import ProtocolError

Host: TypeAlias = tuple[str, int]
"""An IP address in text form, and a port."""

_PORT = Struct(">i")


# A client meets few hosts, again and again, and each message has two.
@lru_cache(maxsize=1024)
def pack_host(host: Host) -> bytes:
    """Return a host as stored messages hold it: 4 or 16 bytes of address, 4 bytes of port.

    Raises:
        ProtocolError: the address is no IP address, or the port does not fit.
    """
    address, port = host
    try:
        return pack_address(address) + _PORT.pack(port)
    except StructError as error:
        raise ProtocolError(f"port {port} does not fit a stored message") from error


@lru_cache(maxsize=1024)
def unpack_host(data: bytes) -> Host:
    """Return the host that 8 or 20 bytes of a stored message hold."""
    return unpack_address(data[:-4]), int.from_bytes(data[-4:], "big", signed=True)


def pack_address(address: str) -> bytes:
    """Return the 4 or 16 bytes of an IP address.

    Raises:
        ProtocolError: the text is no IP address.
    """
    try:
        if ":" in address:
            from ipaddress import IPv6Address  # slow to import, and rarely needed

            return IPv6Address(address).packed
        packed = bytes(map(int, address.split(".")))
    except ValueError as error:
        raise ProtocolError(f"{address!r} is no IP address") from error
    if len(packed) != 4 or unpack_address(packed) != address:  # `int` takes blanks, signs and leading zeros
        raise ProtocolError(f"{address!r} is no IP address")
    return packed


def unpack_address(packed: bytes) -> str:
    """Return the text of an IP address of 4 or 16 bytes."""
    if len(packed) == 4:
        return "{}.{}.{}.{}".format(*packed)
    from ipaddress import IPv6Address  # slow to import, and rarely needed

    return str(IPv6Address(packed))


class OffsetMessageId(NamedTuple):
    """Where a message lies: the broker that stored it and the position in its commit log."""

    host: str
    port: int
    commit_log_offset: int


class UniqueId(NamedTuple):
    """What a client's unique id tells.

    Attributes:
        address: IP address of the client, as far as it knew one.
        pid: The low 16 bits of its process id.
        salt: A number that is constant in that process.
        month_millis: Milliseconds since the first of the month, 00:00 in the client's local time.
        counter: Counts the ids of the process, 16 bits.
    """

    address: str
    pid: int
    salt: int
    month_millis: int
    counter: int


_ID_TAIL = Struct(">HIIH")
_OFFSET_ID_TAIL = Struct(">iq")


_COUNTED: Final = 0x10000
# Ids that the counter can tell apart within one millisecond.


class UniqueIdGenerator:
    """Makes unique ids as Java clients do: address, pid, a salt, the time within the month, a counter.

    Safe to use from many threads, and after a fork.

    Args:
        address: IP address of this client. Uniqueness does not hang on it: the salt is random.

    Raises:
        ProtocolError: the address is no IP address.
    """

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._address = pack_address(address).hex().upper()
        self._epoch = ("", 0.0, 0.0)
        # What ids start with, and from when to when that holds: the month, whose start their time counts from. One
        # tuple: another thread must never see the start of one month with the end of another.
        self._next = count(int.from_bytes(os.urandom(2), "big")).__next__
        _generators.add(self)

    def create(self) -> str:
        """Return a new id: 32 hexadecimal digits, 56 where the address is IPv6."""
        now = time.time()
        prefix, start, end = self._epoch
        if not start <= now < end:
            prefix, start, end = self._begin_epoch(now)
        return f"{prefix}{int((now - start) * 1000) << 16 | self._next() & 0xFFFF:012X}"

    def create_many(self, number: int) -> list[str]:
        """Return so many new ids; those that can share their time, which is cheaper than to make each by itself."""
        if not 0 < number <= _COUNTED:
            return [self.create() for _ in range(number)]
        first, following = self.create(), self._next
        head = first[:-4]
        return [first, *[f"{head}{following() & 0xFFFF:04X}" for _ in range(number - 1)]]

    def _start_over(self) -> None:
        """Make ids of this process from now on, after a fork."""
        self._epoch = ("", 0.0, 0.0)

    def _begin_epoch(self, now: float) -> tuple[str, float, float]:
        prefix = self._epoch[0] or f"{self._address}{os.getpid() & 0xFFFF:04X}{os.urandom(4).hex().upper()}"
        epoch = self._epoch = (prefix, *_month_of(now))
        return epoch


_generators: weakref.WeakSet[UniqueIdGenerator] = weakref.WeakSet()


def _after_fork() -> None:
    for generator in list(_generators):
        generator._start_over()


if hasattr(os, "register_at_fork"):  # there is no fork on Windows
    os.register_at_fork(after_in_child=_after_fork)


def _month_of(now: float) -> tuple[float, float]:
    """Return when the month around a time begins and ends, in seconds since the epoch."""
    year, month = time.localtime(now)[:2]
    start = time.mktime((year, month, 1, 0, 0, 0, 0, 0, -1))
    return start, time.mktime((year + month // 12, month % 12 + 1, 1, 0, 0, 0, 0, 0, -1))


_default_generator = UniqueIdGenerator()


def create_unique_id() -> str:
    """Return a new unique id of this process."""
    return _default_generator.create()


def decode_unique_id(unique_id: str) -> UniqueId:
    """Return what a unique id tells.

    Raises:
        ProtocolError: it is no id of this form.
    """
    data = _unhex(unique_id, "unique id")
    return UniqueId(unpack_address(data[:-12]), *_ID_TAIL.unpack(data[-12:]))


def offset_message_id(host: str, port: int, commit_log_offset: int) -> str:
    """Return the id that a broker at this address gives to a message.

    Args:
        host: IP address of the storing broker.
        port: Its port.
        commit_log_offset: The message's position in bytes.

    Raises:
        ProtocolError: the host is no IP address, or a number does not fit.

    Example:
        >>> offset_message_id("127.0.0.1", 11921, 8422982)
        '7F00000100002E910000000000808646'
    """
    try:
        return (pack_address(host) + _OFFSET_ID_TAIL.pack(port, commit_log_offset)).hex().upper()
    except StructError as error:
        raise ProtocolError(f"port {port} or offset {commit_log_offset} does not fit a message id") from error


def decode_offset_message_id(message_id: str) -> OffsetMessageId:
    """Return where the message with this offset id lies.

    Raises:
        ProtocolError: it is no id of this form.
    """
    data = _unhex(message_id, "offset message id")
    return OffsetMessageId(unpack_address(data[:-12]), *_OFFSET_ID_TAIL.unpack(data[-12:]))


def _unhex(text: str, what: str) -> bytes:
    if len(text) not in (32, 56):
        raise ProtocolError(f"{what} {text!r:.80} has {len(text)} digits, expected 32 or 56")
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise ProtocolError(f"{what} {text!r} is not hexadecimal") from error
    if 2 * len(data) != len(text):  # blanks are skipped where they separate bytes
        raise ProtocolError(f"{what} {text!r} is not hexadecimal")
    return data
