"""`BrokerClient`: everything that one broker serves, for threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker import operations
from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.iteration import BlockingReader
from pyrocketmq.broker.member import BlockingMember
from pyrocketmq.broker.run import blocking
from pyrocketmq.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

    from pyrocketmq.broker.manager_base import Lease
    from pyrocketmq.broker.plan import Follow
    from pyrocketmq.remote import ConnectionPool


class BrokerClient(BlockingMember, BlockingReader):
    """A client of one broker; any number of threads may use it at once.

    A client that was never connected connects on its first call. After `disconnect` calls raise
    `BrokerConnectionError` until `connect` is called again.

    Args:
        remote: The connection to the broker.
        timeout: Default deadline of a call in seconds, everything included.
        config: Further settings; by default those of the environment.

    Example:
        ```python
        with create_broker_client("localhost:10911") as client:
            client.sync_send_message("shop", b"order 17", MessageQueue("orders", "broker-a", 0))
        ```
    """

    _has_vip_channel = True

    def __init__(self, remote: Remote, timeout: float = DEFAULT_TIMEOUT, *, config: ClientConfig | None = None) -> None:
        super().__init__(remote, timeout, config)

    @classmethod
    def _lent(
        cls,
        remote: Remote,
        config: ClientConfig,
        broker_name: str,
        vip: Remote | None,
        renew: Callable[[Follow], Lease[Remote, ConnectionPool] | None],
    ) -> Self:
        """Make a client of a connection that belongs to somebody else.

        Args:
            remote: The connection. Its owner closes it; `disconnect` only lets go of it.
            config: The settings.
            broker_name: Name of the broker at its other end.
            vip: The owner's connection to the broker's VIP channel, if that is to be used.
            renew: Returns what to go on with when the connection has failed; `None` for the same.
        """
        client = cls(remote, config.timeout, config=config)
        client._context.broker_name = broker_name
        client._owns_remote = False
        client._vip = vip
        client._renew = renew
        client._context.may_move = True
        return client

    sync_send_message = blocking(operations.send.sync_send_message)
    oneway_send_message = blocking(operations.send.oneway_send_message)
    sync_batch_send_message = blocking(operations.send.sync_batch_send_message)
    oneway_batch_send_message = blocking(operations.send.oneway_batch_send_message)

    send_reply_message = blocking(operations.reply.send_reply_message)

    recall_message = blocking(operations.recall.recall_message)

    send_message_back = blocking(operations.send_back.send_message_back)

    send_transaction_message = blocking(operations.transaction.send_transaction_message)
    end_transaction = blocking(operations.transaction.end_transaction)

    pull_message = blocking(operations.pull.pull_message)
    lite_pull_message = blocking(operations.pull.lite_pull_message)

    pop_message = blocking(operations.pop.pop_message)
    peek_message = blocking(operations.pop.peek_message)
    notification = blocking(operations.pop.notification)
    get_polling_num = blocking(operations.pop.get_polling_num)

    ack_message = blocking(operations.ack.ack_message)
    batch_ack_messages = blocking(operations.ack.batch_ack_messages)
    change_invisible_time = blocking(operations.ack.change_invisible_time)

    query_message = blocking(operations.query.query_message)
    query_message_by_unique_key = blocking(operations.query.query_message_by_unique_key)
    view_message = blocking(operations.query.view_message)
    query_consume_queue = blocking(operations.query.query_consume_queue)

    query_consumer_offset = blocking(operations.offset.query_consumer_offset)
    update_consumer_offset = blocking(operations.offset.update_consumer_offset)
    search_offset_by_timestamp = blocking(operations.offset.search_offset_by_timestamp)
    get_max_offset = blocking(operations.offset.get_max_offset)
    get_min_offset = blocking(operations.offset.get_min_offset)
    get_earliest_store_time = blocking(operations.offset.get_earliest_store_time)

    reset_offset = blocking(operations.offset_admin.reset_offset)
    clone_group_offset = blocking(operations.offset_admin.clone_group_offset)
    get_consumer_offsets = blocking(operations.offset_admin.get_consumer_offsets)
    get_delay_offsets = blocking(operations.offset_admin.get_delay_offsets)
    query_correction_offset = blocking(operations.offset_admin.query_correction_offset)

    get_consumer_list = blocking(operations.group.get_consumer_list)
    check_client_config = blocking(operations.group.check_client_config)

    lock_queues = blocking(operations.lock.lock_queues)
    unlock_queues = blocking(operations.lock.unlock_queues)

    query_assignment = blocking(operations.assignment.query_assignment)
    set_message_request_mode = blocking(operations.assignment.set_message_request_mode)
    get_message_request_modes = blocking(operations.assignment.get_message_request_modes)

    create_subscription_group = blocking(operations.subscription_group.create_subscription_group)
    create_subscription_groups = blocking(operations.subscription_group.create_subscription_groups)
    get_subscription_group = blocking(operations.subscription_group.get_subscription_group)
    get_subscription_groups = blocking(operations.subscription_group.get_subscription_groups)
    delete_subscription_group = blocking(operations.subscription_group.delete_subscription_group)
    set_group_forbidden = blocking(operations.subscription_group.set_group_forbidden)
    is_group_forbidden = blocking(operations.subscription_group.is_group_forbidden)

    create_topic = blocking(operations.topic.create_topic)
    create_topics = blocking(operations.topic.create_topics)
    get_topic_config = blocking(operations.topic.get_topic_config)
    get_topic_configs = blocking(operations.topic.get_topic_configs)
    get_system_topics = blocking(operations.topic.get_system_topics)
    delete_topic = blocking(operations.topic.delete_topic)

    get_topic_stats = blocking(operations.statistics.get_topic_stats)
    get_consume_stats = blocking(operations.statistics.get_consume_stats)
    get_broker_consume_stats = blocking(operations.statistics.get_broker_consume_stats)
    query_consume_time_span = blocking(operations.statistics.query_consume_time_span)
    query_topic_consume_by_who = blocking(operations.statistics.query_topic_consume_by_who)
    query_topics_by_consumer = blocking(operations.statistics.query_topics_by_consumer)
    query_subscription_by_consumer = blocking(operations.statistics.query_subscription_by_consumer)
    view_broker_stats_data = blocking(operations.statistics.view_broker_stats_data)

    get_consumer_connections = blocking(operations.clients.get_consumer_connections)
    get_producer_connections = blocking(operations.clients.get_producer_connections)
    get_producers = blocking(operations.clients.get_producers)
    get_consumer_status = blocking(operations.clients.get_consumer_status)
    get_consumer_running_info = blocking(operations.clients.get_consumer_running_info)
    consume_message_directly = blocking(operations.clients.consume_message_directly)

    get_broker_config = blocking(operations.broker.get_broker_config)
    update_broker_config = blocking(operations.broker.update_broker_config)
    get_broker_runtime_info = blocking(operations.broker.get_broker_runtime_info)
    get_timer_metrics = blocking(operations.broker.get_timer_metrics)
    get_broker_ha_status = blocking(operations.broker.get_broker_ha_status)
    clean_expired_consume_queue = blocking(operations.broker.clean_expired_consume_queue)
    clean_unused_topic = blocking(operations.broker.clean_unused_topic)
    delete_expired_commit_log = blocking(operations.broker.delete_expired_commit_log)
    resume_check_half_message = blocking(operations.broker.resume_check_half_message)


def create_broker_client(
    broker_addr: str,
    timeout: float = DEFAULT_TIMEOUT,
    **kwargs: Any,  # the settings of `ClientConfig`, each with its own type; checked there
) -> BrokerClient:
    """Make a client of the broker at an address; it connects when told to, or on its first call.

    Args:
        broker_addr: `"host:port"`, or `"[::1]:10911"`.
        timeout: Default deadline of a call in seconds, everything included.
        kwargs: Settings, see `ClientConfig`. What is not given comes from `ROCKETMQ_BROKER_*` variables, then from
            the defaults.

    Raises:
        ValueError: the address or a setting is not accepted; the message says what is.
        TypeError: there is no such setting.

    Example:
        ```python
        client = create_broker_client("localhost:10911", timeout=10.0, connect_timeout=3.0)
        ```
    """
    config = ClientConfig.from_environment(timeout=timeout, **kwargs)
    return BrokerClient(Remote(broker_addr, config), config.timeout, config=config)
