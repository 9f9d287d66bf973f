"""Who a client is: the parts of the id that brokers know it by, `address@instance`."""

from __future__ import annotations

import os
import socket
import time
from functools import cache
from typing import Final

_ANYWHERE: Final = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
# Addresses for documentation: nothing is sent to them.


def unique_instance_name() -> str:
    """Return an instance name that no other client has: the process and the time."""
    return f"{os.getpid()}#{time.monotonic_ns()}"


@cache
def own_address() -> str:
    """Return the address that this machine uses towards others; its loopback address where it has no network."""
    for family, anywhere in _ANYWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((anywhere, 9))  # chooses a route, sends nothing
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return "127.0.0.1"
