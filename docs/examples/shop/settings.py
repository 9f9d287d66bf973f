"""What the programs of the shop have to be told, from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where the servers are, and which names the shop uses on them.

    Everything that the clients themselves can be told, such as TLS and credentials, they read from `ROCKETMQ_BROKER_*`
    variables on their own.

    Attributes:
        namesrv: Address of the NameServer.
        topic: Where events of orders go.
        group: Who sends them.
        timeout: Seconds that a call may take, repeating included.
    """

    namesrv: str = "localhost:9876"
    topic: str = "orders"
    group: str = "shop"
    timeout: float = 3.0

    @classmethod
    def from_environment(cls) -> Settings:
        """Read `NAMESRV_ADDR`, as the clients of other languages do, and `SHOP_TOPIC`."""
        return cls(
            namesrv=os.environ.get("NAMESRV_ADDR", cls.namesrv),
            topic=os.environ.get("SHOP_TOPIC", cls.topic),
        )
