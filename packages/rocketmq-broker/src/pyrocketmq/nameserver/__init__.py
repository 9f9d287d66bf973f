"""NameServer clients: where topics and brokers are."""

from pyrocketmq.nameserver.async_client import AsyncNameServerClient, create_async_nameserver_client
from pyrocketmq.nameserver.client import NameServerClient, create_nameserver_client

__all__ = [
    "AsyncNameServerClient",
    "NameServerClient",
    "create_async_nameserver_client",
    "create_nameserver_client",
]
