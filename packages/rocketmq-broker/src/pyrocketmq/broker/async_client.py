"""`AsyncBrokerClient`: everything that one broker serves, for asyncio."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

from pyrocketmq.broker import operations
from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.connection import AsyncConnected
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.membership import HEARTBEAT_PERIOD, Membership
from pyrocketmq.broker.run import awaitable
from pyrocketmq.broker.transaction_check import (
    TransactionCheck,
    TransactionCheckers,
    checked_state,
    log_failed_checker,
)
from pyrocketmq.logging import get_logger
from pyrocketmq.model import RequestCode, TransactionState
from pyrocketmq.remote import AsyncRemote

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Self, TypeAlias

    from pyrocketmq.model import MessageExt, RemotingCommand

    AsyncTransactionChecker: TypeAlias = Callable[[MessageExt], TransactionState | Awaitable[TransactionState]]

_log = get_logger("pyrocketmq.broker")


class AsyncBrokerClient(AsyncConnected):
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

    def __init__(
        self, remote: AsyncRemote, timeout: float = DEFAULT_TIMEOUT, *, config: ClientConfig | None = None
    ) -> None:
        super().__init__(remote, timeout, config)
        self._membership = Membership()
        self._checkers: TransactionCheckers[AsyncTransactionChecker] = TransactionCheckers()
        self._heartbeats: asyncio.Task[None] | None = None

    @classmethod
    def lent(cls, remote: AsyncRemote, config: ClientConfig) -> Self:
        """Make a client of a connection that belongs to somebody else."""
        client = cls(remote, config.timeout, config=config)
        client._owns_remote = False
        return client

    async def disconnect(self) -> None:
        """Leave all groups and close the connection; does nothing where it is closed."""
        await self._stop_heartbeats()
        for group in self._membership.leave_all():
            if not self.is_connected:
                break  # brokers take a lost connection out of its groups by themselves
            try:
                await self.unregister_client(self._membership.client_id, producer_group=group)
            except BrokerError as error:
                _log.debug("could not leave group %s: %s", group, error)
        await super().disconnect()

    async def register_transaction_checker(self, producer_group: str, checker: AsyncTransactionChecker) -> None:
        """Answer the broker's questions about transactions whose end stayed away.

        Joins the producer group by heartbeat, without which brokers ask nothing, and stays in it until `disconnect`.

        Args:
            producer_group: The group that sends the half messages.
            checker: A function or coroutine function that says how the transaction of a half message ends. Where it
                raises, the error is logged and the answer is `UNKNOWN`, so that the broker asks again later.

        Raises:
            BrokerConnectionError: the connection failed.
            BrokerTimeoutError: no answer to the first heartbeat in time.

        Example:
            ```python
            async def check(message):
                return TransactionState.COMMIT if await is_paid(message.keys) else TransactionState.ROLLBACK

            await client.register_transaction_checker("shop", check)
            ```
        """
        self._checkers.add(producer_group, checker)
        self._remote.register_request_handler(RequestCode.CHECK_TRANSACTION_STATE, self._answer_check)
        self._membership.add_producer(producer_group)
        await self.heartbeat(self._membership.heartbeat_data())
        self._start_heartbeats()

    async def _answer_check(self, command: RemotingCommand) -> None:
        check = TransactionCheck(command)
        checker = self._checkers.find(check)
        state = TransactionState.UNKNOWN
        if checker is not None:
            try:
                given = checker(check.message)
                state = checked_state(await given if inspect.isawaitable(given) else given)
            except Exception as error:  # noqa: BLE001  # code of the application may raise anything; it is logged
                log_failed_checker(check, error)
        await self._run(check.answer(self._context, state), "end_transaction")

    def _start_heartbeats(self) -> None:
        if self._heartbeats is None:
            self._heartbeats = asyncio.create_task(
                self._send_heartbeats(), name=f"rocketmq-heartbeat-{self.broker_addr}"
            )

    async def _stop_heartbeats(self) -> None:
        task, self._heartbeats = self._heartbeats, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.wait([task])

    async def _send_heartbeats(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_PERIOD)
            try:
                await self.heartbeat(self._membership.heartbeat_data())
            except BrokerError as error:
                _log.warning("heartbeat failed: %s", error)

    async_connect = AsyncConnected.connect
    async_disconnect = disconnect
    async_register_transaction_checker = register_transaction_checker

    sync_send_message = async_sync_send_message = awaitable(operations.send.sync_send_message)
    oneway_send_message = async_oneway_send_message = awaitable(operations.send.oneway_send_message)
    sync_batch_send_message = async_sync_batch_send_message = awaitable(operations.send.sync_batch_send_message)
    oneway_batch_send_message = async_oneway_batch_send_message = awaitable(operations.send.oneway_batch_send_message)

    send_transaction_message = async_send_transaction_message = awaitable(
        operations.transaction.send_transaction_message
    )
    end_transaction = async_end_transaction = awaitable(operations.transaction.end_transaction)

    pull_message = async_pull_message = awaitable(operations.pull.pull_message)

    query_consumer_offset = async_query_consumer_offset = awaitable(operations.offset.query_consumer_offset)
    update_consumer_offset = async_update_consumer_offset = awaitable(operations.offset.update_consumer_offset)
    search_offset_by_timestamp = async_search_offset_by_timestamp = awaitable(
        operations.offset.search_offset_by_timestamp
    )
    get_max_offset = async_get_max_offset = awaitable(operations.offset.get_max_offset)
    get_min_offset = async_get_min_offset = awaitable(operations.offset.get_min_offset)
    get_earliest_store_time = async_get_earliest_store_time = awaitable(operations.offset.get_earliest_store_time)

    heartbeat = async_heartbeat = awaitable(operations.group.heartbeat)
    unregister_client = async_unregister_client = awaitable(operations.group.unregister_client)
    get_consumer_list = async_get_consumer_list = awaitable(operations.group.get_consumer_list)
    create_subscription_group = async_create_subscription_group = awaitable(operations.group.create_subscription_group)

    create_topic = async_create_topic = awaitable(operations.topic.create_topic)
    delete_topic = async_delete_topic = awaitable(operations.topic.delete_topic)


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
