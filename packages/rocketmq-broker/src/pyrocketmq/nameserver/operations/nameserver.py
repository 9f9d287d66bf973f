"""The NameServer itself: its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.requests import GetNamesrvConfig, UpdateNamesrvConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan


def get_nameserver_config(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[dict[str, str]]:
    """Ask for all settings of the NameServer (GET_NAMESRV_CONFIG, 319).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The settings, all values as text.

    Raises:
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        port = client.get_nameserver_config()["listenPort"]
        ```
    """
    reply = yield from call(context, GetNamesrvConfig(), timeout, retry)
    return reply.settings


def update_nameserver_config(
    context: ClientContext, settings: Mapping[str, str], timeout: float | None = None
) -> Plan[None]:
    """Change settings of the NameServer while it runs (UPDATE_NAMESRV_CONFIG, 318).

    Args:
        settings: The settings to change, all values as text.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        AuthorizationError: a setting must not be changed so.
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; the settings may be changed.

    Example:
        ```python
        client.update_nameserver_config({"orderMessageEnable": "true"})
        ```
    """
    yield from call(context, UpdateNamesrvConfig(settings=dict(settings)), timeout)
