"""Recognising, by its first bytes or by its silence, a peer that speaks something else."""

from __future__ import annotations

from typing import Final

_TLS_RECORDS: Final = range(0x14, 0x18)
_HTTP2_SETTINGS_TYPE: Final = 4


def foreign_protocol(first: bytes | bytearray | memoryview) -> str | None:
    """Say what the first bytes of a stream are, if they cannot be a RocketMQ frame.

    Args:
        first: What the first read returned.
    """
    start = bytes(first[:9])
    if len(start) >= 2 and start[0] in _TLS_RECORDS and start[1] == 3:
        return "the peer speaks TLS: set tls=True, or use its plain port"
    if start.startswith(b"HTTP/"):
        return "the peer speaks HTTP: is this the port of a broker or NameServer?"
    # An HTTP/2 server, such as the gRPC port of a proxy, opens with a SETTINGS frame of stream 0.
    if len(start) == 9 and start[0] == 0 and start[3] == _HTTP2_SETTINGS_TYPE and not any(start[4:]):
        return "the peer speaks HTTP/2: this looks like a gRPC port, use the remoting port"
    return None


NOTHING_LISTENS: Final = "nothing listens there; NameServers have port 9876 by default, brokers 10911"


UNTRUSTED: Final = "name its authority in ROCKETMQ_BROKER_TLS_CA_FILE, or give a context of your own as tls="
NO_TLS: Final = "does the peer speak TLS there? without tls= this connects in the clear"
_NOT_TLS: Final = ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
# How OpenSSL calls bytes that are no TLS record; the last is the name that newer releases have for it.


def about_handshake(error: BaseException) -> str | None:
    """Say what may be wrong where a TLS handshake failed; `None` where the error has to speak for itself.

    Args:
        error: The failure. Its class is not asked for: `ssl` is imported only where TLS is used.
    """
    if getattr(error, "verify_message", None):
        return UNTRUSTED
    is_end = isinstance(error, ConnectionError) or type(error).__name__ == "SSLEOFError"
    if is_end or getattr(error, "reason", None) in _NOT_TLS:
        return NO_TLS
    return None


def unanswered(*, has_spoken: bool, is_encrypted: bool) -> str:
    """Say what it may mean that an answer did not come in time.

    Args:
        has_spoken: Whether the peer has sent anything on this connection.
        is_encrypted: Whether the connection uses TLS.
    """
    if has_spoken:
        return "no answer in time"
    guess = "" if is_encrypted else ", and does it take connections without TLS"
    return f"no answer in time, nor anything else on this connection: is it a broker or NameServer{guess}?"


def closed_by_peer(*, has_spoken: bool, is_encrypted: bool) -> str:
    """Say why the peer may have closed the connection.

    Args:
        has_spoken: Whether it had sent anything before.
        is_encrypted: Whether the connection uses TLS.
    """
    if has_spoken:
        return "connection closed by the peer"
    guess = "" if is_encrypted else ", and does it accept connections without TLS"
    return f"connection closed by the peer before it sent anything: is it a broker or NameServer{guess}?"
