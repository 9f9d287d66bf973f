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

    get_topic_route = async_get_topic_route = awaitable(operations.get_topic_route)
    get_cluster_info = async_get_cluster_info = awaitable(operations.get_cluster_info)
    get_all_topics = async_get_all_topics = awaitable(operations.get_all_topics)
    delete_topic = async_delete_topic = awaitable(operations.delete_topic)
    put_kv_config = async_put_kv_config = awaitable(operations.put_kv_config)
    get_kv_config = async_get_kv_config = awaitable(operations.get_kv_config)
    delete_kv_config = async_delete_kv_config = awaitable(operations.delete_kv_config)


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
    """
    config = ClientConfig.from_environment(timeout=timeout, **kwargs)
    return AsyncNameServerClient(AsyncRemote(namesrv_addr, config), config.timeout, config)
