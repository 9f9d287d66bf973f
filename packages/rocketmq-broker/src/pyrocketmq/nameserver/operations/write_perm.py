"""Write permission: keeping producers off a broker, and letting them on again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.model.requests import AddWritePermOfBroker, WipeWritePermOfBroker

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan


def wipe_write_perm_of_broker(context: ClientContext, broker_name: str, timeout: float | None = None) -> Plan[int]:
    """Take the write permission of a broker's topics out of the routes (WIPE_WRITE_PERM_OF_BROKER, 205).

    It keeps producers off the broker until that registers with other settings.

    Args:
        broker_name: Name of the broker.
        timeout: Seconds for the whole call; by default the client's.

    Returns:
        The number of topics that are changed; 0 for an unknown broker.

    Raises:
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.wipe_write_perm_of_broker("broker-a")
        ```
    """
    reply = yield from call(context, WipeWritePermOfBroker(broker_name=broker_name), timeout)
    return reply.wipe_topic_count


def add_write_perm_of_broker(context: ClientContext, broker_name: str, timeout: float | None = None) -> Plan[int]:
    """Let producers on a broker again (ADD_WRITE_PERM_OF_BROKER, 327; from 4.9.2 on).

    Args:
        broker_name: Name of the broker.
        timeout: Seconds for the whole call; by default the client's.

    Returns:
        The number of topics that are changed; 0 for an unknown broker.

    Raises:
        BrokerSystemError: the NameServer failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.add_write_perm_of_broker("broker-a")
        ```
    """
    reply = yield from call(context, AddWritePermOfBroker(broker_name=broker_name), timeout)
    return reply.add_topic_count
