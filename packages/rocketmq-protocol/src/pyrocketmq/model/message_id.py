"""Message ids: the client's unique id and the broker's offset id, both upper-case hexadecimal."""

from __future__ import annotations

import os
import time
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import count
from struct import Struct
from typing import NamedTuple, TypeAlias

from pyrocketmq.model.errors import ProtocolError

Host: TypeAlias = tuple[str, int]
"""An IP address in text form, and a port."""


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
_HOST_TAIL = Struct(">iq")


class UniqueIdGenerator:
    """Makes unique ids as Java clients do: address, pid, a salt, the time within the month, a counter.

    Safe to use from many threads, and after a fork.

    Args:
        address: IP address of this client. Uniqueness does not hang on it: the salt is random.
    """

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._address = ip_address(address)
        self._pid = -1
        self._prefix = ""
        self._month_start = 0.0
        self._month_end = 0.0
        self._next = count(int.from_bytes(os.urandom(2), "big")).__next__

    def create(self) -> str:
        """Return a new id: 32 hexadecimal digits, 56 where the address is IPv6."""
        now = time.time()
        if os.getpid() != self._pid:
            self._renew_prefix()
        if not self._month_start <= now < self._month_end:
            self._renew_month(now)
        return f"{self._prefix}{int((now - self._month_start) * 1000):08X}{self._next() & 0xFFFF:04X}"

    def _renew_prefix(self) -> None:
        pid = os.getpid()
        salt = os.urandom(4).hex().upper()
        self._prefix = f"{self._address.packed.hex().upper()}{pid & 0xFFFF:04X}{salt}"
        self._pid = pid

    def _renew_month(self, now: float) -> None:
        local = time.localtime(now)
        year, month = local.tm_year, local.tm_mon
        self._month_start = time.mktime((year, month, 1, 0, 0, 0, 0, 0, -1))
        self._month_end = time.mktime((year + month // 12, month % 12 + 1, 1, 0, 0, 0, 0, 0, -1))


_default_generator = UniqueIdGenerator()


def create_unique_id() -> str:
    """Return a new unique id of this process."""
    return _default_generator.create()


def decode_unique_id(unique_id: str) -> UniqueId:
    """Return what a unique id tells.

    Raises:
        ProtocolError: it is no id of this form.
    """
    data = _unhex(unique_id, (16, 28), "unique id")
    address, tail = data[:-12], data[-12:]
    return UniqueId(str(ip_address(address)), *_ID_TAIL.unpack(tail))


def offset_message_id(host: str, port: int, commit_log_offset: int) -> str:
    """Return the id that a broker at this address gives to a message.

    Args:
        host: IP address of the storing broker.
        port: Its port.
        commit_log_offset: The message's position in bytes.

    Example:
        >>> offset_message_id("127.0.0.1", 11921, 8422982)
        '7F00000100002E910000000000808646'
    """
    return (ip_address(host).packed + _HOST_TAIL.pack(port, commit_log_offset)).hex().upper()


def decode_offset_message_id(message_id: str) -> OffsetMessageId:
    """Return where the message with this offset id lies.

    Raises:
        ProtocolError: it is no id of this form.
    """
    data = _unhex(message_id, (16, 28), "offset message id")
    port, offset = _HOST_TAIL.unpack(data[-12:])
    return OffsetMessageId(str(ip_address(data[:-12])), port, offset)


def _unhex(text: str, sizes: tuple[int, ...], what: str) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise ProtocolError(f"{what} {text!r} is not hexadecimal") from error
    if len(data) not in sizes or len(text) != 2 * len(data):
        raise ProtocolError(f"{what} {text!r} has {len(text)} digits, expected 32 or 56")
    return data


def pack_host(host: Host) -> bytes:
    """Return a host as stored messages hold it: 4 or 16 bytes of address, 4 bytes of port."""
    return ip_address(host[0]).packed + host[1].to_bytes(4, "big")


def unpack_host(data: bytes) -> Host:
    """Return the host that 8 or 20 bytes of a stored message hold."""
    address = IPv4Address(data[:4]) if len(data) == 8 else IPv6Address(data[:16])
    return str(address), int.from_bytes(data[-4:], "big", signed=True)
