"""`RemoteConfig`: how remotes and pools behave."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.enums import SerializeType
from pyrocketmq.model.frame import MAX_FRAME_SIZE
from pyrocketmq.remote import environment
from pyrocketmq.remote.environment import Variable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from typing import Self

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.calls import CallHook
    from pyrocketmq.remote.events import Listener
    from pyrocketmq.remote.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys with which requests are signed.

    Attributes:
        access_key: Name of the account.
        secret_key: Its secret; never shown.
        security_token: Token of a temporary account; never shown.
    """

    access_key: str
    secret_key: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteConfig:
    """Settings of remotes and pools. All times are seconds.

    Attributes:
        timeout: Deadline of one call, opening the connection and waiting for a pool included.
        connect_timeout: Deadline of opening a connection: name look-up, TCP and TLS together.
        read_timeout: How long a connection may stay silent while answers are due before it is held dead. An answer
            that the server may hold back is due when that time is over.
        max_connections: Connections of a pool, per address.
        connection_idle_time: Age at which an unused connection of a pool is closed, beyond the first.
        tls: `True` for TLS that verifies the server, or a context of your own.
        credentials: Signs every request.
        serializer: Encoding of request headers. Codes above 32767 always travel as JSON.
        vip_channel: Whether clients send the requests that the VIP channel serves to it, two ports below the address.
            A remote itself has one address, whatever this says.
        address_resolver: Maps an address, as brokers advertise it, to the one to dial.
        request_hooks: Called in turn with each command before it is encoded; they may change its `ext_fields`.
        call_hooks: Context managers that are entered with each call and left after it, the first one outermost; for
            tracing and the like. What they raise, the call raises.
        event_listeners: Called with every `ConnectionEvent` of a remote, in turn and in order: by a `Remote` on a
            thread of its own, by an `AsyncRemote` from the event loop. They may use the remote. What they raise is
            logged.
        telemetry: What goes to OpenTelemetry. By default everything for which the application has set a provider when
            the remote is made; `True` for everything, with the extra `otel` installed; `False` for nothing; or a
            `Telemetry` with providers of your own.
        max_frame_size: Limit in bytes for a frame that is received.
        max_in_flight: Calls that an `AsyncRemote` sends before it lets further ones wait. A `Remote` needs no limit:
            each call in flight is a thread.
        max_in_flight_bytes: The same for the bytes of their requests.
        handler_threads: Threads that a `Remote` uses to handle requests of the server.
    """

    timeout: float = 5.0
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    max_connections: int = 10
    connection_idle_time: float = 60.0
    tls: bool | ssl.SSLContext = False
    credentials: Credentials | None = None
    serializer: SerializeType = SerializeType.JSON
    vip_channel: bool = False
    address_resolver: Callable[[Address], Address] | None = None
    request_hooks: tuple[Callable[[RemotingCommand], None], ...] = ()
    call_hooks: tuple[CallHook, ...] = ()
    event_listeners: tuple[Listener, ...] = ()
    telemetry: bool | Telemetry | None = None
    max_frame_size: int = MAX_FRAME_SIZE
    max_in_flight: int = 1024
    max_in_flight_bytes: int = 64 * 1024 * 1024
    handler_threads: int = 4

    def __post_init__(self) -> None:
        for name in ("timeout", "connect_timeout", "read_timeout", "connection_idle_time"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise ValueError(f"{name}={value!r}: expected a number of seconds above 0")
        for name in ("max_connections", "max_frame_size", "max_in_flight", "max_in_flight_bytes", "handler_threads"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
                raise ValueError(f"{name}={value!r}: expected a whole number above 0")

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
        unknown = given.keys() - {known.name for known in fields(cls)}
        if unknown:
            raise TypeError(f"unknown settings: {', '.join(sorted(unknown))}")
        found = environment.settings(VARIABLES, given, environ)
        if "tls" not in found and (context := _tls_from_files(environ)) is not None:
            found["tls"] = context
        elif found.get("tls") is True and "tls" not in given:
            found["tls"] = _tls_from_files(environ) or True
        if "credentials" not in found:
            found["credentials"] = _credentials(environ)
        return cls(**found)


def _parse_serializer(value: str) -> SerializeType:
    if value.lower() not in ("json", "rocketmq"):
        raise ValueError(value)
    return SerializeType[value.upper()]


VARIABLES: Final[Mapping[str, Variable[Any]]] = {
    "timeout": environment.seconds("TIMEOUT"),
    "connect_timeout": environment.seconds("CONNECT_TIMEOUT"),
    "read_timeout": environment.seconds("READ_TIMEOUT"),
    "max_connections": environment.count("MAX_CONNECTIONS"),
    "connection_idle_time": environment.seconds("CONNECTION_IDLE_TIME"),
    "tls": environment.switch("TLS"),
    "serializer": Variable("SERIALIZER", _parse_serializer, "json or rocketmq"),
    "vip_channel": environment.switch("VIP_CHANNEL"),
    "telemetry": environment.switch("TELEMETRY"),
}
"""Settings that one variable holds."""

_TLS_CA_FILE: Final = environment.text("TLS_CA_FILE")
_TLS_CERT_FILE: Final = environment.text("TLS_CERT_FILE")
_TLS_KEY_FILE: Final = environment.text("TLS_KEY_FILE")
_ACCESS_KEY: Final = environment.text("ACCESS_KEY")
_SECRET_KEY: Final = environment.text("SECRET_KEY")
_SECURITY_TOKEN: Final = environment.text("SECURITY_TOKEN")


def _tls_from_files(environ: Mapping[str, str] | None) -> ssl.SSLContext | None:
    """Return a context made of the files that the environment names; `None` if it names none."""
    ca_file, cert_file, key_file = (v.read(environ) for v in (_TLS_CA_FILE, _TLS_CERT_FILE, _TLS_KEY_FILE))
    if key_file and not cert_file:
        raise ValueError(f"{_TLS_KEY_FILE.name} is set: expected {_TLS_CERT_FILE.name} beside it")
    if not ca_file and not cert_file:
        return None
    import ssl  # only where TLS is used: it is the slowest import of all

    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ValueError(f"{_TLS_CA_FILE.name}={ca_file!r}: expected a file of PEM certificates: {error}") from error
    if cert_file:
        try:
            context.load_cert_chain(cert_file, key_file, _no_passphrase)
        except (OSError, ValueError) as error:
            raise ValueError(
                f"{_TLS_CERT_FILE.name}={cert_file!r}, {_TLS_KEY_FILE.name}={key_file!r}: "
                f"expected PEM files of a certificate and its key: {error}"
            ) from error
    return context


def _no_passphrase() -> str:
    """Refuse a key that wants one: without this OpenSSL would ask a terminal, and wait for it."""
    raise ValueError("the key has a passphrase; make a context of your own for it, and give it as tls=")


def _credentials(environ: Mapping[str, str] | None) -> Credentials | None:
    access_key, secret_key, token = (v.read(environ) for v in (_ACCESS_KEY, _SECRET_KEY, _SECURITY_TOKEN))
    if access_key and secret_key:
        return Credentials(access_key, secret_key, token)
    if access_key or secret_key or token:
        missing = _SECRET_KEY if access_key else _ACCESS_KEY
        raise ValueError(f"{missing.name} is not set: expected {_ACCESS_KEY.name} and {_SECRET_KEY.name} together")
    return None
