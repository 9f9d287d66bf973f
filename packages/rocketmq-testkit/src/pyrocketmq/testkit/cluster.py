"""`FakeCluster`: several brokers, their replicas and NameServers, on loopback, for tests."""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from pyrocketmq.testkit.broker import JOURNAL_LIMIT, STORE_LIMIT
from pyrocketmq.testkit.broker_control import BrokerControl
from pyrocketmq.testkit.broker_server import BrokerServer
from pyrocketmq.testkit.fake import Fake
from pyrocketmq.testkit.nameserver import NameServer
from pyrocketmq.testkit.replica_server import ReplicaServer
from pyrocketmq.testkit.tls import TlsMode
from pyrocketmq.testkit.version import profile_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pyrocketmq.testkit.access import Account
    from pyrocketmq.testkit.clock import Clock


class ClusterBroker(BrokerControl):
    """One broker of a cluster, a master or a replica."""

    @property
    def broker_id(self) -> int:
        """0 for a master, 1 and up for its replicas."""
        return self.server.broker_id

    @property
    def is_running(self) -> bool:
        """Whether it takes connections."""
        return self._on_thread(lambda: self.server.is_open)

    def stop(self) -> None:
        """Break all connections and refuse new ones; NameServers forget it. What is stored stays."""
        self._on_thread(self.server.close)

    def start(self) -> None:
        """Serve again, at the same address."""
        self._on_thread(self.server.open)

    def set_writable(self, *, writable: bool) -> None:
        """Allow or forbid writing; routes show it, and clients then send elsewhere."""
        self.set_property("brokerPermission", 6 if writable else 4)


class FakeCluster(Fake):
    """Brokers with replicas, and NameServers that know all of them.

    All run on one thread from construction to `stop`; use it as a context manager, plain or async. Its methods may be
    called from any thread.

    Args:
        brokers: Number of masters; their names are broker-a, broker-b and so on.
        replicas: Number of replicas of each master.
        namesrvs: Number of NameServers.
        version: The server version to play: "5.4.0" or "4.9.7".
        host: IP address to listen on.
        namesrv_ports: Ports of the NameServers; by default free ones.
        broker_ports: Ports of the masters; by default free ones.
        cluster_name: The cluster's name.
        clock: `VirtualClock()` for a time that only the test moves; by default real time.
        properties: Properties of all brokers under their real names.
        topics: Topics to create on every master, with their numbers of queues.
        accounts: Who may do what; without any, anybody may do anything.
        tls: Whether connections are taken by TLS too ("permissive", as real servers do), only so ("enforcing"), or not
            at all ("disabled").
        store_limit: Bytes of messages that a master keeps; the oldest go first.
        journal_limit: Bytes of requests and answers to keep; the oldest go first.

    Raises:
        ValueError: an unknown version, or a property with a bad value.
        OSError: an address that cannot be used.

    Example:
        >>> with FakeCluster(brokers=2, replicas=1, namesrvs=2) as cluster:
        ...     {name: [broker.broker_id for broker in group] for name, group in cluster.brokers.items()}
        {'broker-a': [0, 1], 'broker-b': [0, 1]}
    """

    def __init__(
        self,
        brokers: int = 2,
        replicas: int = 0,
        namesrvs: int = 1,
        version: str = "5.4.0",
        *,
        host: str = "127.0.0.1",
        namesrv_ports: Sequence[int] = (),
        broker_ports: Sequence[int] = (),
        cluster_name: str = "DefaultCluster",
        clock: Clock | None = None,
        properties: Mapping[str, object] | None = None,
        topics: Mapping[str, int] | None = None,
        accounts: Collection[Account] = (),
        tls: TlsMode | str = TlsMode.PERMISSIVE,
        store_limit: int = STORE_LIMIT,
        journal_limit: int = JOURNAL_LIMIT,
    ) -> None:
        self._profile = profile_of(version)
        super().__init__(f"fake {cluster_name}", clock, journal_limit, tls)
        self.cluster_name = cluster_name
        """The cluster's name."""
        self.version = version
        """The server version that it plays."""
        self.brokers: dict[str, list[ClusterBroker]] = {}
        """By name, a master and its replicas."""
        self._host = host
        self._properties = dict(properties or {})
        self._store_limit = store_limit
        self._accounts = tuple(accounts)
        self._namesrvs: list[NameServer] = []
        try:
            for index in range(namesrvs):
                self._add_namesrv(namesrv_ports[index] if index < len(namesrv_ports) else 0)
            for index in range(brokers):
                port = broker_ports[index] if index < len(broker_ports) else 0
                self.add_broker(replicas=replicas, port=port)
            for topic, queues in (topics or {}).items():
                self.create_topic(topic, queues=queues)
        except BaseException:
            self._stop()
            raise

    @property
    def namesrv_addresses(self) -> list[str]:
        """Where the NameServers listen."""
        return [namesrv.address for namesrv in self._namesrvs]

    @property
    def namesrv_address(self) -> str:
        """Where the NameServers listen, as clients take it: joined by semicolons."""
        return ";".join(self.namesrv_addresses)

    @property
    def masters(self) -> list[ClusterBroker]:
        """The masters."""
        return [group[0] for group in self.brokers.values()]

    def create_topic(self, topic: str, *, queues: int = 4) -> None:
        """Create a topic on every master."""
        for master in self.masters:
            master.create_topic(topic, queues=queues)

    def add_broker(self, name: str | None = None, *, replicas: int = 0, port: int = 0) -> ClusterBroker:
        """Start one more master.

        Args:
            name: Its name; by default the next of broker-a, broker-b, ...
            replicas: Number of its replicas.
            port: Its port; 0 takes a free one.

        Returns:
            The master.
        """
        if name is None:
            name = next(made for letter in ascii_lowercase if (made := f"broker-{letter}") not in self.brokers)
        master = self._start(name, 0, port, None)
        group = [master]
        self.brokers[name] = group
        for broker_id in range(1, replicas + 1):
            group.append(self._start(name, broker_id, 0, master))
        return master

    def remove_broker(self, name: str) -> None:
        """Stop a master and its replicas for good."""
        for broker in reversed(self.brokers.pop(name)):
            broker.stop()

    def stop_namesrv(self, index: int = 0) -> None:
        """Stop one of the NameServers."""
        self._call(self._namesrvs[index].close)

    def start_namesrv(self, index: int = 0) -> None:
        """Start a NameServer again, at the same address."""
        self._call(self._namesrvs[index].open)

    def _add_namesrv(self, port: int) -> None:
        def start() -> None:
            namesrv = NameServer(self._loop, self._recorder, self._profile, host=self._host, port=port, properties={})
            self._open(namesrv)
            self._namesrvs.append(namesrv)

        self._call(start)

    def _start(self, name: str, broker_id: int, port: int, master: ClusterBroker | None) -> ClusterBroker:
        def start() -> BrokerServer:
            options: dict[str, Any] = {  # arguments of several types
                "loop": self._loop,
                "recorder": self._recorder,
                "profile": self._profile,
                "host": self._host,
                "port": port,
                "name": name,
                "cluster": self.cluster_name,
                "properties": self._properties,
                "store_limit": self._store_limit,
                "broker_id": broker_id,
                "accounts": self._accounts,
            }
            broker = BrokerServer(**options) if master is None else ReplicaServer(master.server, **options)
            broker.nameservers += self._namesrvs
            self._open(broker)
            return broker

        return ClusterBroker(self._call(start))
