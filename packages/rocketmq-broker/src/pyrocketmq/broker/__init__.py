"""RocketMQ clients for applications: sync and asyncio, for one broker or, through a manager, for a cluster."""

from pyrocketmq.broker.async_broker_manager import AsyncBrokerManager, create_async_broker_manager
from pyrocketmq.broker.async_client import AsyncBrokerClient, create_async_broker_client
from pyrocketmq.broker.broker_manager import BrokerManager, create_broker_manager
from pyrocketmq.broker.client import BrokerClient, create_broker_client
from pyrocketmq.broker.config import ClientConfig
from pyrocketmq.broker.errors import (
    AuthorizationError,
    BrokerBusyError,
    BrokerConnectionError,
    BrokerError,
    BrokerProtocolError,
    BrokerResponseError,
    BrokerSystemError,
    BrokerTimeoutError,
    MessagePullError,
    OffsetError,
)
from pyrocketmq.broker.metrics import ClientMetrics
from pyrocketmq.broker.outgoing import SendOptions, split_batch
from pyrocketmq.broker.pop_result import PopMessageResult, PopStatus
from pyrocketmq.broker.retry import RetryPolicy
from pyrocketmq.broker.subscriptions import subscription_data

__all__ = [
    "AsyncBrokerClient",
    "AsyncBrokerManager",
    "AuthorizationError",
    "BrokerBusyError",
    "BrokerClient",
    "BrokerConnectionError",
    "BrokerError",
    "BrokerManager",
    "BrokerProtocolError",
    "BrokerResponseError",
    "BrokerSystemError",
    "BrokerTimeoutError",
    "ClientConfig",
    "ClientMetrics",
    "MessagePullError",
    "OffsetError",
    "PopMessageResult",
    "PopStatus",
    "RetryPolicy",
    "SendOptions",
    "create_async_broker_client",
    "create_async_broker_manager",
    "create_broker_client",
    "create_broker_manager",
    "split_batch",
    "subscription_data",
]
