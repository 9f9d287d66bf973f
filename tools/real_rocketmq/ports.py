"""Free ports for servers that keep theirs over a restart."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence

from real_rocketmq.errors import PortTakenError

# Below the ranges from which Linux (32768) and macOS (49152) pick the ports of outgoing connections: a port above could
# be taken by some client, even by one that tries to reach the stopped server on that very port.
_PORTS = range(15000, 32000)
_ATTEMPTS = 200

# Not the module's generator: test plugins give every worker the same seed, and all would try the same ports.
_random = random.SystemRandom()


def free_port(offsets: Sequence[int] = (0,)) -> int:
    """Choose a port so that it plus each of the offsets is free at this moment.

    Raises:
        PortTakenError: no such port was found.
    """
    for _ in range(_ATTEMPTS):
        port = _random.choice(_PORTS)
        if all(_is_free(port + offset) for offset in offsets):
            return port
    raise PortTakenError(f"found no free port in {_PORTS.start}-{_PORTS.stop - 1} with offsets {tuple(offsets)}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
