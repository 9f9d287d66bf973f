"""`NameServerClient`: what one NameServer serves, for threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.connection import BlockingConnected
from pyrocketmq.broker.run import blocking
from pyrocketmq.nameserver import operations
from pyrocketmq.remote import Remote

if TYPE_CHECKING:
    from typing import Any


class NameServerClient(BlockingConnected):
    """A client of one NameServer; any number of threads may use it at once.

    Args:
        remote: The connection to the NameServer.
        timeout: Default deadline of a call in seconds.
        config: Further settings; by default those of the environment.

    Example:
        ```python
        with create_nameserver_client("localhost:9876") as client:
            print(client.get_topic_route("orders"))
        ```
    """

    get_topic_route = blocking(operations.route.get_topic_route)
    get_cluster_info = blocking(operations.route.get_cluster_info)
    get_broker_member_group = blocking(operations.route.get_broker_member_group)

    get_all_topics = blocking(operations.topic.get_all_topics)
    get_topics_by_cluster = blocking(operations.topic.get_topics_by_cluster)
    get_system_topics = blocking(operations.topic.get_system_topics)
    get_unit_topics = blocking(operations.topic.get_unit_topics)
    get_unit_sub_topics = blocking(operations.topic.get_unit_sub_topics)
    get_unit_sub_ununit_topics = blocking(operations.topic.get_unit_sub_ununit_topics)
    register_topic = blocking(operations.topic.register_topic)
    delete_topic = blocking(operations.topic.delete_topic)

    put_kv_config = blocking(operations.kv_config.put_kv_config)
    get_kv_config = blocking(operations.kv_config.get_kv_config)
    get_kv_list = blocking(operations.kv_config.get_kv_list)
    delete_kv_config = blocking(operations.kv_config.delete_kv_config)

    wipe_write_perm_of_broker = blocking(operations.write_perm.wipe_write_perm_of_broker)
    add_write_perm_of_broker = blocking(operations.write_perm.add_write_perm_of_broker)

    get_nameserver_config = blocking(operations.nameserver.get_nameserver_config)
    update_nameserver_config = blocking(operations.nameserver.update_nameserver_config)


def create_nameserver_client(
    namesrv_addr: str,
    timeout: float = DEFAULT_TIMEOUT,
    **kwargs: Any,  # the settings of `ClientConfig`, each with its own type; checked there
) -> NameServerClient:
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
        client = create_nameserver_client("localhost:9876")
        ```
    """
    config = ClientConfig.from_environment(timeout=timeout, **kwargs)
    return NameServerClient(Remote(namesrv_addr, config), config.timeout, config)
