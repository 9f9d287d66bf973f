"""Settings, state and upkeep of brokers."""

from __future__ import annotations

from pyrocketmq.model.bodies.replication import EpochEntryCache, HARuntimeInfo
from pyrocketmq.model.bodies.statistics import KVTable, TimerMetrics
from pyrocketmq.model.declaration import Long, Reply, Request, body, wire
from pyrocketmq.model.declaration.body_codec import (
    JSON_VALUE,
    PROPERTIES_TEXT,
    RAW,
    SETTING_LINES,
    TEXT,
    FastjsonBodyCodec,
)
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.fastjson import JsonValue
from pyrocketmq.model.requests.base import TopicRequest
from pyrocketmq.model.requests.nameserver import TopicListReply


class UpdateBrokerConfig(Request[EmptyReply], code=RequestCode.UPDATE_BROKER_CONFIG):
    """Change settings of a broker."""

    settings: dict[str, str] = body(PROPERTIES_TEXT)


class GetBrokerConfigReply(Reply):
    """All settings of a broker.

    Attributes:
        version: JSON of a `DataVersion`.
        settings: The settings.
    """

    version: str
    settings: dict[str, str] = body(SETTING_LINES)


class GetBrokerConfig(Request[GetBrokerConfigReply], code=RequestCode.GET_BROKER_CONFIG):
    """Ask for all settings of a broker."""


class TriggerDeleteFiles(Request[EmptyReply], code=RequestCode.TRIGGER_DELETE_FILES):
    """Have a broker delete expired files now; neither 4.9.7 nor 5.4.0 serves it."""


class GetBrokerRuntimeInfoReply(Reply):
    """What a broker says of itself; all values are texts."""

    runtime_info: KVTable = body(FastjsonBodyCodec(KVTable))


class GetBrokerRuntimeInfo(Request[GetBrokerRuntimeInfoReply], code=RequestCode.GET_BROKER_RUNTIME_INFO):
    """Ask a broker how it is."""


class GetSystemTopicListFromBroker(Request[TopicListReply], code=RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER):
    """Ask for the names of a broker's internal topics."""


class CleanExpiredConsumequeue(Request[EmptyReply], code=RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE):
    """Have a broker delete expired files of queues."""


class CleanUnusedTopic(Request[EmptyReply], code=RequestCode.CLEAN_UNUSED_TOPIC):
    """Have a broker delete the queues of topics that no longer exist."""


class DeleteExpiredCommitlog(Request[EmptyReply], code=RequestCode.DELETE_EXPIRED_COMMITLOG, since="4.9.4"):
    """Have a broker delete expired files of the commit log."""


class GetTimerCheckPointReply(Reply):
    """The progress of timed messages: seven 64-bit numbers."""

    check_point: bytes = body(RAW)


class GetTimerCheckPoint(Request[GetTimerCheckPointReply], code=RequestCode.GET_TIMER_CHECK_POINT, since="5.0.0"):
    """Ask for the progress of timed messages; replicas do."""


class GetTimerMetricsReply(Reply):
    """How many messages wait for their time."""

    metrics: TimerMetrics = body(FastjsonBodyCodec(TimerMetrics))


class GetTimerMetrics(Request[GetTimerMetricsReply], code=RequestCode.GET_TIMER_METRICS, since="5.0.0"):
    """Ask how many messages wait for their time."""


class ExchangeBrokerHaInfoReply(Reply):
    """Where a master is. Without the fields of the request, that is a question."""

    master_ha_address: str | None = None
    master_flush_offset: Long | None = None
    master_address: str | None = None


class ExchangeBrokerHaInfo(Request[ExchangeBrokerHaInfoReply], code=RequestCode.EXCHANGE_BROKER_HA_INFO, since="5.0.0"):
    """Tell a broker where its master is, or without fields ask a master; brokers do.

    Attributes:
        master_ha_address: The master's address and port for replication.
        master_flush_offset: Commit log offset that the master has on disk.
        master_address: The master's address and port.
    """

    master_ha_address: str | None = None
    master_flush_offset: Long | None = None
    master_address: str | None = None


class GetBrokerHaStatusReply(Reply):
    """The state of replication."""

    ha_status: HARuntimeInfo = body(FastjsonBodyCodec(HARuntimeInfo))


class GetBrokerHaStatus(Request[GetBrokerHaStatusReply], code=RequestCode.GET_BROKER_HA_STATUS, since="5.0.0"):
    """Ask for the state of replication."""


class GetBrokerEpochCacheReply(Reply):
    """Which masters have written the commit log."""

    epoch_cache: EpochEntryCache = body(FastjsonBodyCodec(EpochEntryCache))


class GetBrokerEpochCache(Request[GetBrokerEpochCacheReply], code=RequestCode.GET_BROKER_EPOCH_CACHE, since="5.0.0"):
    """Ask which masters have written the commit log; brokers under a controller know."""


class UpdateColdDataFlowCtrConfig(
    Request[EmptyReply], code=RequestCode.UPDATE_COLD_DATA_FLOW_CTR_CONFIG, since="5.1.3"
):
    """Limit how much groups may read from disk: bytes per second by group."""

    settings: dict[str, str] = body(PROPERTIES_TEXT)


class RemoveColdDataFlowCtrConfig(
    Request[EmptyReply], code=RequestCode.REMOVE_COLD_DATA_FLOW_CTR_CONFIG, since="5.1.3"
):
    """Lift the limit of a group."""

    group: str = body(TEXT)


class GetColdDataFlowCtrInfoReply(Reply):
    """What groups read from disk."""

    info: JsonValue = body(JSON_VALUE)


class GetColdDataFlowCtrInfo(
    Request[GetColdDataFlowCtrInfoReply], code=RequestCode.GET_COLD_DATA_FLOW_CTR_INFO, since="5.1.3"
):
    """Ask what groups read from disk."""


class SetCommitlogReadMode(Request[EmptyReply], code=RequestCode.SET_COMMITLOG_READ_MODE, since="5.1.3"):
    """Tell a broker how the system should read the commit log ahead.

    Attributes:
        read_ahead_mode: Number of the mode.
    """

    read_ahead_mode: str = wire("READ_AHEAD_MODE")


class CheckRocksdbCqWriteProgressReply(Reply):
    """How the two forms of the queues compare."""

    progress: JsonValue = body(JSON_VALUE)


class CheckRocksdbCqWriteProgress(
    TopicRequest[CheckRocksdbCqWriteProgressReply], code=RequestCode.CHECK_ROCKSDB_CQ_WRITE_PROGRESS, since="5.3.1"
):
    """Have a broker compare the two forms in which it keeps the queues of a topic.

    Attributes:
        topic: The topic.
        check_store_time: From which store time on, in milliseconds.
    """

    topic: str
    check_store_time: Long | None = None


class ExportRocksdbConfigToJson(Request[EmptyReply], code=RequestCode.EXPORT_ROCKSDB_CONFIG_TO_JSON, since="5.3.2"):
    """Have a broker write its settings of topics and groups to JSON files.

    Attributes:
        config_type: `topics`, `subscriptionGroups`, `consumerOffsets`, joined by `;`.
    """

    config_type: str
