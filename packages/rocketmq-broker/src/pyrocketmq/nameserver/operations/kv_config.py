"""Configuration table: values that a NameServer keeps for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model import ResponseCode
from pyrocketmq.model.requests import DeleteKvConfig, GetKvConfig, GetKvlistByNamespace, PutKvConfig

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan


def put_kv_config(
    context: ClientContext, namespace: str, key: str, value: str, timeout: float | None = None
) -> Plan[None]:
    """Store a value in a NameServer's configuration table (PUT_KV_CONFIG, 100).

    Each NameServer has a table of its own.

    Args:
        namespace: Part of the table, such as `ORDER_TOPIC_CONFIG`.
        key: The key.
        value: The value.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the NameServer refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.put_kv_config("ORDER_TOPIC_CONFIG", "orders", "broker-a:4")
        ```
    """
    yield from call(context, PutKvConfig(namespace=namespace, key=key, value=value), timeout)


def get_kv_config(
    context: ClientContext,
    namespace: str,
    key: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[str | None]:
    """Read a value of a NameServer's configuration table (GET_KV_CONFIG, 101).

    Args:
        namespace: Part of the table.
        key: The key.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The value; `None` where there is none.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        order = client.get_kv_config("ORDER_TOPIC_CONFIG", "orders")
        ```
    """
    try:
        reply = yield from call(context, GetKvConfig(namespace=namespace, key=key), timeout, retry)
    except BrokerError as error:
        if error.response_code == ResponseCode.QUERY_NOT_FOUND:
            return None
        raise
    return reply.value


def get_kv_list(
    context: ClientContext,
    namespace: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[dict[str, str]]:
    """Read a part of a NameServer's configuration table (GET_KVLIST_BY_NAMESPACE, 219).

    Args:
        namespace: Part of the table.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        Values by key; empty where there is none.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        orders = client.get_kv_list("ORDER_TOPIC_CONFIG")
        ```
    """
    try:
        reply = yield from call(context, GetKvlistByNamespace(namespace=namespace), timeout, retry)
    except BrokerError as error:
        if error.response_code == ResponseCode.QUERY_NOT_FOUND:
            return {}
        raise
    return reply.values.table


def delete_kv_config(context: ClientContext, namespace: str, key: str, timeout: float | None = None) -> Plan[None]:
    """Delete a value of a NameServer's configuration table (DELETE_KV_CONFIG, 102); unknown ones are no error.

    Args:
        namespace: Part of the table.
        key: The key.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.delete_kv_config("ORDER_TOPIC_CONFIG", "orders")
        ```
    """
    yield from call(context, DeleteKvConfig(namespace=namespace, key=key), timeout)
