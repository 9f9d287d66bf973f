"""`BrokerClient`: everything that one broker serves, for threads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pyrocketmq.broker import operations
from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.connection import BlockingConnected
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.membership import HEARTBEAT_PERIOD, Membership
from pyrocketmq.broker.run import blocking
from pyrocketmq.broker.transaction_check import (
    TransactionCheck,
    TransactionCheckers,
    checked_state,
    log_failed_checker,
)
from pyrocketmq.logging import get_logger
from pyrocketmq.model import RequestCode, TransactionState
from pyrocketmq.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self, TypeAlias

    from pyrocketmq.model import MessageExt, RemotingCommand

    TransactionChecker: TypeAlias = Callable[[MessageExt], TransactionState]

_log = get_logger("pyrocketmq.broker")


class BrokerClient(BlockingConnected):
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

    def __init__(self, remote: Remote, timeout: float = DEFAULT_TIMEOUT, *, config: ClientConfig | None = None) -> None:
        super().__init__(remote, timeout, config)
        self._membership = Membership()
        self._checkers: TransactionCheckers[TransactionChecker] = TransactionCheckers()
        self._heartbeats: threading.Thread | None = None
        self._heartbeats_end = threading.Event()
        self._lock = threading.Lock()

    @classmethod
    def lent(cls, remote: Remote, config: ClientConfig) -> Self:
        """Make a client of a connection that belongs to somebody else."""
        client = cls(remote, config.timeout, config=config)
        client._owns_remote = False
        return client

    def disconnect(self) -> None:
        """Leave all groups and close the connection; does nothing where it is closed."""
        self._stop_heartbeats()
        for group in self._membership.leave_all():
            if not self.is_connected:
                break  # brokers take a lost connection out of its groups by themselves
            try:
                self.unregister_client(self._membership.client_id, producer_group=group)
            except BrokerError as error:
                _log.debug("could not leave group %s: %s", group, error)
        super().disconnect()

    def register_transaction_checker(self, producer_group: str, checker: TransactionChecker) -> None:
        """Answer the broker's questions about transactions whose end stayed away.

        Joins the producer group by heartbeat, without which brokers ask nothing, and stays in it until `disconnect`.

        Args:
            producer_group: The group that sends the half messages.
            checker: Says how the transaction of a half message ends; called on a thread of its own. Where it raises,
                the error is logged and the answer is `UNKNOWN`, so that the broker asks again later.

        Raises:
            BrokerConnectionError: the connection failed.
            BrokerTimeoutError: no answer to the first heartbeat in time.

        Example:
            ```python
            client.register_transaction_checker("shop", lambda message: TransactionState.COMMIT)
            ```
        """
        self._checkers.add(producer_group, checker)
        self._remote.register_request_handler(RequestCode.CHECK_TRANSACTION_STATE, self._answer_check)
        self._membership.add_producer(producer_group)
        self.heartbeat(self._membership.heartbeat_data())
        self._start_heartbeats()

    def _answer_check(self, command: RemotingCommand) -> None:
        check = TransactionCheck(command)
        checker = self._checkers.find(check)
        state = TransactionState.UNKNOWN
        if checker is not None:
            try:
                state = checked_state(checker(check.message))
            except Exception as error:  # noqa: BLE001  # code of the application may raise anything; it is logged
                log_failed_checker(check, error)
        self._run(check.answer(self._context, state), "end_transaction")

    def _start_heartbeats(self) -> None:
        with self._lock:
            if self._heartbeats is None:
                self._heartbeats_end.clear()
                self._heartbeats = threading.Thread(
                    target=self._send_heartbeats, name=f"rocketmq-heartbeat-{self.broker_addr}", daemon=True
                )
                self._heartbeats.start()

    def _stop_heartbeats(self) -> None:
        with self._lock:
            thread, self._heartbeats = self._heartbeats, None
        if thread is not None:
            self._heartbeats_end.set()
            if thread is not threading.current_thread():
                thread.join(self._context.timeout)

    def _send_heartbeats(self) -> None:
        while not self._heartbeats_end.wait(HEARTBEAT_PERIOD):
            try:
                self.heartbeat(self._membership.heartbeat_data())
            except BrokerError as error:
                _log.warning("heartbeat failed: %s", error)

    sync_send_message = blocking(operations.send.sync_send_message)
    oneway_send_message = blocking(operations.send.oneway_send_message)
    sync_batch_send_message = blocking(operations.send.sync_batch_send_message)
    oneway_batch_send_message = blocking(operations.send.oneway_batch_send_message)

    send_transaction_message = blocking(operations.transaction.send_transaction_message)
    end_transaction = blocking(operations.transaction.end_transaction)

    pull_message = blocking(operations.pull.pull_message)

    query_consumer_offset = blocking(operations.offset.query_consumer_offset)
    update_consumer_offset = blocking(operations.offset.update_consumer_offset)
    search_offset_by_timestamp = blocking(operations.offset.search_offset_by_timestamp)
    get_max_offset = blocking(operations.offset.get_max_offset)
    get_min_offset = blocking(operations.offset.get_min_offset)
    get_earliest_store_time = blocking(operations.offset.get_earliest_store_time)

    heartbeat = blocking(operations.group.heartbeat)
    unregister_client = blocking(operations.group.unregister_client)
    get_consumer_list = blocking(operations.group.get_consumer_list)
    create_subscription_group = blocking(operations.group.create_subscription_group)

    create_topic = blocking(operations.topic.create_topic)
    delete_topic = blocking(operations.topic.delete_topic)


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
