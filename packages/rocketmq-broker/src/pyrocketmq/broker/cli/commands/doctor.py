"""`rmq doctor`: what is wrong with a connection, step by step, and what to do about it."""

from __future__ import annotations

import re
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any, Final, Literal

from pyrocketmq.broker.cli.command import Command, Invocation
from pyrocketmq.broker.cli.errors import CommandError
from pyrocketmq.broker.cli.probe import identify, speaks_tls
from pyrocketmq.broker.cli.table import Column, Table
from pyrocketmq.broker.client import create_broker_client
from pyrocketmq.broker.config import ClientConfig
from pyrocketmq.broker.errors import AuthorizationError, BrokerError
from pyrocketmq.broker.release import release_name
from pyrocketmq.model import ResponseCode
from pyrocketmq.model.requests import GetBrokerClusterInfo, GetBrokerClusterInfoReply
from pyrocketmq.remote import Address, Remote, RemoteError

if TYPE_CHECKING:
    from pyrocketmq.broker.cli.output import Output, Rows
    from pyrocketmq.broker.client import BrokerClient
    from pyrocketmq.model import RemotingCommand

_PROBE_TIMEOUT: Final = 2.0
_SKEW: Final = 5.0
# Seconds; the broker's clock is known to the second only.
_STYLES: Final = {"ok": "green", "warning": "yellow", "failed": "red"}
_RUNTIME: Final = re.compile(r"(\d+) days?, (\d+) hours?, (\d+) minutes?, (\d+) seconds?").search

FINDINGS: Final = Table(
    (
        Column("status", "`ok`, `warning` or `failed`", width=7),
        Column("server", "address that it is about", width=21),
        Column("step", "what was looked at", width=11),
        Column("finding", "what was found"),
        Column("next", "what to do about it", in_table=False),
    )
)

_WRONG_KIND: Final = {
    "http": (
        "an HTTP server answers",
        "give the port of a NameServer (9876) or broker (10911), not that of a web server",
    ),
    "http2": (
        "a gRPC server (HTTP/2) answers, such as the proxy of 5.x on port 8081",
        "give the port of a NameServer (9876) or broker (10911), or the proxy's remoting port (8080)",
    ),
    "silent": (
        "it takes the connection and says nothing",
        "see whether the server hangs, or a load balancer without a server",
    ),
    "closes": (
        "it closes the connection without an answer",
        "see its log; a server that wants client certificates does so too",
    ),
}


def run(call: Invocation) -> None:
    """Look at every address.

    Raises:
        CommandError: something is wrong; what, has been shown.
    """
    session, output = call.session, call.output
    config = ClientConfig.from_environment(**session.settings)
    with output.table(FINDINGS, live=True) as rows:
        doctor = _Doctor(output, rows, config)
        doctor.note_settings(session.required_address)
        for text in session.required_address.split(";"):
            doctor.examine(Address.parse(text), wants_broker=session.is_direct)
    if doctor.failures:
        raise CommandError(f"{doctor.failures} problem{'' if doctor.failures == 1 else 's'} found")
    output.note("\nnothing is wrong" + (f", {doctor.warnings} to look at" if doctor.warnings else ""), "green")


