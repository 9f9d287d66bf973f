"""The servers of one call of a command: opened when they are asked for, closed at its end."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from pyrocketmq.broker.broker_manager import BrokerManager, create_broker_manager
from pyrocketmq.broker.cli.credentials import read_credentials
from pyrocketmq.broker.cli.errors import CommandError, UnknownTopicError, UsageError
from pyrocketmq.broker.errors import AuthorizationError, BrokerConnectionError, BrokerError
from pyrocketmq.model import MessageQueue, ResponseCode

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Any, Self

    from pyrocketmq.broker.client import BrokerClient
    from pyrocketmq.model.bodies import ClusterInfo, TopicConfig, TopicRouteData
    from pyrocketmq.nameserver import NameServerClient

READABLE = 4
"""Permission bit of topics that can be read."""
WRITABLE = 2
"""Permission bit of topics, and of brokers, that can be written."""


class Session:
    """Clients of the servers that the command line names.

    Args:
        address: NameServers, separated by `;`, or a broker; `None` where none is named.
        is_direct: Whether it is a broker.
        settings: Settings of all clients; the environment fills in the others.

    Attributes:
        address: As given.
        is_direct: As given.
        settings: As given.
    """

    def __init__(self, address: str | None, *, is_direct: bool, settings: dict[str, Any]) -> None:
        self.address = address
        self.is_direct = is_direct
        self.settings = settings
        self._resources = ExitStack()
        self._clients: dict[str, BrokerClient] = {}

    @classmethod
    def of(cls, options: argparse.Namespace, default_address: str | None) -> Self:
        """Make a session of the arguments that every command has.

        Args:
            options: The arguments, parsed.
            default_address: NameServers to use where the arguments name no server.

        Raises:
            UsageError: the file with the credentials cannot be read.
        """
        settings: dict[str, Any] = {}  # of several types
        if options.timeout is not None:
            settings |= {"timeout": options.timeout, "connect_timeout": options.timeout}
        if options.credentials is not None:
            settings["credentials"] = read_credentials(options.credentials)
        address: str | None = options.broker or options.namesrv or default_address
        return cls(address, is_direct=options.broker is not None, settings=settings)

    @property
    def flags(self) -> str:
        """The address as the command line gives it, for advice on what to call next."""
        return f"--broker {self.address}" if self.is_direct else f"--namesrv '{self.address}'"

    @cached_property
    def manager(self) -> BrokerManager:
        """The manager of all connections to brokers.

        Raises:
            UsageError: no server is named.
        """
        return self._resources.enter_context(create_broker_manager(self.required_address, **self.settings))

    @property
    def required_address(self) -> str:
        """The address of the server.

        Raises:
            UsageError: none is named.
        """
        if self.address is None:
            raise UsageError("which server? give --namesrv HOST:PORT or --broker HOST:PORT, or set NAMESRV_ADDR")
        return self.address

    @cached_property
    def nameserver(self) -> NameServerClient:
        """A client of the first NameServer that can be reached.

        Raises:
            BrokerConnectionError: none can.
            CommandError: what is there is a broker.
        """
        from pyrocketmq.nameserver import create_nameserver_client  # late, because it imports this package

        failures: list[BrokerConnectionError] = []
        for address in self.required_address.split(";"):
            client = create_nameserver_client(address, **self.settings)
            self._resources.callback(client.disconnect)
            try:
                client.connect()
            except BrokerConnectionError as error:
                failures.append(error)
                continue
            return client
        raise failures[-1]

    @cached_property
    def cluster(self) -> ClusterInfo:
        """All brokers that the NameServer knows.

        Raises:
            CommandError: what is there is a broker.
        """
        try:
            return self.nameserver.get_cluster_info()
        except BrokerError as error:
            if error.response_code == ResponseCode.REQUEST_CODE_NOT_SUPPORTED:
                raise CommandError(
                    f"{self.address} is a broker, not a NameServer: use --broker {self.address}"
                ) from error
            raise

    @cached_property
    def broker_names(self) -> list[str]:
        """Names of the brokers; of a broker that keeps its name to itself, an empty one.

        Raises:
            CommandError: there is none.
        """
        names = self.manager.broker_names()
        if self.is_direct:
            return names or [""]
        if not names:
            raise CommandError(f"no broker is registered at {self.address}: is one running, with this namesrvAddr?")
        return names

    def client(self, broker_name: str) -> BrokerClient:
        """Return a client of the master of that name."""
        if broker_name not in self._clients:
            self._clients[broker_name] = self._resources.enter_context(self.manager.connection(broker_name))
        return self._clients[broker_name]

    def clients(self, broker_name: str | None = None) -> Iterator[tuple[str, BrokerClient]]:
        """Go through the brokers: name and client of each.

        Args:
            broker_name: Only this one.
        """
        for name in self.broker_names if broker_name is None else [broker_name]:
            yield name, self.client(name)

    def route(self, topic: str) -> TopicRouteData:
        """Ask the NameServer where a topic is.

        Raises:
            UnknownTopicError: it does not know the topic.
        """
        try:
            return self.nameserver.get_topic_route(topic)
        except BrokerError as error:
            if error.response_code == ResponseCode.TOPIC_NOT_EXIST:
                raise UnknownTopicError(topic) from error
            raise

    def queues(
        self, topic: str, perm: int, *, queue_id: int | None = None, broker_name: str | None = None
    ) -> list[MessageQueue]:
        """Return the queues of a topic that can be read, or written.

        Args:
            topic: The topic.
            perm: `READABLE` or `WRITABLE`.
            queue_id: Only queues of this number.
            broker_name: Only queues of this broker.

        Raises:
            UnknownTopicError: there is no such topic.
            CommandError: it has no such queue.
        """
        counts = self._queue_counts(topic, perm, queue_id)
        found = [
            MessageQueue(topic, name, number)
            for name, count in sorted(counts.items())
            for number in range(count)
            if broker_name in (None, name) and queue_id in (None, number)
        ]
        if not found:
            has = ", ".join(f"{count} on {name or 'the broker'}" for name, count in sorted(counts.items())) or "none"
            what = "writable" if perm == WRITABLE else "readable"
            raise CommandError(f"topic {topic!r} has no such {what} queue: it has {has}")
        return found

    def _queue_counts(self, topic: str, perm: int, queue_id: int | None) -> dict[str, int]:
        if not self.is_direct:
            return {
                data.broker_name: data.write_queue_nums if perm == WRITABLE else data.read_queue_nums
                for data in self.route(topic).queue_datas
                if data.perm & perm
            }
        name, client = next(self.clients())
        try:
            config = topic_config(client, topic)
        except AuthorizationError as error:
            if queue_id is not None:
                return {name: queue_id + 1}
            raise CommandError(
                f"{error}; this user may not ask a broker for a topic's queues: use --namesrv, or give --queue"
            ) from error
        return (
            {name: config.write_queue_nums if perm == WRITABLE else config.read_queue_nums}
            if config.perm & perm
            else {}
        )

    def close(self) -> None:
        """Close all connections."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def topic_config(client: BrokerClient, topic: str) -> TopicConfig:
    """Ask a broker for the settings of a topic, in the way that its version knows.

    Raises:
        UnknownTopicError: it has no such topic.
    """
    try:
        return client.get_topic_config(topic)
    except BrokerError as error:
        if error.response_code == ResponseCode.TOPIC_NOT_EXIST:
            raise UnknownTopicError(topic) from error
        if error.response_code != ResponseCode.REQUEST_CODE_NOT_SUPPORTED:
            raise
    config = client.get_topic_configs().get(topic)
    if config is None:
        raise UnknownTopicError(topic)
    return config
