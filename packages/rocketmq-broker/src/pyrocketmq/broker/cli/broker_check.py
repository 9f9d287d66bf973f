"""Whether a broker serves this client: permissions, the address that it tells others, its clock, a topic."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.broker.cli.advice import ADVERTISE, WANTS_CREDENTIALS
from pyrocketmq.broker.cli.errors import UnknownTopicError
from pyrocketmq.broker.cli.session import READABLE, WRITABLE, topic_config
from pyrocketmq.broker.client import create_broker_client
from pyrocketmq.broker.errors import AuthorizationError, BrokerError
from pyrocketmq.remote import Address

if TYPE_CHECKING:
    from pyrocketmq.broker.cli.connection_check import ConnectionCheck
    from pyrocketmq.broker.cli.findings import Findings
    from pyrocketmq.broker.client import BrokerClient
    from pyrocketmq.broker.config import ClientConfig

_SKEW: Final = 5.0
# Seconds; the broker's clock is known to the second only.
_RUNTIME: Final = re.compile(r"(\d+) days?, (\d+) hours?, (\d+) minutes?, (\d+) seconds?").search


class BrokerCheck:
    """Looks at brokers that can be talked to.

    Args:
        findings: Takes what is found.
        config: How to connect.
        connection: Looks at other addresses that a broker tells of.
    """

    def __init__(self, findings: Findings, config: ClientConfig, connection: ConnectionCheck) -> None:
        self._findings = findings
        self._config = config
        self._connection = connection

    def examine(self, address: Address, *, is_advertised: bool, topic: str | None) -> None:
        """Look at one broker.

        Args:
            address: The broker.
            is_advertised: Whether the address is the one that it told a NameServer.
            topic: A topic that it should have.
        """
        try:
            with create_broker_client(str(address), **_settings(self._config)) as client:
                config = self._read_config(address, client)
                if config is None:
                    return
                if not is_advertised:
                    self._compare_addresses(address, config)
                self._compare_clocks(address, client.get_broker_runtime_info())
                if topic is not None:
                    self._has_topic(address, client, topic)
        except BrokerError as error:
            self._findings.fail(address, "broker", error.reason, "see the log of the broker")

    def _has_topic(self, address: Address, client: BrokerClient, topic: str) -> None:
        try:
            config = topic_config(client, topic)
        except UnknownTopicError:
            self._findings.fail(
                address,
                "topic",
                f"it has no topic {topic!r}",
                f"`rmq topic list` shows the topics, `rmq topic create {topic}` makes this one on all brokers",
            )
            return
        except BrokerError as error:
            self._findings.fail(address, "topic", error.reason, "check the user's rights on the topic")
            return
        numbers = f"{config.read_queue_nums} queues to read from and {config.write_queue_nums} to write to"
        if config.perm & READABLE and config.perm & WRITABLE:
            self._findings.ok(address, "topic", f"it has {topic!r} with {numbers}")
            return
        missing = "written to" if config.perm & READABLE else "read from" if config.perm & WRITABLE else "used at all"
        self._findings.fail(
            address,
            "topic",
            f"{topic!r} may not be {missing}",
            f"`rmq topic create {topic} --queues {max(config.write_queue_nums, 1)} --permission rw` opens it",
        )

    def _read_config(self, address: Address, client: BrokerClient) -> dict[str, str] | None:
        """Return the broker's configuration; `None` where this client may not read it."""
        try:
            config = client.get_broker_config()
        except AuthorizationError as error:
            if self._config.credentials is None:
                said, advice = "it wants credentials", WANTS_CREDENTIALS
            else:
                said = "credentials are wrong, or lack the right to read the configuration"
                advice = "check access key and secret key, and the user's rights on the broker"
            self._findings.fail(address, "permissions", f"{said}: {error.reason}", advice)
            return None
        except BrokerError as error:
            self._findings.fail(address, "permissions", error.reason, "see the log of the broker")
            return None
        self._findings.ok(
            address, "permissions", f"{config.get('brokerName', 'the broker')} lets this client read its configuration"
        )
        bits = int(config.get("brokerPermission", "6"))
        if not bits & WRITABLE:
            self._findings.warn(
                address, "writable", "the broker takes no messages", "set brokerPermission=6 when its upkeep is over"
            )
        return config

    def _compare_addresses(self, dialled: Address, config: dict[str, str]) -> None:
        if not config.get("brokerIP1", "") or not config.get("listenPort", ""):
            return
        try:
            advertised = Address(config["brokerIP1"], int(config["listenPort"]))
        except ValueError as error:
            self._findings.fail(dialled, "advertised", f"it advertises a bad {error}", ADVERTISE)
            return
        if advertised == dialled:
            self._findings.ok(dialled, "advertised", "it advertises the address that was dialled")
            return
        self._findings.warn(
            dialled,
            "advertised",
            f"it advertises {advertised}",
            "clients that ask a NameServer dial that one; set brokerIP1 if they cannot",
        )
        self._connection.reaches(advertised, "reachable", ADVERTISE)

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
            self._findings.warn(
                address,
                "clock",
                f"its clock is {abs(skew):.0f} s {ahead} this machine's",
                "set both by NTP; timers, resets by time and message ids hang on it",
            )
        else:
            self._findings.ok(address, "clock", f"within {_SKEW:.0f} s of this machine's")


def _settings(config: ClientConfig) -> dict[str, Any]:  # of several types
    """Return the settings under which a broker is asked, as the factory of clients takes them."""
    return {
        "timeout": config.timeout,
        "connect_timeout": config.connect_timeout,
        "tls": config.tls,
        "credentials": config.credentials,
        "serializer": config.serializer,
    }
