"""What the operations of one client share: its settings, and what it has learned."""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING, TypeVar

from pyrocketmq.broker.identity import client_id
from pyrocketmq.broker.namespace import Namespace
from pyrocketmq.logging import get_logger
from pyrocketmq.model.declaration.record import Record
from pyrocketmq.model.message_id import UniqueIdGenerator

if TYPE_CHECKING:
    from pyrocketmq.broker.config import ClientConfig
    from pyrocketmq.broker.errors import BrokerError

_log = get_logger("pyrocketmq.broker")

RecordT = TypeVar("RecordT", bound=Record)


class ClientContext:
    """Settings and knowledge of one client.

    Args:
        broker_addr: Address of the server, for errors.
        timeout: Default deadline of a call in seconds.
        config: All other settings.

    Attributes:
        broker_addr: Address of the server, for errors.
        broker_name: Name of the broker; `None` until it is known.
        namespace: The namespace of all names, if there is one.
        timeout: Default deadline of a call in seconds.
        max_message_size: Largest body that is sent, in bytes.
        compress_above: Bodies of this many bytes and more are compressed; `None` for never.
        compression: How.
        unique_ids: Where message ids come from.
        server_version: Version number in the server's last answer; `None` before the first.
        may_move: Whether somebody can tell where the server is when its connection has failed.
        lost_at: When it failed last, by the monotonic clock, as long as nobody has looked since; `None` if it did not.
        retries: How many attempts were repetitions.
        message_telemetry: Who wants to know of messages; `None` for nobody.
    """

    __slots__ = (
        "_created",
        "_instance_name",
        "broker_addr",
        "broker_name",
        "compress_above",
        "compression",
        "lost_at",
        "max_message_size",
        "may_move",
        "message_telemetry",
        "namespace",
        "retries",
        "server_version",
        "timeout",
        "unique_ids",
    )

    def __init__(self, broker_addr: str, timeout: float, config: ClientConfig) -> None:
        self.broker_addr = broker_addr
        self.broker_name: str | None = None
        self._instance_name = config.instance_name
        self._created = monotonic_ns()
        self.namespace = Namespace(config.namespace) if config.namespace else None
        self.timeout = timeout
        self.max_message_size = config.max_message_size
        self.compress_above = config.compress_above
        self.compression = config.compression
        self.unique_ids = UniqueIdGenerator()
        self.server_version: int | None = None
        self.may_move = False
        self.lost_at: float | None = None
        self.retries = 0
        self.message_telemetry = config.message_telemetry

    @property
    def client_id(self) -> str:
        """Id that brokers know this client by."""
        return client_id(self._instance_name, self._created)

    def note_retry(self, failure: BrokerError, wait: float) -> None:
        """Count and log that a call will be repeated."""
        self.retries += 1
        _log.info("retrying in %.0f ms after %s", wait * 1000, failure)

    def to_server(self, record: RecordT) -> RecordT:
        """Return what the server should see of a request, or of the answer to one of its own."""
        return record if self.namespace is None else self.namespace.wrap_all(record)

    def from_server(self, record: RecordT) -> RecordT:
        """Return what the application should see of an answer, or of a request of the server."""
        return record if self.namespace is None else self.namespace.unwrap_all(record)

    def name_at_server(self, name: str) -> str:
        """Return the name that servers know a topic or group by, where other names are to be made of it."""
        return name if self.namespace is None else self.namespace.wrap(name)

    def name_from_server(self, name: str) -> str:
        """Return the name that the application uses for a topic or group that a message names in its properties."""
        return name if self.namespace is None else self.namespace.unwrap(name)
