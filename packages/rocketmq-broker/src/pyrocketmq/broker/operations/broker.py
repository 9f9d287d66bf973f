"""The broker itself: its settings, its state, its upkeep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.requests import (
    CleanExpiredConsumequeue,
    CleanUnusedTopic,
    DeleteExpiredCommitlog,
    GetBrokerConfig,
    GetBrokerHaStatus,
    GetBrokerRuntimeInfo,
    GetTimerMetrics,
    ResumeCheckHalfMessage,
    UpdateBrokerConfig,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model.bodies import HARuntimeInfo, TimerMetrics


def get_broker_config(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[dict[str, str]]:
    """Ask for all settings of the broker (GET_BROKER_CONFIG, 26).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The settings, all values as text.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        name = client.get_broker_config()["brokerName"]
        ```
    """
    reply = yield from call(context, GetBrokerConfig(), timeout, retry)
    return reply.settings


def update_broker_config(
    context: ClientContext, settings: Mapping[str, str], timeout: float | None = None
) -> Plan[None]:
    """Change settings of the broker while it runs (UPDATE_BROKER_CONFIG, 25).

    The broker writes all its settings to its configuration file. Settings that it does not know, it takes without a
    word; those that it only reads when it starts do not change anything before.

    Args:
        settings: The settings to change, all values as text.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        AuthorizationError: a setting must not be changed so (5.x).
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; the settings may be changed.

    Example:
        ```python
        client.update_broker_config({"maxMessageSize": "8388608"})
        ```
    """
    yield from call(context, UpdateBrokerConfig(settings=dict(settings)), timeout)


def get_broker_runtime_info(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[dict[str, str]]:
    """Ask the broker how it is (GET_BROKER_RUNTIME_INFO, 28): version, counts, rates, queues of its threads.

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        Values as text by name; names differ between versions.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        print(client.get_broker_runtime_info()["brokerVersionDesc"])
        ```
    """
    reply = yield from call(context, GetBrokerRuntimeInfo(), timeout, retry)
    return reply.runtime_info.table


def get_timer_metrics(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[TimerMetrics]:
    """Ask how many timer messages wait for their time (GET_TIMER_METRICS, 61; from 5.0.0 on).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        Counts by topic.

    Raises:
        BrokerResponseError: the broker is too old.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        waiting = client.get_timer_metrics().timing_count
        ```
    """
    reply = yield from call(context, GetTimerMetrics(), timeout, retry)
    return reply.metrics


def get_broker_ha_status(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[HARuntimeInfo]:
    """Ask for the state of replication (GET_BROKER_HA_STATUS, 907; from 5.0.0 on).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        Whether the broker is a master, how many replicas are in step, and each replica's connection and lag in bytes.

    Raises:
        BrokerResponseError: the broker is too old.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        replicas = client.get_broker_ha_status().ha_connection_info
        ```
    """
    reply = yield from call(context, GetBrokerHaStatus(), timeout, retry)
    return reply.ha_status


def clean_expired_consume_queue(context: ClientContext, timeout: float | None = None) -> Plan[None]:
    """Delete expired files of queues now (CLEAN_EXPIRED_CONSUMEQUEUE, 306).

    Args:
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.clean_expired_consume_queue()
        ```
    """
    yield from call(context, CleanExpiredConsumequeue(), timeout)


def clean_unused_topic(context: ClientContext, timeout: float | None = None) -> Plan[None]:
    """Delete the queues of topics that no longer exist (CLEAN_UNUSED_TOPIC, 316).

    Args:
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.clean_unused_topic()
        ```
    """
    yield from call(context, CleanUnusedTopic(), timeout)


def delete_expired_commit_log(context: ClientContext, timeout: float | None = None) -> Plan[None]:
    """Delete expired files of the commit log now (DELETE_EXPIRED_COMMITLOG, 329; from 4.9.4 on).

    Args:
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.delete_expired_commit_log()
        ```
    """
    yield from call(context, DeleteExpiredCommitlog(), timeout)


def resume_check_half_message(
    context: ClientContext, offset_msg_id: str, topic: str | None = None, timeout: float | None = None
) -> Plan[None]:
    """Have a half message checked again whose checks had come to an end (RESUME_CHECK_HALF_MESSAGE, 323).

    Args:
        offset_msg_id: Offset id of the message in TRANS_CHECK_MAX_TIME_TOPIC.
        topic: The topic, for those brokers that want it.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: there is no such message.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.resume_check_half_message(message.offset_msg_id)
        ```
    """
    yield from call(context, ResumeCheckHalfMessage(msg_id=offset_msg_id, topic=topic), timeout)
