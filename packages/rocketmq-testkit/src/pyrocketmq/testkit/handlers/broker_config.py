"""Settings and state of the broker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.bodies.replication import HAClientRuntimeInfo, HARuntimeInfo
from pyrocketmq.model.bodies.statistics import KVTable, TimerMetric, TimerMetrics
from pyrocketmq.model.bodies.topic import TopicList
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.names import SCHEDULE_TOPIC
from pyrocketmq.model.requests import (
    CleanExpiredConsumequeue,
    CleanUnusedTopic,
    DeleteExpiredCommitlog,
    GetBrokerConfig,
    GetBrokerConfigReply,
    GetBrokerHaStatus,
    GetBrokerHaStatusReply,
    GetBrokerRuntimeInfo,
    GetBrokerRuntimeInfoReply,
    GetSystemTopicListFromBroker,
    GetTimerCheckPoint,
    GetTimerCheckPointReply,
    GetTimerMetrics,
    GetTimerMetricsReply,
    TopicListReply,
    UpdateBrokerConfig,
)
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange

_CHECK_POINT_SIZE: Final = 56
_STORE_PATH: Final = "/home/rocketmq/store/commitlog"
_BLACK_LIST: Final = frozenset(("brokerConfigPath", "configBlackList", "rocketmqHome", "storePathRootDir"))


@BROKER.handles(UpdateBrokerConfig)
def update_broker_config(broker: BrokerServer, request: UpdateBrokerConfig, exchange: Exchange) -> EmptyReply:
    """Change settings, known or not."""
    if broker.profile.guards_settings and _BLACK_LIST & request.settings.keys():
        raise Refusal(ResponseCode.NO_PERMISSION, "Can not update config in black list.")
    broker.update_settings(request.settings)
    return EmptyReply()


@BROKER.handles(GetBrokerConfig)
def get_broker_config(broker: BrokerServer, request: GetBrokerConfig, exchange: Exchange) -> GetBrokerConfigReply:
    """Give all settings."""
    own = {
        "brokerClusterName": broker.cluster,
        "brokerId": str(broker.broker_id),
        "brokerIP1": broker.host,
        "brokerName": broker.name,
        "listenPort": str(broker.port),
        "namesrvAddr": ";".join(nameserver.address for nameserver in broker.nameservers),
    }
    version = broker.topics.data_version().to_json()
    return GetBrokerConfigReply(
        version=json.dumps(version, sort_keys=True, separators=(",", ":")), settings=broker.settings.all() | own
    )


@BROKER.handles(GetSystemTopicListFromBroker)
def get_system_topic_list_from_broker(
    broker: BrokerServer, request: GetSystemTopicListFromBroker, exchange: Exchange
) -> TopicListReply:
    """Name the broker's own topics."""
    return TopicListReply(topics=TopicList(topic_list=sorted(broker.topics.system)))


@BROKER.handles(
    CleanExpiredConsumequeue, CleanUnusedTopic, DeleteExpiredCommitlog, simplified="there are no files to delete"
)
def clean_up(
    broker: BrokerServer,
    request: CleanExpiredConsumequeue | CleanUnusedTopic | DeleteExpiredCommitlog,
    exchange: Exchange,
) -> EmptyReply:
    """Delete files; the fake has none."""
    return EmptyReply()


@BROKER.handles(
    GetBrokerRuntimeInfo,
    simplified="disks, thread pools and latencies have fixed values; rates are averages since the start",
)
def get_broker_runtime_info(
    broker: BrokerServer, request: GetBrokerRuntimeInfo, exchange: Exchange
) -> GetBrokerRuntimeInfoReply:
    """Say how the broker is."""
    profile = broker.profile
    table = _state_of(broker) | _queues_of(profile.has_extended_json)
    transferred = "getTransferredTps" if profile.has_extended_json else "getTransferedTps"
    table[transferred] = _averages(broker.stats.per_second(broker.stats.gets))
    if profile.has_extended_json:
        table["brokerActive"] = "true"
        table |= dict.fromkeys(("timerReadBehind", "timerOffsetBehind", "timerCongestNum"), "0")
        table |= dict.fromkeys(("timerEnqueueTps", "timerDequeueTps"), "0.0")
    else:
        table["brokerVersion"] = str(profile.number)
    for queue_id, queue in broker.store.queues_of(SCHEDULE_TOPIC).items():
        level = queue_id + 1
        table[f"scheduleMessageOffset_{level}"] = f"{broker.delays.delivered.get(level, 0)},{queue.max_offset}"
    return GetBrokerRuntimeInfoReply(runtime_info=KVTable(table=table))


@BROKER.handles(GetTimerCheckPoint, simplified="all zeros")
def get_timer_check_point(
    broker: BrokerServer, request: GetTimerCheckPoint, exchange: Exchange
) -> GetTimerCheckPointReply:
    """Say how far the timers have come; the fake does not count it."""
    return GetTimerCheckPointReply(check_point=bytes(_CHECK_POINT_SIZE))


