"""What the operations of one client share: its settings, and what it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.logging import get_logger
from pyrocketmq.model.message_id import UniqueIdGenerator

if TYPE_CHECKING:
    from pyrocketmq.broker.config import ClientConfig
    from pyrocketmq.broker.errors import BrokerError

_log = get_logger("pyrocketmq.broker")


class ClientContext:
    """Settings and knowledge of one client.

    Args:
        broker_addr: Address of the server, for errors.
        timeout: Default deadline of a call in seconds.
        config: All other settings.

    Attributes:
        broker_addr: Address of the server, for errors.
        timeout: Default deadline of a call in seconds.
        max_message_size: Largest body that is sent, in bytes.
        compress_above: Bodies of this many bytes and more are compressed; `None` for never.
        compression: How.
        unique_ids: Where message ids come from.
        server_version: Version number in the server's last answer; `None` before the first.
        retries: How many attempts were repetitions.
    """

    __slots__ = (
        "broker_addr",
        "compress_above",
        "compression",
        "max_message_size",
        "retries",
        "server_version",
        "timeout",
        "unique_ids",
    )

    def __init__(self, broker_addr: str, timeout: float, config: ClientConfig) -> None:
        self.broker_addr = broker_addr
        self.timeout = timeout
        self.max_message_size = config.max_message_size
        self.compress_above = config.compress_above
        self.compression = config.compression
        self.unique_ids = UniqueIdGenerator()
        self.server_version: int | None = None
        self.retries = 0

    def note_retry(self, failure: BrokerError, wait: float) -> None:
        """Count and log that a call will be repeated."""
        self.retries += 1
        _log.info("retrying in %.0f ms after %s", wait * 1000, failure)
