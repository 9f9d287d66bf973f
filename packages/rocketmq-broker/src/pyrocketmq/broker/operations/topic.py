"""Topics on a broker: their settings, creating and deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.bodies import CreateTopicListRequestBody
from pyrocketmq.model.names import DEFAULT_TOPIC, check_topic
from pyrocketmq.model.requests import (
    DeleteTopicInBroker,
    GetAllTopicConfig,
    GetSystemTopicListFromBroker,
    GetTopicConfig,
    UpdateAndCreateTopic,
    UpdateAndCreateTopicList,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model.bodies import TopicConfig

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
    attributes: Mapping[str, str | None] | None = None,
    timeout: float | None = None,
) -> Plan[None]:
    """Create a topic, or change it (UPDATE_AND_CREATE_TOPIC, 17).

    Args:
        topic: The topic: letters, digits and `_ - % |`, at most 127.
        queues: How many queues it has for writing, and for reading unless told otherwise.
        read_queue_nums: How many queues it has for reading.
        perm: Permission bits: 4 to read, 2 to write.
        order: Whether the topic keeps its order over broker failures; 4.9 forgets about it.
        attributes: Attributes of 5.x to set, such as `{"message.type": "FIFO"}`; `None` removes one. Others stay.
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
    written = ",".join(
        f"-{name}" if value is None else f"+{name}={value}" for name, value in (attributes or {}).items()
    )
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


def create_topics(context: ClientContext, configs: Iterable[TopicConfig], timeout: float | None = None) -> Plan[None]:
    """Create several topics, or change them (UPDATE_AND_CREATE_TOPIC_LIST, 18; from 5.3.0 on).

    Args:
        configs: All settings of each topic. Attributes have their sign: `{"+message.type": "FIFO"}`.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker refused.
        BrokerResponseError: the broker refused, or is too old.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.
        ValueError: a name is not allowed.

    Example:
        ```python
        client.create_topics([TopicConfig(topic_name="orders"), TopicConfig(topic_name="bills", read_queue_nums=1)])
        ```
    """
    topics = list(configs)
    for config in topics:
        check_topic(config.topic_name)
    body = CreateTopicListRequestBody(topic_config_list=topics)
    yield from call(context, UpdateAndCreateTopicList(topics=body), timeout)


def get_topic_config(
    context: ClientContext, topic: str, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[TopicConfig]:
    """Ask for the settings of a topic (GET_TOPIC_CONFIG, 351; from 5.0.0 on). For 4.9 see `get_topic_configs`.

    Args:
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        Numbers of queues, permission bits (4 to read, 2 to write), order and attributes.

    Raises:
        BrokerResponseError: there is no such topic, or the broker is too old.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        queues = client.get_topic_config("orders").write_queue_nums
        ```
    """
    reply = yield from call(context, GetTopicConfig(topic=topic), timeout, retry)
    return reply.topic_config


def get_topic_configs(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[dict[str, TopicConfig]]:
    """Ask for the settings of all topics (GET_ALL_TOPIC_CONFIG, 21), internal ones included.

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The settings by topic.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        for topic, config in client.get_topic_configs().items():
            print(topic, config.read_queue_nums, config.write_queue_nums)
        ```
    """
    reply = yield from call(context, GetAllTopicConfig(), timeout, retry)
    return reply.topic_configs.topic_config_table


def get_system_topics(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[list[str]]:
    """List the internal topics of a broker (GET_SYSTEM_TOPIC_LIST_FROM_BROKER, 305).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The names of the topics.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        own = client.get_topic_configs().keys() - set(client.get_system_topics())
        ```
    """
    reply = yield from call(context, GetSystemTopicListFromBroker(), timeout, retry)
    return reply.topics.topic_list


def delete_topic(context: ClientContext, topic: str, timeout: float | None = None) -> Plan[None]:
    """Delete a topic and its messages on this broker (DELETE_TOPIC_IN_BROKER, 215).

    NameServers keep its route until they are told too. A topic that does not exist is no error.

    Let the topic's producers end first, and a moment pass until their last messages can be pulled. Observed on 4.9.7: a
    message that is not yet in its queue when that is deleted ends the whole broker, by a segmentation fault in
    ReputMessageService. 5.4.0 survives it.

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
