"""What brokers tell NameServers and each other."""

from __future__ import annotations

from pyrocketmq.model.bodies.broker_register import RegisterBrokerBody
from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.bodies.statistics import KVTable
from pyrocketmq.model.declaration import Long, Reply, Request, body
from pyrocketmq.model.declaration.body_codec import RAW, FastjsonBodyCodec
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode


class RegisterBrokerReply(Reply):
    """The NameServer knows the broker.

    Attributes:
        ha_server_addr: Address and port of the master for replication.
        master_addr: Address and port of the master.
        kv_table: The order topics.
    """

    ha_server_addr: str | None = None
    master_addr: str | None = None
    kv_table: KVTable | None = body(FastjsonBodyCodec(KVTable), default=None)


class RegisterBroker(Request[RegisterBrokerReply], code=RequestCode.REGISTER_BROKER):
    """Tell a NameServer of a broker and all its topics.

    Attributes:
        broker_name: Name of the broker.
        broker_addr: Its address and port.
        cluster_name: Its cluster.
        ha_server_addr: Its address and port for replication.
        broker_id: 0 for a master.
        compressed: Whether the body is compressed, in a form of its own.
        body_crc32: CRC-32 of the body.
        heartbeat_timeout_millis: Milliseconds after which the broker counts as gone (5.x).
        enable_acting_master: Whether a replica may stand in for an absent master (5.x).
        body: The body as received, see `topics`.
    """

    broker_name: str
    broker_addr: str
    cluster_name: str
    ha_server_addr: str
    broker_id: Long
    compressed: bool = False
    body_crc32: int = 0
    heartbeat_timeout_millis: Long | None = None
    enable_acting_master: bool | None = None
    body: bytes = body(RAW)

    @property
    def topics(self) -> RegisterBrokerBody:
        """The topics of a body that is not compressed.

        Raises:
            ProtocolError: the body is compressed, or no such JSON.
        """
        return REGISTER_BROKER_BODY.decode(self.body)


REGISTER_BROKER_BODY = FastjsonBodyCodec(RegisterBrokerBody)
"""The plain form of the body of `RegisterBroker`."""


class UnregisterBroker(Request[EmptyReply], code=RequestCode.UNREGISTER_BROKER):
    """Tell a NameServer that a broker goes."""

    broker_name: str
    broker_addr: str
    cluster_name: str
    broker_id: Long


class QueryDataVersionReply(Reply):
    """Whether the NameServer's topics of the broker are other than the broker's.

    Attributes:
        changed: Whether they are.
        data_version: The NameServer's version.
    """

    changed: bool
    data_version: DataVersion | None = body(FastjsonBodyCodec(DataVersion), default=None)


class QueryDataVersion(Request[QueryDataVersionReply], code=RequestCode.QUERY_DATA_VERSION):
    """Ask a NameServer whether it needs the broker's topics again."""

    broker_name: str
    broker_addr: str
    cluster_name: str
    broker_id: Long
    data_version: DataVersion = body(FastjsonBodyCodec(DataVersion))


class BrokerHeartbeat(Request[EmptyReply], code=RequestCode.BROKER_HEARTBEAT, since="5.0.0"):
    """Tell a NameServer, or a controller, that a broker is alive.

    Attributes:
        cluster_name: Its cluster.
        broker_addr: Its address and port.
        broker_name: Its name.
        broker_id: Its id.
        epoch: Number of its master's term.
        max_offset: End of its commit log.
        confirm_offset: Commit log offset that replicas have confirmed.
        heartbeat_timeout_mills: Milliseconds after which it counts as gone.
        election_priority: Its rank when a master is elected.
    """

    cluster_name: str
    broker_addr: str
    broker_name: str
    broker_id: Long | None = None
    epoch: int | None = None
    max_offset: Long | None = None
    confirm_offset: Long | None = None
    heartbeat_timeout_mills: Long | None = None
    election_priority: int | None = None


class AddBroker(Request[EmptyReply], code=RequestCode.ADD_BROKER, since="5.0.0"):
    """Have a container of brokers start one.

    Attributes:
        config_path: The file with its settings.
    """

    config_path: str


class RemoveBroker(Request[EmptyReply], code=RequestCode.REMOVE_BROKER, since="5.0.0"):
    """Have a container of brokers stop one."""

    broker_name: str
    broker_cluster_name: str
    broker_id: Long


class NotifyMinBrokerIdChange(Request[EmptyReply], code=RequestCode.NOTIFY_MIN_BROKER_ID_CHANGE, since="5.0.0"):
    """Tell a broker which of its group has the least id now, which may act as its master.

    Attributes:
        min_broker_id: The id.
        broker_name: Name of the group.
        min_broker_addr: Address and port of that broker.
        offline_broker_addr: Address and port of one that has gone.
        ha_broker_addr: Address and port for replication.
    """

    min_broker_id: Long | None = None
    broker_name: str | None = None
    min_broker_addr: str | None = None
    offline_broker_addr: str | None = None
    ha_broker_addr: str | None = None


class ResetMasterFlushOffset(Request[EmptyReply], code=RequestCode.RESET_MASTER_FLUSH_OFFSET, since="5.0.0"):
    """Tell a replica how much of the commit log its master has on disk.

    Attributes:
        master_flush_offset: Commit log offset.
    """

    master_flush_offset: Long
