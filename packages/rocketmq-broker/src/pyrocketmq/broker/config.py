"""`ClientConfig`: how clients and managers behave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.compression import Compression
from pyrocketmq.remote import RemoteConfig, environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from pyrocketmq.broker.message_telemetry import MessageTelemetry

DEFAULT_TIMEOUT: Final = float("5.0")
"""Default deadline of a call in seconds.

An object of its own: a caller who writes 5.0 has given a value, which then wins over the environment.
"""

MAX_MESSAGE_SIZE: Final = 4 * 1024 * 1024
"""Largest body that brokers accept by default, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig(RemoteConfig):
    """Settings of clients and managers: those of the transport, and their own.

    Attributes:
        max_message_size: Largest body, or batch, that is sent, in bytes.
        compress_above: Size in bytes from which a body is compressed; `None` for never. Reading always decompresses.
        compression: How bodies are compressed.
        namespace: Put in front of every topic and group on the way to servers, and taken off on the way back.
        instance_name: Part of the id that brokers know this client by; by default one that no other client has.
            Clients on one machine that belong to one group need different names.
        message_telemetry: What to tell about messages that are sent and received; `OpenTelemetry()` of
            `pyrocketmq.broker.opentelemetry` makes spans and metrics of it. `None` for nothing, which costs nothing.
    """

    max_message_size: int = MAX_MESSAGE_SIZE
    compress_above: int | None = None
    compression: Compression = Compression.ZLIB
    namespace: str | None = None
    instance_name: str | None = None
    message_telemetry: MessageTelemetry | None = None

    @classmethod
    def from_environment(cls, *, environ: Mapping[str, str] | None = None, **given: Any) -> Self:
        """Make a config from arguments, then `ROCKETMQ_BROKER_*` variables, then defaults.

        Args:
            environ: Stands for `os.environ`.
            given: Any of the attributes. What is given wins, even if it equals the default.

        Raises:
            ValueError: a variable or an argument holds something that is not accepted; the message says which.
            TypeError: an argument is no setting; the message names it.
        """
        if given.get("timeout") is DEFAULT_TIMEOUT:
            del given["timeout"]
        found = environment.settings(VARIABLES, given, environ)
        # `super()` without arguments would mean the class as it was before `slots=True` made another one of it.
        return super(ClientConfig, cls).from_environment(environ=environ, **found)


VARIABLES: Final[Mapping[str, environment.Variable[Any]]] = {
    "compress_above": environment.count("COMPRESS_ABOVE"),
    "namespace": environment.text("NAMESPACE"),
    "instance_name": environment.text("INSTANCE_NAME"),
}
"""Settings of clients that one variable holds."""
