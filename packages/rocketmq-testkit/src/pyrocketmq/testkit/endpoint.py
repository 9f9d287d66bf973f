"""Addresses as texts, taken apart."""

from __future__ import annotations


def endpoint_of(address: str) -> tuple[str, int]:
    """Return host and port of an address: `10.0.0.5:9876`, `[::1]:9876` or, as fakes tell theirs, `::1:9876`.

    Raises:
        ValueError: it is none.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"{address!r} is not HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)
