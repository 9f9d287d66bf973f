"""Who a client is: the id that brokers know it by."""

from __future__ import annotations

import os
import socket
from functools import cache
from typing import Final

_ANYWHERE: Final = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
# Addresses for documentation: nothing is sent to them.


def client_id(instance_name: str | None, created: int) -> str:
    """Return the id of a client, `address@instance`.

    Args:
        instance_name: What tells the clients of one machine apart; by default the process and a time.
        created: When the client was made, in nanoseconds of any clock.
    """
    return f"{_own_address()}@{instance_name or f'{os.getpid()}#{created}'}"


@cache
def _own_address() -> str:
    """Return the address that this machine uses towards others; its loopback address where it has no network."""
    for family, anywhere in _ANYWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((anywhere, 9))  # chooses a route, sends nothing
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return "127.0.0.1"
