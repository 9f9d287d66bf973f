"""`AsyncNameServerClient`: what one NameServer serves, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.connection import AsyncConnected
from pyrocketmq.broker.run import awaitable
from pyrocketmq.nameserver import operations
from pyrocketmq.remote import AsyncRemote

if TYPE_CHECKING:
    from typing import Any


class AsyncNameServerClient(AsyncConnected):
    """A client of one NameServer; any number of tasks of one event loop may use it at once.

    Args:
        remote: The connection to the NameServer.
        timeout: Default deadline of a call in seconds.
        config: Further settings; by default those of the environment.

    Example:
        ```python
        async with await create_async_nameserver_client("localhost:9876") as client:
            print(await client.get_topic_route("orders"))
        ```
    """

    async_connect = AsyncConnected.connect
    async_disconnect = AsyncConnected.disconnect

    get_topic_route = async_get_topic_route = awaitable(operations.route.get_topic_route)
    get_cluster_info = async_get_cluster_info = awaitable(operations.route.get_cluster_info)
    get_broker_member_group = async_get_broker_member_group = awaitable(operations.route.get_broker_member_group)

    get_all_topics = async_get_all_topics = awaitable(operations.topic.get_all_topics)
    get_topics_by_cluster = async_get_topics_by_cluster = awaitable(operations.topic.get_topics_by_cluster)
    get_system_topics = async_get_system_topics = awaitable(operations.topic.get_system_topics)
    get_unit_topics = async_get_unit_topics = awaitable(operations.topic.get_unit_topics)
    get_unit_sub_topics = async_get_unit_sub_topics = awaitable(operations.topic.get_unit_sub_topics)
    get_unit_sub_ununit_topics = async_get_unit_sub_ununit_topics = awaitable(
        operations.topic.get_unit_sub_ununit_topics
    )
    register_topic = async_register_topic = awaitable(operations.topic.register_topic)
    delete_topic = async_delete_topic = awaitable(operations.topic.delete_topic)

    put_kv_config = async_put_kv_config = awaitable(operations.kv_config.put_kv_config)
    get_kv_config = async_get_kv_config = awaitable(operations.kv_config.get_kv_config)
    get_kv_list = async_get_kv_list = awaitable(operations.kv_config.get_kv_list)
    delete_kv_config = async_delete_kv_config = awaitable(operations.kv_config.delete_kv_config)

    wipe_write_perm_of_broker = async_wipe_write_perm_of_broker = awaitable(
        operations.write_perm.wipe_write_perm_of_broker
    )
    add_write_perm_of_broker = async_add_write_perm_of_broker = awaitable(
        operations.write_perm.add_write_perm_of_broker
    )

    get_nameserver_config = async_get_nameserver_config = awaitable(operations.nameserver.get_nameserver_config)
    update_nameserver_config = async_update_nameserver_config = awaitable(
        operations.nameserver.update_nameserver_config
    )


async def create_async_nameserver_client(
    namesrv_addr: str,
    timeout: float = DEFAULT_TIMEOUT,
    **kwargs: Any,  # the settings of `ClientConfig`, each with its own type; checked there
) -> AsyncNameServerClient:
    """Make a client of the NameServer at an address; it connects when told to, or on its first call.

    Args:
        namesrv_addr: `"host:port"`, or `"[::1]:9876"`.
        timeout: Default deadline of a call in seconds.
        kwargs: Settings, see `ClientConfig`.

    Raises:
        ValueError: the address or a setting is not accepted; the message says what is.
        TypeError: there is no such setting.

    Example:
        ```python
        client = await create_async_nameserver_client("localhost:9876")
        ```
    """
    config = ClientConfig.from_environment(timeout=timeout, **kwargs)
    return AsyncNameServerClient(AsyncRemote(namesrv_addr, config), config.timeout, config)
