"""What listens at an address: found out with a socket and a few bytes, below the clients, which would only fail."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model import RemotingCommand
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.requests import GetBrokerClusterInfo

if TYPE_CHECKING:
    from pyrocketmq.remote import Address

_ALERT: Final = 0x15
_HTTP2_SETTINGS: Final = 4
_HTTP_REQUEST: Final = b"GET / HTTP/1.0\r\n\r\n"
_HTTP2_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
_ENOUGH: Final = 65536


class Seen(NamedTuple):
    """What listens.

    Attributes:
        kind: `remoting`, `tls`, `http`, `http2`, `silent`, `closes` or `garbage`.
        start: The first bytes that it sent.
    """

    kind: str
    start: bytes = b""


def identify(address: Address, timeout: float) -> Seen:
    """Find out what listens, without TLS.

    Args:
        address: The server.
        timeout: Seconds for each of a few tries.
    """
    answer = _ask(address, GetBrokerClusterInfo().to_command(1).encode(), timeout)
    seen = _classify(answer)
    if seen.kind not in ("silent", "closes"):
        return seen
    if speaks_tls(address, timeout):
        return Seen("tls")
    for greeting in (_HTTP_REQUEST, _HTTP2_PREFACE):
        other = _classify(_ask(address, greeting, timeout))
        if other.kind in ("http", "http2"):
            return other
    return seen


def speaks_tls(address: Address, timeout: float) -> bool:
    """Whether a server takes part in a TLS handshake, whoever it says it is, even if it refuses this client then."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # only to see whether it is TLS; nothing is sent over it
    try:
        with (
            closing(socket.create_connection((address.host, address.port), timeout)) as sock,
            context.wrap_socket(sock, server_hostname=address.host),
        ):
            return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")  # it said in TLS that it does not want to
    except OSError:
        return False


def _ask(address: Address, data: bytes, timeout: float) -> bytes | None:
    """Send bytes and return the first that come back; `None` where none come in time."""
    received = b""
    try:
        with closing(socket.create_connection((address.host, address.port), timeout)) as sock:
            sock.sendall(data)
            while not _is_enough(received):
                part = sock.recv(_ENOUGH)
                if not part:
                    return received
                received += part
    except TimeoutError:
        return received or None
    except OSError:
        return received
    return received


def _is_enough(received: bytes) -> bool:
    if len(received) < 9:
        return False
    length = int.from_bytes(received[:4], "big")
    return received[0] != 0 or _is_settings(received) or len(received) >= min(length + 4, _ENOUGH)


def _is_settings(start: bytes) -> bool:
    """Whether bytes begin as a SETTINGS frame of HTTP/2: three of length, the type, flags, and stream 0."""
    return len(start) >= 9 and start[0] == 0 and start[3] == _HTTP2_SETTINGS and start[5:9] == bytes(4)


def _classify(answer: bytes | None) -> Seen:  # noqa: PLR0911  # one return for each kind of server
    if answer is None:
        return Seen("silent")
    if not answer:
        return Seen("closes")
    if answer.startswith(b"HTTP/") or answer[:64].lstrip().lower().startswith((b"<!doctype", b"<html")):
        return Seen("http", answer[:32])
    if answer[0] == _ALERT and answer[1:2] == b"\x03":
        return Seen("tls", answer[:32])
    if _is_settings(answer):
        return Seen("http2", answer[:32])
    try:
        RemotingCommand.decode(answer[: 4 + int.from_bytes(answer[:4], "big")])
    except ProtocolError:
        return Seen("garbage", answer[:32])
    return Seen("remoting")