@BROKER.handles(GetBrokerHaStatus, simplified="replicas read their master's store, so no transfer is ever under way")
def get_broker_ha_status(
    broker: BrokerServer, request: GetBrokerHaStatus, exchange: Exchange
) -> GetBrokerHaStatusReply:
    """Say that the master is alone: replicas of a fake read its store, nothing is transferred."""
    status = HARuntimeInfo(
        master=not broker.is_replica,
        master_commit_log_max_offset=broker.store.max_physical_offset,
        ha_client_runtime_info=HAClientRuntimeInfo(),
    )
    return GetBrokerHaStatusReply(ha_status=status)


@BROKER.handles(GetTimerMetrics)
def get_timer_metrics(broker: BrokerServer, request: GetTimerMetrics, exchange: Exchange) -> GetTimerMetricsReply:
    """Say how many messages wait for their time."""
    now = broker.clock.now()
    counts = broker.timer_wheel.waiting_by_topic()
    return GetTimerMetricsReply(
        metrics=TimerMetrics(
            timing_count={topic: TimerMetric(count=count, time_stamp=now) for topic, count in counts.items()},
            data_version=broker.topics.data_version(),
        )
    )


def _state_of(broker: BrokerServer) -> dict[str, str]:
    store, stats = broker.store, broker.stats
    oldest = store.at(store.min_physical_offset)
    puts, gets = str(stats.puts), str(stats.gets)
    return {
        "bootTimestamp": str(broker.started_at),
        "brokerVersionDesc": f"V{broker.profile.name.replace('.', '_')}",
        "commitLogDirCapacity": "Total : 252.0 GiB, Free : 70.1 GiB.",
        "commitLogDiskRatio": "0.72",
        f"commitLogDiskRatio_{_STORE_PATH}": "0.72",
        "commitLogMaxOffset": str(store.max_physical_offset),
        "commitLogMinOffset": str(store.min_physical_offset),
        "consumeQueueDiskRatio": "0.72",
        "dispatchBehindBytes": "0",
        "dispatchMaxBuffer": "0",
        "earliestMessageTimeStamp": str(-1 if oldest is None else oldest.store_timestamp),
        "getFoundTps": _averages(stats.per_second(stats.gets)),
        "getMessageEntireTimeMax": "0",
        "getMissTps": _averages(0.0),
        "getTotalTps": _averages(stats.per_second(stats.gets)),
        "msgGetTotalTodayMorning": "0",
        "msgGetTotalTodayNow": gets,
        "msgGetTotalYesterdayMorning": "0",
        "msgPutTotalTodayMorning": "0",
        "msgPutTotalTodayNow": puts,
        "msgPutTotalYesterdayMorning": "0",
        "pageCacheLockTimeMills": "0",
        "putLatency99": "0.00",
        "putLatency999": "0.00",
        "putMessageAverageSize": str(store.max_physical_offset / max(1, stats.puts)),
        "putMessageDistributeTime": "[<=0ms]:0 [0~10ms]:0 [10~50ms]:0 [50~100ms]:0 [100~200ms]:0 [200~500ms]:0 "
        "[500ms~1s]:0 [1~2s]:0 [2~3s]:0 [3~4s]:0 [4~5s]:0 [5~10s]:0 [10s~]:0 ",
        "putMessageEntireTimeMax": "0",
        "putMessageFailedTimes": "0",
        "putMessageSizeTotal": str(store.max_physical_offset),
        "putMessageTimesTotal": puts,
        "putTps": _averages(stats.per_second(stats.puts)),
        "remainHowManyDataToFlush": "0 B",
        "remainTransientStoreBufferNumbs": "2147483647",
        "runtime": _duration((broker.clock.now() - broker.started_at) // 1000),
        "startAcceptSendRequestTimeStamp": "0",
    }


def _queues_of(is_extended: bool) -> dict[str, str]:
    """Return the lengths and capacities of the queues before a server's threads."""
    capacities = {"send": "10000", "pull": "100000", "query": "20000"}
    if is_extended:
        capacities |= {"litePull": "100000", "ack": "100000"}
    table = {"EndTransactionQueueSize": "0", "EndTransactionThreadPoolQueueCapacity": "100000"}
    for name, capacity in capacities.items():
        table[f"{name}ThreadPoolQueueSize"] = "0"
        table[f"{name}ThreadPoolQueueCapacity"] = capacity
        table[f"{name}ThreadPoolQueueHeadWaitTimeMills"] = "0"
    return table


def _averages(rate: float) -> str:
    """Return a rate as the averages over ten seconds, one minute and ten minutes."""
    return " ".join([str(rate)] * 3)


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"[ {days} days, {hours} hours, {minutes} minutes, {seconds} seconds ]"
