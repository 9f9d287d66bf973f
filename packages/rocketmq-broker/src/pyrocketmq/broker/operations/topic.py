"""Topics: creating and deleting them on a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.model.names import DEFAULT_TOPIC, check_topic
from pyrocketmq.model.requests import DeleteTopicInBroker, UpdateAndCreateTopic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan

READ_AND_WRITE = 6
"""Permission bits of an ordinary topic: 4 to read, 2 to write."""


def create_topic(
    context: ClientContext,
    topic: str,
    queues: int = 4,
    *,
    read_queue_nums: int | None = None,
    perm: int = READ_AND_WRITE,
    order: bool = False,
    attributes: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Plan[None]:
    """Create a topic, or change it (UPDATE_AND_CREATE_TOPIC, 17).

    Args:
        topic: The topic: letters, digits and `_ - % |`, at most 127.
        queues: How many queues it has for writing, and for reading unless told otherwise.
        read_queue_nums: How many queues it has for reading.
        perm: Permission bits: 4 to read, 2 to write.
        order: Whether the topic keeps its order over broker failures.
        attributes: Attributes of 5.x, such as `{"message.type": "FIFO"}`.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker refused (4.9).
        BrokerResponseError: the broker refused (5.x).
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.
        ValueError: the name is not allowed.

    Example:
        ```python
        client.create_topic("orders", queues=8)
        ```
    """
    written = ",".join(f"+{name}={value}" for name, value in (attributes or {}).items())
    request = UpdateAndCreateTopic(
        topic=check_topic(topic),
        default_topic=DEFAULT_TOPIC,
        read_queue_nums=queues if read_queue_nums is None else read_queue_nums,
        write_queue_nums=queues,
        perm=perm,
        order=order,
        attributes=written or None,
    )
    yield from call(context, request, timeout)


def delete_topic(context: ClientContext, topic: str, timeout: float | None = None) -> Plan[None]:
    """Delete a topic and its messages on this broker (DELETE_TOPIC_IN_BROKER, 215).

    NameServers keep its route until they are told too. A topic that does not exist is no error.

    Args:
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker refused (4.9).
        BrokerResponseError: the broker refused (5.x).
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.delete_topic("orders")
        ```
    """
    yield from call(context, DeleteTopicInBroker(topic=topic), timeout)
