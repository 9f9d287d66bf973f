"""TLS on the server's side, between a socket's bytes and the decoder."""

from __future__ import annotations

import ssl
import tempfile
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from pyrocketmq.testkit.certificate import throw_away_certificate

HANDSHAKE: Final = 0x16
"""The first byte of a TLS connection; no frame that a server accepts starts with it."""


class TlsMode(StrEnum):
    """Which connections a server takes; the first byte of a connection tells what it is."""

    DISABLED = "disabled"
    """Plain ones only."""

    PERMISSIVE = "permissive"
    """Both; what real servers do unless told otherwise."""

    ENFORCING = "enforcing"
    """By TLS only."""


class TlsLayer:
    """One connection's TLS, without its socket."""

    def __init__(self) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = _server_context().wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._is_ready = False

    def decrypt(self, data: bytes) -> bytes:
        """Take bytes from the client and return what they say; nothing while the handshake is under way.

        Raises:
            ssl.SSLError: the client breaks the rules; `take_outgoing` then has the alert for it.
        """
        self._incoming.write(data)
        parts: list[bytes] = []
        try:
            if not self._is_ready:
                self._tls.do_handshake()
                self._is_ready = True
            while part := self._tls.read(1 << 16):
                parts.append(part)
        except ssl.SSLWantReadError:
            pass  # the rest is still to come
        return b"".join(parts)

    def encrypt(self, data: bytes) -> bytes:
        """Return bytes for the client."""
        self._tls.write(data)
        return self._outgoing.read()

    def take_outgoing(self) -> bytes:
        """Return what TLS itself has to tell the client."""
        return self._outgoing.read()


@cache
def _server_context() -> ssl.SSLContext:
    made = throw_away_certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # The standard library loads a key from a file only.
    with tempfile.TemporaryDirectory() as folder:
        chain = Path(folder, "chain.pem")
        chain.touch(mode=0o600)
        chain.write_text(made.key + made.certificate, "ascii")
        context.load_cert_chain(chain)
    return context
