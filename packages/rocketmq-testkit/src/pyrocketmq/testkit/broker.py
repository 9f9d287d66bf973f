"""`FakeBroker`: a broker and a NameServer on loopback, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.testkit.broker_control import BrokerControl
from pyrocketmq.testkit.broker_server import BrokerServer
from pyrocketmq.testkit.fake import Fake
from pyrocketmq.testkit.nameserver import NameServer
from pyrocketmq.testkit.tls import TlsMode
from pyrocketmq.testkit.version import profile_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pyrocketmq.testkit.access import Account
    from pyrocketmq.testkit.clock import Clock

_MEBIBYTE: Final = 1024 * 1024
STORE_LIMIT: Final = 256 * _MEBIBYTE
JOURNAL_LIMIT: Final = 64 * _MEBIBYTE


class FakeBroker(Fake, BrokerControl):
    """A broker with a NameServer that knows it, speaking the real protocol on real sockets.

    Both run on a thread of their own from construction to `stop`; use it as a context manager, plain or async. Its
    methods may be called from any thread.

    Args:
        version: The server version to play: "5.4.0" or "4.9.7".
        host: IP address to listen on.
        port: Port of the broker; 0 takes a free one.
        namesrv_port: Port of the NameServer; 0 takes a free one.
        broker_name: The broker's name.
        cluster_name: Its cluster's name.
        clock: `VirtualClock()` for a time that only the test moves; by default real time.
        properties: Properties of the broker under their real names, such as `maxMessageSize`.
        topics: Topics to create, with their numbers of queues.
        accounts: Who may do what; without any, anybody may do anything.
        tls: Whether connections are taken by TLS too ("permissive", as real servers do), only so ("enforcing"), or not
            at all ("disabled").
        store_limit: Bytes of messages to keep; the oldest go first.
        journal_limit: Bytes of requests and answers to keep; the oldest go first.

    Raises:
        ValueError: an unknown version, or a property with a bad value.
        OSError: an address that cannot be used.

    Example:
        >>> with FakeBroker(topics={"orders": 4}) as broker:
        ...     _ = broker.put("orders", b"hello", tags="a")
        ...     [message.body for message in broker.messages("orders")]
        [b'hello']
    """

    def __init__(
        self,
        version: str = "5.4.0",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        namesrv_port: int = 0,
        broker_name: str = "broker-a",
        cluster_name: str = "DefaultCluster",
        clock: Clock | None = None,
        properties: Mapping[str, object] | None = None,
        topics: Mapping[str, int] | None = None,
        accounts: Collection[Account] = (),
        tls: TlsMode | str = TlsMode.PERMISSIVE,
        store_limit: int = STORE_LIMIT,
        journal_limit: int = JOURNAL_LIMIT,
    ) -> None:
        profile = profile_of(version)
        Fake.__init__(self, f"fake {broker_name}", clock, journal_limit, tls)

        def start() -> tuple[NameServer, BrokerServer]:
            namesrv = NameServer(self._loop, self._recorder, profile, host=host, port=namesrv_port, properties={})
            broker = BrokerServer(
                self._loop,
                self._recorder,
                profile,
                host=host,
                port=port,
                name=broker_name,
                cluster=cluster_name,
                properties=properties or {},
                store_limit=store_limit,
                accounts=accounts,
            )
            broker.nameservers.append(namesrv)
            self._open(namesrv)
            self._open(broker)
            return namesrv, broker

        try:
            self._namesrv, server = self._call(start)
            BrokerControl.__init__(self, server)
            for topic, queues in (topics or {}).items():
                self.create_topic(topic, queues=queues)
        except BaseException:
            self._stop()
            raise

    @property
    def namesrv_address(self) -> str:
        """Where its NameServer listens."""
        return self._namesrv.address
