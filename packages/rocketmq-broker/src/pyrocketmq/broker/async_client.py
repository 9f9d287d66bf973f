"""`AsyncBrokerClient`: everything that one broker serves, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker import operations
from pyrocketmq.broker.async_member import AsyncMember
from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.iteration import AsyncReader
from pyrocketmq.broker.run import awaitable
from pyrocketmq.remote import AsyncRemote

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Self

    from pyrocketmq.broker.manager_base import Lease
    from pyrocketmq.broker.plan import Follow
    from pyrocketmq.remote import AsyncConnectionPool


class AsyncBrokerClient(AsyncMember, AsyncReader):
    """A client of one broker; any number of tasks of one event loop may use it at once.

    Every operation has two names, the plain one and one with the prefix `async_`; they are the same method. A client
    that was never connected connects on its first call. After `disconnect` calls raise `BrokerConnectionError` until
    `connect` is called again.

    Args:
        remote: The connection to the broker.
        timeout: Default deadline of a call in seconds, everything included.
        config: Further settings; by default those of the environment.

    Example:
        ```python
        async with await create_async_broker_client("localhost:10911") as client:
            await client.sync_send_message("shop", b"order 17", MessageQueue("orders", "broker-a", 0))
        ```
    """

    _has_vip_channel = True

    def __init__(
        self, remote: AsyncRemote, timeout: float = DEFAULT_TIMEOUT, *, config: ClientConfig | None = None
    ) -> None:
        super().__init__(remote, timeout, config)

    @classmethod
    def _lent(
        cls,
        remote: AsyncRemote,
        config: ClientConfig,
        broker_name: str,
        vip: AsyncRemote | None,
        renew: Callable[[Follow], Awaitable[Lease[AsyncRemote, AsyncConnectionPool] | None]],
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

    async_connect = AsyncMember.connect
    async_disconnect = AsyncMember.disconnect
    async_register_producer = AsyncMember.register_producer
    async_unregister_producer = AsyncMember.unregister_producer
    async_register_consumer = AsyncMember.register_consumer
    async_unregister_consumer = AsyncMember.unregister_consumer
    async_register_transaction_checker = AsyncMember.register_transaction_checker
    async_request = AsyncMember.request
    async_iter_messages = AsyncReader.iter_messages

    sync_send_message = async_sync_send_message = awaitable(operations.send.sync_send_message)
    oneway_send_message = async_oneway_send_message = awaitable(operations.send.oneway_send_message)
    sync_batch_send_message = async_sync_batch_send_message = awaitable(operations.send.sync_batch_send_message)
    oneway_batch_send_message = async_oneway_batch_send_message = awaitable(operations.send.oneway_batch_send_message)

    send_reply_message = async_send_reply_message = awaitable(operations.reply.send_reply_message)

    recall_message = async_recall_message = awaitable(operations.recall.recall_message)

    send_message_back = async_send_message_back = awaitable(operations.send_back.send_message_back)

    send_transaction_message = async_send_transaction_message = awaitable(
        operations.transaction.send_transaction_message
    )
    end_transaction = async_end_transaction = awaitable(operations.transaction.end_transaction)

    pull_message = async_pull_message = awaitable(operations.pull.pull_message)
    lite_pull_message = async_lite_pull_message = awaitable(operations.pull.lite_pull_message)

    pop_message = async_pop_message = awaitable(operations.pop.pop_message)
    peek_message = async_peek_message = awaitable(operations.pop.peek_message)
    notification = async_notification = awaitable(operations.pop.notification)
    get_polling_num = async_get_polling_num = awaitable(operations.pop.get_polling_num)

    ack_message = async_ack_message = awaitable(operations.ack.ack_message)
    batch_ack_messages = async_batch_ack_messages = awaitable(operations.ack.batch_ack_messages)
    change_invisible_time = async_change_invisible_time = awaitable(operations.ack.change_invisible_time)

    query_message = async_query_message = awaitable(operations.query.query_message)
    query_message_by_unique_key = async_query_message_by_unique_key = awaitable(
        operations.query.query_message_by_unique_key
    )
    view_message = async_view_message = awaitable(operations.query.view_message)
    query_consume_queue = async_query_consume_queue = awaitable(operations.query.query_consume_queue)

    query_consumer_offset = async_query_consumer_offset = awaitable(operations.offset.query_consumer_offset)
    update_consumer_offset = async_update_consumer_offset = awaitable(operations.offset.update_consumer_offset)
    search_offset_by_timestamp = async_search_offset_by_timestamp = awaitable(
        operations.offset.search_offset_by_timestamp
    )
    get_max_offset = async_get_max_offset = awaitable(operations.offset.get_max_offset)
    get_min_offset = async_get_min_offset = awaitable(operations.offset.get_min_offset)
    get_earliest_store_time = async_get_earliest_store_time = awaitable(operations.offset.get_earliest_store_time)

    reset_offset = async_reset_offset = awaitable(operations.offset_admin.reset_offset)
    clone_group_offset = async_clone_group_offset = awaitable(operations.offset_admin.clone_group_offset)
    get_consumer_offsets = async_get_consumer_offsets = awaitable(operations.offset_admin.get_consumer_offsets)
    get_delay_offsets = async_get_delay_offsets = awaitable(operations.offset_admin.get_delay_offsets)
    query_correction_offset = async_query_correction_offset = awaitable(operations.offset_admin.query_correction_offset)

    async_heartbeat = AsyncMember.heartbeat
    async_unregister_client = AsyncMember.unregister_client
    get_consumer_list = async_get_consumer_list = awaitable(operations.group.get_consumer_list)
    check_client_config = async_check_client_config = awaitable(operations.group.check_client_config)

    lock_queues = async_lock_queues = awaitable(operations.lock.lock_queues)
    unlock_queues = async_unlock_queues = awaitable(operations.lock.unlock_queues)

    query_assignment = async_query_assignment = awaitable(operations.assignment.query_assignment)
    set_message_request_mode = async_set_message_request_mode = awaitable(
        operations.assignment.set_message_request_mode
    )
    get_message_request_modes = async_get_message_request_modes = awaitable(
        operations.assignment.get_message_request_modes
    )

    create_subscription_group = async_create_subscription_group = awaitable(
        operations.subscription_group.create_subscription_group
    )
    create_subscription_groups = async_create_subscription_groups = awaitable(
        operations.subscription_group.create_subscription_groups
    )
    get_subscription_group = async_get_subscription_group = awaitable(
        operations.subscription_group.get_subscription_group
    )
    get_subscription_groups = async_get_subscription_groups = awaitable(
        operations.subscription_group.get_subscription_groups
    )
    delete_subscription_group = async_delete_subscription_group = awaitable(
        operations.subscription_group.delete_subscription_group
    )
    set_group_forbidden = async_set_group_forbidden = awaitable(operations.subscription_group.set_group_forbidden)
    is_group_forbidden = async_is_group_forbidden = awaitable(operations.subscription_group.is_group_forbidden)

    create_topic = async_create_topic = awaitable(operations.topic.create_topic)
    create_topics = async_create_topics = awaitable(operations.topic.create_topics)
    get_topic_config = async_get_topic_config = awaitable(operations.topic.get_topic_config)
    get_topic_configs = async_get_topic_configs = awaitable(operations.topic.get_topic_configs)
    get_system_topics = async_get_system_topics = awaitable(operations.topic.get_system_topics)
    delete_topic = async_delete_topic = awaitable(operations.topic.delete_topic)

    get_topic_stats = async_get_topic_stats = awaitable(operations.statistics.get_topic_stats)
    get_consume_stats = async_get_consume_stats = awaitable(operations.statistics.get_consume_stats)
    get_broker_consume_stats = async_get_broker_consume_stats = awaitable(
        operations.statistics.get_broker_consume_stats
    )
    query_consume_time_span = async_query_consume_time_span = awaitable(operations.statistics.query_consume_time_span)
    query_topic_consume_by_who = async_query_topic_consume_by_who = awaitable(
        operations.statistics.query_topic_consume_by_who
    )
    query_topics_by_consumer = async_query_topics_by_consumer = awaitable(
        operations.statistics.query_topics_by_consumer
    )
    query_subscription_by_consumer = async_query_subscription_by_consumer = awaitable(
        operations.statistics.query_subscription_by_consumer
    )
    view_broker_stats_data = async_view_broker_stats_data = awaitable(operations.statistics.view_broker_stats_data)

    get_consumer_connections = async_get_consumer_connections = awaitable(operations.clients.get_consumer_connections)
    get_producer_connections = async_get_producer_connections = awaitable(operations.clients.get_producer_connections)
    get_producers = async_get_producers = awaitable(operations.clients.get_producers)
    get_consumer_status = async_get_consumer_status = awaitable(operations.clients.get_consumer_status)
    get_consumer_running_info = async_get_consumer_running_info = awaitable(
        operations.clients.get_consumer_running_info
    )
    consume_message_directly = async_consume_message_directly = awaitable(operations.clients.consume_message_directly)

    get_broker_config = async_get_broker_config = awaitable(operations.broker.get_broker_config)
    update_broker_config = async_update_broker_config = awaitable(operations.broker.update_broker_config)
    get_broker_runtime_info = async_get_broker_runtime_info = awaitable(operations.broker.get_broker_runtime_info)
    get_timer_metrics = async_get_timer_metrics = awaitable(operations.broker.get_timer_metrics)
    get_broker_ha_status = async_get_broker_ha_status = awaitable(operations.broker.get_broker_ha_status)
    clean_expired_consume_queue = async_clean_expired_consume_queue = awaitable(
        operations.broker.clean_expired_consume_queue
    )
    clean_unused_topic = async_clean_unused_topic = awaitable(operations.broker.clean_unused_topic)
    delete_expired_commit_log = async_delete_expired_commit_log = awaitable(operations.broker.delete_expired_commit_log)
    resume_check_half_message = async_resume_check_half_message = awaitable(operations.broker.resume_check_half_message)


async def create_async_broker_client(
    broker_addr: str,
    timeout: float = DEFAULT_TIMEOUT,
    **kwargs: Any,  # the settings of `ClientConfig`, each with its own type; checked there
) -> AsyncBrokerClient:
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
        client = await create_async_broker_client("localhost:10911", timeout=10.0)
        ```
    """
    config = ClientConfig.from_environment(timeout=timeout, **kwargs)
    return AsyncBrokerClient(AsyncRemote(broker_addr, config), config.timeout, config=config)
