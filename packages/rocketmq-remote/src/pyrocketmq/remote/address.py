"""`Address`: where a broker or NameServer listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_LAST_PORT: Final = 65535
_ACCEPTED: Final = "expected 'host:port' or '[ipv6]:port' with a port from 1 to 65535"


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of one server.

    Attributes:
        host: Name or IP address, an IPv6 address without its brackets.
        port: TCP port, 1 to 65535.
    """

    host: str
    port: int

    def __post_init__(self) -> None:
        name_is_wrong = not self.host or any(character.isspace() or character in "[]/;,@" for character in self.host)
        if name_is_wrong or not 1 <= self.port <= _LAST_PORT:
            raise ValueError(f"address {str(self)!r}: {_ACCEPTED}")

    @classmethod
    def parse(cls, text: str | Address) -> Address:
        """Read `"host:port"` or `"[::1]:10911"`; an `Address` is returned as it is.

        Raises:
            ValueError: the text is no such address; the message says what is accepted.

        Example:
            >>> Address.parse("[::1]:10911")
            Address(host='::1', port=10911)
        """
        if isinstance(text, Address):
            return text
        host, _, port = text.strip().rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if bracketed != (":" in host) or not (port.isascii() and port.isdigit()):
            raise ValueError(f"address {text!r}: {_ACCEPTED}")
        return cls(host[1:-1] if bracketed else host, int(port))

    @property
    def vip(self) -> Address:
        """The broker's VIP channel: the same broker, two ports below."""
        return Address(self.host, self.port - 2)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
