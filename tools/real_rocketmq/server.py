"""A real RocketMQ on loopback: a name server and its brokers, with everything they leave behind removed at the end.

On which addresses the servers listen is theirs to say. 5.x is bound to 127.0.0.1, but for the broker's replication port
(``listenPort + 1``), which listens on every address: no property binds it. 4.9 has no such property at all, so that all
of its ports listen on every address. What it advertises is 127.0.0.1 in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from real_rocketmq.installation import Installation
from real_rocketmq.java_server import HOST, JavaServer
from real_rocketmq.remoting import registered_brokers, update_broker_config
from real_rocketmq.sandbox import Sandbox

CLUSTER_NAME = "DefaultCluster"
BROKER_NAME = "broker-a"

BEHAVIOUR = {
    "autoCreateTopicEnable": "true",
    "autoCreateSubscriptionGroup": "true",
    "defaultTopicQueueNums": "8",
    "enablePropertyFilter": "true",
    "transactionTimeOut": "3000",
    "transactionCheckInterval": "5000",
}
"""The broker properties that a client notices, unless a caller says otherwise."""

_SMALL_JVM = ("-XX:+UseSerialGC", "-XX:-UsePerfData")


class NameServer(JavaServer):
    """One name server process."""

    _main_class = "org.apache.rocketmq.namesrv.NamesrvStartup"
    _log_name = "namesrv"
    _port_offsets = (0,)
    _jvm_options = (*_SMALL_JVM, "-Xms64m", "-Xmx256m")

    def _configuration(self) -> dict[str, str]:
        return {"listenPort": str(self._port), "bindAddress": HOST}

    def _is_known(self) -> bool:
        return True


class Broker(JavaServer):
    """One broker process and its store."""

    _main_class = "org.apache.rocketmq.broker.BrokerStartup"
    _log_name = "broker"
    _port_offsets = (-2, 0, 1)  # the VIP port, the port, the replication port
    _jvm_options = (
        *_SMALL_JVM,
        "-Xms512m",
        "-Xmx1g",
        "-XX:MaxDirectMemorySize=1g",
        # A store on a disk that is nearly full refuses messages; a test machine's disk may well be.
        "-Drocketmq.broker.diskSpaceWarningLevelRatio=0.99",
    )

    def __init__(
        self,
        installation: Installation,
        sandbox: Sandbox,
        name: str,
        broker_id: int,
        *,
        namesrv_address: str,
        port: int,
        properties: Mapping[str, str],
        system_properties: Mapping[str, str] | None = None,
        conf_files: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            installation,
            sandbox,
            f"{name}-{broker_id}",
            port=port,
            properties=properties,
            system_properties=system_properties,
            conf_files=conf_files,
        )
        self.name = name
        self.broker_id = broker_id
        self._namesrv_address = namesrv_address

    def _configuration(self) -> dict[str, str]:
        store = self._folder / "store"
        return {
            "brokerClusterName": CLUSTER_NAME,
            "brokerName": self.name,
            "brokerId": str(self.broker_id),
            "brokerRole": "SLAVE" if self.broker_id else "ASYNC_MASTER",
            "brokerIP1": HOST,
            "brokerIP2": HOST,
            "listenPort": str(self._port),
            "bindAddress": HOST,
            "namesrvAddr": self._namesrv_address,
            "storePathRootDir": str(store),
            "storePathCommitLog": str(store / "commitlog"),
            "mappedFileSizeCommitLog": str(64 * 1024 * 1024),
            "mappedFileSizeConsumeQueue": "600000",
            "flushDiskType": "ASYNC_FLUSH",
            # A machine that is busy with tests keeps a send waiting for longer than the 200 ms of the default.
            "waitTimeMillsInSendQueue": "5000",
            **BEHAVIOUR,
        }

    def _is_known(self) -> bool:
        try:
            if self._is_registered():
                return True
            self._register_again()
        except OSError:
            pass  # not ready to answer, so not ready
        return False

    def _is_registered(self) -> bool:
        brokers = registered_brokers(self._namesrv_address)
        return brokers.get(self.name, {}).get(self.broker_id) == self.address

    def _register_again(self) -> None:
        # At its start 5.x may register a moment before it is connected to the name server, in vain, and then once more
        # only after 10 s. Setting its permission, to what it is, makes it register at once.
        update_broker_config(self.address, "brokerPermission", self._properties.get("brokerPermission", "6"))


@dataclass(frozen=True)
class _Running:
    installation: Installation
    sandbox: Sandbox
    namesrv: NameServer
    brokers: list[Broker] = field(default_factory=list["Broker"])


class RealRocketMQ:
    """A name server and a broker; starts on entry to ``with``, and leaves no process and no file behind.

    Args:
        version: a RocketMQ version, such as "5.4.0".
        properties: broker properties, on top of and instead of the defaults.
        namesrv_properties: name server properties, likewise.
        namesrv_port: the name server's port; 0 for any free one.
        broker_port: the broker's port, which takes the port 2 below and the port 1 above as well; 0 for any free three.
        system_properties: system properties of the broker's Java, such as ``tls.server.mode``.
        conf_files: further files of the broker's ``conf`` folder, such as ``plain_acl.yml``, by name.

    Raises:
        PrerequisiteError: Java, Maven or the jars are missing.
        StartError: a server did not start; the text ends with its last output.
    """

    def __init__(
        self,
        version: str,
        *,
        properties: Mapping[str, str] | None = None,
        namesrv_properties: Mapping[str, str] | None = None,
        namesrv_port: int = 0,
        broker_port: int = 0,
        system_properties: Mapping[str, str] | None = None,
        conf_files: Mapping[str, str] | None = None,
    ) -> None:
        self.version = version
        self.cluster_name = CLUSTER_NAME
        self.broker_name = BROKER_NAME
        self._properties = dict(properties or {})
        self._namesrv_properties = dict(namesrv_properties or {})
        self._namesrv_port = namesrv_port
        self._broker_port = broker_port
        self._system_properties = dict(system_properties or {})
        self._conf_files = dict(conf_files or {})
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def namesrv(self) -> NameServer:
        """The name server."""
        return self._require_running().namesrv

    @property
    def namesrv_address(self) -> str:
        """The name server's ``"host:port"``."""
        return self.namesrv.address

    @property
    def broker(self) -> Broker:
        """The broker that was started first, the master of :attr:`broker_name`."""
        return self.brokers[0]

    @property
    def broker_address(self) -> str:
        """The ``"host:port"`` of :attr:`broker`."""
        return self.broker.address

    @property
    def brokers(self) -> Sequence[Broker]:
        """All brokers, those of :meth:`add_broker` included."""
        return self._require_running().brokers

    def start(self) -> None:
        """Start the name server and the broker, and wait until they are ready."""
        if self._running is not None:
            raise RuntimeError("the servers are started already")
        installation = Installation.prepare(self.version)
        sandbox = Sandbox(f"rocketmq-{self.version}")
        try:
            namesrv = NameServer(
                installation, sandbox, "namesrv", port=self._namesrv_port, properties=self._namesrv_properties
            )
            namesrv.start()
            self._running = _Running(installation, sandbox, namesrv)
            self.add_broker(
                self.broker_name,
                port=self._broker_port,
                properties=self._properties,
                system_properties=self._system_properties,
                conf_files=self._conf_files,
            )
        except BaseException:
            self._running = None
            sandbox.close()
            raise

    def stop(self) -> None:
        """Kill what runs and remove the stores; does nothing when all is stopped."""
        running, self._running = self._running, None
        if running is not None:
            running.sandbox.close()

    def add_broker(
        self,
        name: str,
        broker_id: int = 0,
        *,
        port: int = 0,
        properties: Mapping[str, str] | None = None,
        system_properties: Mapping[str, str] | None = None,
        conf_files: Mapping[str, str] | None = None,
    ) -> Broker:
        """Start another broker on the same name server.

        Args:
            name: a new name for another master; a master's name for a slave of it.
            broker_id: 0 for a master, more for a slave.
            port: as ``broker_port`` of the class.
            properties: as those of the class.
            system_properties: as those of the class.
            conf_files: as those of the class.

        Raises:
            StartError: the broker did not start.
        """
        running = self._require_running()
        broker = Broker(
            running.installation,
            running.sandbox,
            name,
            broker_id,
            namesrv_address=running.namesrv.address,
            port=port,
            properties=properties or {},
            system_properties=system_properties,
            conf_files=conf_files,
        )
        broker.start()
        running.brokers.append(broker)
        return broker

    def start_broker(self, port: int | None = None) -> None:
        """Start the broker again on the same store, and wait until it is ready and registered.

        Args:
            port: ``None`` for the port it had, 0 for any free one.
        """
        self.broker.start(port)

    def kill_broker(self) -> None:
        """End the broker by SIGKILL, as a crash would."""
        self.broker.kill()

    def stop_broker(self) -> None:
        """Shut the broker down in order, which takes it off the name server."""
        self.broker.stop()

    def pause_broker(self) -> None:
        """Freeze the broker (SIGSTOP): its connections stay open and nothing answers."""
        self.broker.pause()

    def resume_broker(self) -> None:
        """Let the paused broker go on (SIGCONT)."""
        self.broker.resume()

    def broker_log_tail(self, lines: int = 40) -> str:
        """The last lines the broker printed, its warnings among them."""
        return self.broker.log_tail(lines)

    def _require_running(self) -> _Running:
        if self._running is None:
            raise RuntimeError(f"RocketMQ {self.version} is not started")
        return self._running
