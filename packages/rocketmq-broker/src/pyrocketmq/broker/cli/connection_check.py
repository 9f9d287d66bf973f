"""Whether a server can be talked to: name, TCP, TLS and protocol, each step on the ground of those before."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.cli.probe import identify, speaks_tls
from pyrocketmq.model.requests import GetBrokerClusterInfo
from pyrocketmq.remote import Remote, RemoteError
from pyrocketmq.remote.dialing import tls_context

if TYPE_CHECKING:
    from pyrocketmq.broker.cli.findings import Findings
    from pyrocketmq.broker.config import ClientConfig
    from pyrocketmq.model import RemotingCommand
    from pyrocketmq.remote import Address

_PROBE_TIMEOUT: Final = 2.0

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


class ConnectionCheck:
    """Looks at the way to servers.

    Args:
        findings: Takes what is found.
        config: How to connect.
    """

    def __init__(self, findings: Findings, config: ClientConfig) -> None:
        self._findings = findings
        self._config = config

    def finds(self, address: Address) -> bool:
        """Whether its name is known."""
        try:
            found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return self._findings.fail(
                address, "name", f"{address.host} is not known: {reason}", "check the name, DNS, /etc/hosts"
            )
        hosts = ", ".join(dict.fromkeys(str(entry[4][0]) for entry in found))
        is_number = hosts == address.host
        return self._findings.ok(address, "name", "an IP address" if is_number else f"{address.host} is {hosts}")

    def reaches(self, address: Address, step: str = "tcp", advice: str | None = None) -> bool:
        """Whether it takes connections.

        Args:
            address: The server.
            step: What this is a step of.
            advice: What to do if not; by default what the kind of failure suggests.
        """
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
            return self._findings.ok(address, step, f"connected in {(time.perf_counter() - started) * 1000:.1f} ms")
        return self._findings.fail(address, step, why, advice or hint)

    def understands(self, address: Address) -> bool:
        """Whether it speaks the protocol, with TLS if that is on and without if not."""
        if self._config.tls:
            return self._shakes_hands(address)
        seen = identify(address, min(self._config.timeout, _PROBE_TIMEOUT))
        if seen.kind == "remoting":
            return True
        if seen.kind == "tls":
            return self._findings.fail(
                address,
                "tls",
                "it wants TLS, and TLS is off here",
                "set ROCKETMQ_BROKER_TLS_CA_FILE to its CA's certificate, or ROCKETMQ_BROKER_TLS=1",
            )
        finding, advice = _WRONG_KIND.get(
            seen.kind, (f"it speaks no protocol known here: {seen.start[:16].hex(' ')}", "check host and port")
        )
        return self._findings.fail(address, "protocol", finding, advice)

    def asks(self, address: Address) -> RemotingCommand | None:
        """Ask what only a NameServer knows; return the answer, whatever its code."""
        try:
            with Remote(address, self._config) as remote:
                return remote.invoke(GetBrokerClusterInfo())
        except RemoteError as error:
            advice = "see the log of the server"
            if self._config.tls:  # since TLS 1.3 a client's certificate is looked at after the handshake
                advice += "; if it wants a client certificate: ROCKETMQ_BROKER_TLS_CERT_FILE, _TLS_KEY_FILE"
            self._findings.fail(address, "protocol", f"no answer: {error.reason}", advice)
            return None

    def _shakes_hands(self, address: Address) -> bool:
        timeout = min(self._config.timeout, _PROBE_TIMEOUT)
        context = tls_context(self._config)
        assert context is not None
        try:
            with (
                socket.create_connection((address.host, address.port), timeout) as sock,
                context.wrap_socket(sock, server_hostname=address.host) as secured,
            ):
                return self._findings.ok(address, "tls", f"{secured.version()}, the certificate is trusted")
        except ssl.SSLCertVerificationError as error:
            return self._findings.fail(
                address,
                "tls",
                f"its certificate is not trusted: {error.verify_message}",
                "set ROCKETMQ_BROKER_TLS_CA_FILE to its CA's certificate, and connect by a name that is in it",
            )
        except OSError as error:
            if speaks_tls(address, timeout):
                reason = getattr(error, "reason", None) or error
                return self._findings.fail(
                    address,
                    "tls",
                    f"the handshake fails: {reason}",
                    "see whether it wants a client certificate: ROCKETMQ_BROKER_TLS_CERT_FILE, _TLS_KEY_FILE",
                )
            seen = identify(address, timeout)
            what = "it speaks RocketMQ without TLS" if seen.kind == "remoting" else "it does not speak TLS"
            return self._findings.fail(
                address,
                "tls",
                f"{what}, and TLS is on here",
                "unset ROCKETMQ_BROKER_TLS and ROCKETMQ_BROKER_TLS_*, or switch TLS on there (tlsMode)",
            )