class _Doctor:
    """Looks at servers, each step on the ground of those before."""

    def __init__(self, output: Output, rows: Rows, config: ClientConfig) -> None:
        self._output = output
        self._rows = rows
        self._config = config
        self.failures = 0
        self.warnings = 0

    def examine(self, address: Address, *, wants_broker: bool) -> None:
        """Look at one address, and at the brokers behind it."""
        if not (self._finds(address) and self._reaches(address) and self._understands(address)):
            return
        answer = self._asks(address)
        if answer is None:
            return
        is_broker = answer.code == ResponseCode.REQUEST_CODE_NOT_SUPPORTED
        what = "a broker" if is_broker else "a NameServer"
        self._ok(address, "protocol", f"{what} of RocketMQ {release_name(answer.version)} answers")
        if is_broker is not wants_broker:
            option = "--broker" if is_broker else "--namesrv"
            self._fail(address, "kind", f"it is {what}", f"use {option} {address}")
        if is_broker:
            self._examine_broker(address, None)
        else:
            self._examine_brokers(address, answer)

    def note_settings(self, address: str) -> None:
        """Show what the environment and the arguments say."""
        config = self._config
        said = [
            "TLS" if config.tls else "no TLS",
            f"access key {config.credentials.access_key!r}" if config.credentials else "no credentials",
            f"namespace {config.namespace!r}" if config.namespace else "no namespace",
        ]
        self._ok(address, "settings", ", ".join(said))

    def _finds(self, address: Address) -> bool:
        try:
            found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return self._fail(
                address, "name", f"{address.host} is not known: {reason}", "check the name, DNS, /etc/hosts"
            )
        hosts = ", ".join(dict.fromkeys(str(entry[4][0]) for entry in found))
        return self._ok(address, "name", hosts if hosts == address.host else f"{address.host} is {hosts}")

    def _reaches(self, address: Address, step: str = "tcp", advice: str | None = None) -> bool:
        started = time.perf_counter()
        try:
            socket.create_connection((address.host, address.port), min(self._config.connect_timeout, 5.0)).close()
        except ConnectionRefusedError:
            why = "nothing listens there"
            hint = "see whether the server runs, and the port: NameServers have 9876, brokers 10911 by default"
        except TimeoutError:
            why, hint = "no answer to a connection", "see whether a firewall or a wrong network is in between"
        except OSError as error:
            why, hint = f"cannot connect: {error.strerror or error}", "see whether this machine has a route to it"
        else:
            return self._ok(address, step, f"connected in {(time.perf_counter() - started) * 1000:.1f} ms")
        return self._fail(address, step, why, advice or hint)

    def _understands(self, address: Address) -> bool:
        if self._config.tls:
            return self._shakes_hands(address)
        seen = identify(address, min(self._config.timeout, _PROBE_TIMEOUT))
        if seen.kind == "remoting":
            return True
        if seen.kind == "tls":
            return self._fail(
                address,
                "tls",
                "it wants TLS, and TLS is off here",
                "set ROCKETMQ_BROKER_TLS_CA_FILE to its CA's certificate, or ROCKETMQ_BROKER_TLS=1",
            )
        finding, advice = _WRONG_KIND.get(
            seen.kind, (f"it speaks no protocol known here: {seen.start[:16].hex(' ')}", "check host and port")
        )
        return self._fail(address, "protocol", finding, advice)

    def _shakes_hands(self, address: Address) -> bool:
        timeout = min(self._config.timeout, _PROBE_TIMEOUT)
        context = ssl.create_default_context() if self._config.tls is True else self._config.tls
        assert isinstance(context, ssl.SSLContext)
        try:
            with (
                socket.create_connection((address.host, address.port), timeout) as sock,
                context.wrap_socket(sock, server_hostname=address.host) as secured,
            ):
                return self._ok(address, "tls", f"{secured.version()}, the certificate is trusted")
        except ssl.SSLCertVerificationError as error:
            return self._fail(
                address,
                "tls",
                f"its certificate is not trusted: {error.verify_message}",
                "set ROCKETMQ_BROKER_TLS_CA_FILE to its CA's certificate, and connect by a name that is in it",
            )
        except OSError as error:
            if speaks_tls(address, timeout):
                reason = getattr(error, "reason", None) or error
                return self._fail(
                    address,
                    "tls",
                    f"the handshake fails: {reason}",
                    "see whether it wants a client certificate: ROCKETMQ_BROKER_TLS_CERT_FILE, _TLS_KEY_FILE",
                )
            seen = identify(address, timeout)
            what = "it speaks RocketMQ without TLS" if seen.kind == "remoting" else "it does not speak TLS"
            return self._fail(
                address,
                "tls",
                f"{what}, and TLS is on here",
                "unset ROCKETMQ_BROKER_TLS and ROCKETMQ_BROKER_TLS_*, or switch TLS on there (tlsMode)",
            )

    def _asks(self, address: Address) -> RemotingCommand | None:
        try:
            with Remote(address, self._config) as remote:
                return remote.invoke(GetBrokerClusterInfo())
        except RemoteError as error:
            self._fail(address, "protocol", f"no answer: {error.reason}", "see the log of the server")
            return None

    def _examine_brokers(self, namesrv: Address, answer: RemotingCommand) -> None:
        if answer.code != ResponseCode.SUCCESS:
            self._fail(
                namesrv, "brokers", f"it answered {answer.code}: {answer.remark}", "see the log of the NameServer"
            )
            return
        table = GetBrokerClusterInfoReply.from_command(answer).cluster_info.broker_addr_table
        if not table:
            self._fail(
                namesrv,
                "brokers",
                "no broker is registered",
                f"start a broker with namesrvAddr={namesrv}, or see its log",
            )
        for name, data in sorted(table.items()):
            for broker_id, text in sorted(data.broker_addrs.items()):
                address = Address.parse(text)
                self._ok(address, "advertised", f"{name}, id {broker_id}, is registered with this address")
                advice = "set brokerIP1 (and listenPort) of the broker to an address that clients reach, and restart it"
                if self._reaches(address, "reachable", advice) and self._understands(address):
                    self._examine_broker(address, name)

    def _examine_broker(self, address: Address, name: str | None) -> None:
        with create_broker_client(str(address), **_settings(self._config)) as client:
            if not self._is_allowed(address, client):
                return
            if name is None:
                self._compare_addresses(address, client.get_broker_config())
            self._compare_clocks(address, client.get_broker_runtime_info())

    def _is_allowed(self, address: Address, client: BrokerClient) -> bool:
        try:
            config = client.get_broker_config()
        except AuthorizationError as error:
            if self._config.credentials is None:
                return self._fail(
                    address,
                    "permissions",
                    f"it wants credentials: {error.reason}",
                    "set ROCKETMQ_BROKER_ACCESS_KEY and ROCKETMQ_BROKER_SECRET_KEY, or give --credentials FILE",
                )
            return self._fail(
                address,
                "permissions",
                f"credentials are wrong, or lack the right to read the configuration: {error.reason}",
                "check access key and secret key, and the user's rights on the broker",
            )
        except BrokerError as error:
            return self._fail(address, "permissions", error.reason, "see the log of the broker")
        self._ok(
            address, "permissions", f"{config.get('brokerName', 'the broker')} answers questions of an administrator"
        )
        bits = int(config.get("brokerPermission", "6"))
        if not bits & 2:
            self._warn(
                address, "writable", "the broker takes no messages", "set brokerPermission=6 when its upkeep is over"
            )
        return True

    def _compare_addresses(self, dialled: Address, config: dict[str, str]) -> None:
        if not config.get("brokerIP1", "") or not config.get("listenPort", ""):
            return
        advertised = Address(config["brokerIP1"], int(config["listenPort"]))
        if advertised == dialled:
            self._ok(dialled, "advertised", "it advertises the address that was dialled")
            return
        self._warn(
            dialled,
            "advertised",
            f"it advertises {advertised}",
            "clients that ask a NameServer dial that one; set brokerIP1 if they cannot",
        )
        self._reaches(
            advertised, "reachable", "set brokerIP1 (and listenPort) of the broker to an address that clients reach"
        )

    def _compare_clocks(self, address: Address, runtime: dict[str, str]) -> None:
        """Compare the clocks: a broker tells when it started, and how long ago that is by its clock."""
        found = _RUNTIME(runtime.get("runtime", ""))
        if found is None or not runtime.get("bootTimestamp", "").isdecimal():
            return
        days, hours, minutes, seconds = map(int, found.groups())
        age = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        skew = int(runtime["bootTimestamp"]) / 1000 + age - time.time()
        if abs(skew) > _SKEW:
            ahead = "ahead of" if skew > 0 else "behind"
            self._warn(
                address,
                "clock",
                f"its clock is {abs(skew):.0f} s {ahead} this machine's",
                "set both by NTP; timers, resets by time and message ids hang on it",
            )
        else:
            self._ok(address, "clock", "its clock agrees with this machine's to the second or two that can be told")

    def _ok(self, server: Address | str, step: str, finding: str) -> Literal[True]:
        self._add("ok", server, step, finding, None)
        return True

    def _warn(self, server: Address | str, step: str, finding: str, advice: str) -> None:
        self.warnings += 1
        self._add("warning", server, step, finding, advice)

    def _fail(self, server: Address | str, step: str, finding: str, advice: str) -> Literal[False]:
        self.failures += 1
        self._add("failed", server, step, finding, advice)
        return False

    def _add(self, status: str, server: Address | str, step: str, finding: str, advice: str | None) -> None:
        row = {"status": status, "server": str(server), "step": step, "finding": finding, "next": advice}
        self._rows.add(row, {"status": _STYLES[status]})
        if advice:
            self._output.note(f"         next: {advice}")


def _settings(config: ClientConfig) -> dict[str, Any]:  # of several types
    """Return the settings under which a broker is asked, as the factory of clients takes them."""
    return {
        "timeout": config.timeout,
        "connect_timeout": config.connect_timeout,
        "tls": config.tls,
        "credentials": config.credentials,
        "serializer": config.serializer,
    }


COMMAND = Command(
    name="doctor",
    summary="say what is wrong with a connection",
    description="Look at a connection step by step: settings, name, TCP, TLS, protocol, kind and version of the "
    "server, the brokers behind it and the addresses that they advertise, permissions, clocks. For each problem one "
    "line says what to do. Sends no message and changes nothing. Exit code 1 where something is wrong.",
    run=run,
    examples=("rmq doctor --namesrv localhost:9876", "rmq doctor --namesrv localhost:9876 --json"),
    tables=(FINDINGS,),
)
