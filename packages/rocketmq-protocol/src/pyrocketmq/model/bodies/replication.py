"""How a master and its replicas get on (5.x)."""

from __future__ import annotations

from pyrocketmq.model.declaration import JsonBody, Long, wire


class HAConnectionRuntimeInfo(JsonBody):
    """One replica, as its master sees it.

    Attributes:
        addr: Its address and port.
        slave_ack_offset: Commit log offset that it has confirmed.
        diff: Bytes that it lags behind.
        in_sync: Whether it counts as in step.
        transferred_byte_in_second: Bytes it gets per second.
        transfer_from_where: Commit log offset that it is being sent.
    """

    addr: str | None = None
    slave_ack_offset: Long = 0
    diff: Long = 0
    in_sync: bool = False
    transferred_byte_in_second: Long = 0
    transfer_from_where: Long = 0


class HAClientRuntimeInfo(JsonBody):
    """A replica, as it sees itself; times in milliseconds.

    Attributes:
        master_addr: Its master's address and port.
        transferred_byte_in_second: Bytes it gets per second.
        max_offset: End of its commit log.
        last_read_timestamp: When it last read from its master.
        last_write_timestamp: When it last wrote to it.
        master_flush_offset: Commit log offset that the master has on disk.
        activated: Whether it replicates at all; some brokers do not say.
    """

    master_addr: str | None = None
    transferred_byte_in_second: Long = 0
    max_offset: Long = 0
    last_read_timestamp: Long = 0
    last_write_timestamp: Long = 0
    master_flush_offset: Long = 0
    activated: bool | None = None


class HARuntimeInfo(JsonBody):
    """The state of replication on one broker.

    Attributes:
        master: Whether it is a master.
        master_commit_log_max_offset: End of the master's commit log.
        in_sync_slave_nums: Number of replicas in step.
        ha_connection_info: A master's replicas.
        ha_client_runtime_info: A replica's own state.
    """

    master: bool = False
    master_commit_log_max_offset: Long = 0
    in_sync_slave_nums: int = 0
    ha_connection_info: list[HAConnectionRuntimeInfo] = wire(default_factory=list)
    ha_client_runtime_info: HAClientRuntimeInfo | None = None


class EpochEntry(JsonBody):
    """A stretch of the commit log that one master has written."""

    epoch: int
    start_offset: Long
    end_offset: Long


class EpochEntryCache(JsonBody):
    """Which masters have written the commit log of a broker, and its end."""

    cluster_name: str | None = None
    broker_name: str | None = None
    broker_id: Long = 0
    epoch_list: list[EpochEntry] = wire(default_factory=list)
    max_offset: Long = 0
