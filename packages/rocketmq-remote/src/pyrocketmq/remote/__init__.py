"""Transport for the RocketMQ remoting protocol: connections, pools and their errors, for threads and for asyncio."""

from pyrocketmq.remote.address import Address
from pyrocketmq.remote.async_pool import AsyncConnectionPool
from pyrocketmq.remote.async_remote import AsyncRemote
from pyrocketmq.remote.begun_call import BegunCall
from pyrocketmq.remote.calls import Call, CallHook
from pyrocketmq.remote.config import Credentials, RemoteConfig
from pyrocketmq.remote.errors import (
    RemoteClosedError,
    RemoteConnectionError,
    RemoteError,
    RemoteProtocolError,
    RemoteTimeoutError,
)
from pyrocketmq.remote.events import (
    ConnectionClosed,
    ConnectionEvent,
    ConnectionFailed,
    ConnectionLost,
    ConnectionOpened,
    Listener,
    ServerGoingAway,
)
from pyrocketmq.remote.handlers import AsyncHandler, Handler
from pyrocketmq.remote.metrics import RemoteMetrics
from pyrocketmq.remote.pool import ConnectionPool
from pyrocketmq.remote.pool_policy import PoolMetrics
from pyrocketmq.remote.remote import Remote
from pyrocketmq.remote.requests import AnyRequest, may_use_vip_channel

__all__ = [
    "Address",
    "AnyRequest",
    "AsyncConnectionPool",
    "AsyncHandler",
    "AsyncRemote",
    "BegunCall",
    "Call",
    "CallHook",
    "ConnectionClosed",
    "ConnectionEvent",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionOpened",
    "ConnectionPool",
    "Credentials",
    "Handler",
    "Listener",
    "PoolMetrics",
    "Remote",
    "RemoteClosedError",
    "RemoteConfig",
    "RemoteConnectionError",
    "RemoteError",
    "RemoteMetrics",
    "RemoteProtocolError",
    "RemoteTimeoutError",
    "ServerGoingAway",
    "may_use_vip_channel",
]
