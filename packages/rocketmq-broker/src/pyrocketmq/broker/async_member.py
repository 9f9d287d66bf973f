"""Groups, callbacks and request-reply of an asyncio client; what its methods do is told by those of the sync one."""

from __future__ import annotations

import asyncio
import inspect
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

from pyrocketmq.broker import operations
from pyrocketmq.broker.callbacks import QUESTIONS, Callbacks, ConsumerCallbacks
from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.connection import AsyncConnected
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.membership import WATCH_PERIOD, HeartbeatSchedule, Membership
from pyrocketmq.broker.reply_message import no_reply
from pyrocketmq.broker.run import awaitable
from pyrocketmq.broker.subscriptions import consumer_data
from pyrocketmq.logging import get_logger
from pyrocketmq.model.enums import ConsumeFromWhere, ConsumeType, MessageModel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from typing import TypeAlias, Unpack

    from pyrocketmq.broker.outgoing import SendOptions
    from pyrocketmq.model import MessageExt, MessageQueue, RemotingCommand, TransactionState
    from pyrocketmq.model.bodies import ConsumerRunningInfo, SubscriptionData
    from pyrocketmq.model.enums import CMResult
    from pyrocketmq.remote import AsyncRemote

    AsyncTransactionChecker: TypeAlias = Callable[[MessageExt], TransactionState | Awaitable[TransactionState]]

_log = get_logger("pyrocketmq.broker")


class AsyncMember(AsyncConnected):
    """An asyncio client that belongs to groups: it sends heartbeats, and answers what the broker asks its members."""

    def __init__(
        self, remote: AsyncRemote, timeout: float = DEFAULT_TIMEOUT, config: ClientConfig | None = None
    ) -> None:
        super().__init__(remote, timeout, config)
        self._membership = Membership()
        self._callbacks = Callbacks(self._context, self._membership)
        self._schedule = HeartbeatSchedule()
        self._heartbeats: asyncio.Task[None] | None = None

    heartbeat = awaitable(operations.group.heartbeat)
    unregister_client = awaitable(operations.group.unregister_client)

    @property
    def client_id(self) -> str:
        """Id that brokers know this client by."""
        return self._context.client_id

    async def disconnect(self) -> None:
        """Leave all groups and close the connection; does nothing where it is closed.

        Example:
            ```python
            await client.disconnect()
            ```
        """
        await self._stop_heartbeats()
        groups = self._membership.leave_all()
        if groups and self.is_connected:  # brokers take a lost connection out of its groups by themselves
            try:
                for producer_group, consumer_group in groups:
                    await self.unregister_client(
                        self.client_id, producer_group=producer_group, consumer_group=consumer_group
                    )
            except BrokerError as error:
                _log.debug("could not leave all groups: %s", error)
        if groups:
            self._callbacks.forget_all()
            for code in QUESTIONS:
                self._remote.unregister_request_handler(code)
        await super().disconnect()

    async def register_producer(self, producer_group: str, timeout: float | None = None) -> None:
        """Join a producer group by heartbeat (HEART_BEAT, 34), and stay in it until `disconnect`.

        Sends need no membership. It is what lets the broker ask about open transactions and hand over replies.

        Args:
            producer_group: The group.
            timeout: Seconds for the first heartbeat; by default the client's.

        Raises:
            BrokerConnectionError: the connection failed.
            BrokerTimeoutError: no answer to the first heartbeat in time.
            ValueError: the name is not allowed.

        Example:
            ```python
            await client.register_producer("shop")
            ```
        """
        with self._membership.joining_producers(producer_group):
            await self._join(timeout)

    async def unregister_producer(self, producer_group: str, timeout: float | None = None) -> None:
        """Leave a producer group (UNREGISTER_CLIENT, 35); nothing happens where the client is not in it.

        Args:
            producer_group: The group.
            timeout: Seconds for the whole call; by default the client's.

        Raises:
            BrokerConnectionError: the connection failed; the broker takes a lost client out by itself.
            BrokerTimeoutError: no answer in time.

        Example:
            ```python
            await client.unregister_producer("shop")
            ```
        """
        self._callbacks.forget_producers(producer_group)
        if self._membership.leave_producers(producer_group):
            await self.unregister_client(self.client_id, producer_group=producer_group, timeout=timeout)

    async def register_consumer(
        self,
        consumer_group: str,
        subscriptions: Mapping[str, str] | Iterable[SubscriptionData],
        *,
        on_ids_changed: Callable[[str], object] | None = None,
        on_offset_reset: Callable[[str, dict[MessageQueue, int]], object] | None = None,
        consume_directly: Callable[[MessageExt], CMResult | Awaitable[CMResult]] | None = None,
        consumer_status: Callable[[str], Mapping[MessageQueue, int] | Awaitable[Mapping[MessageQueue, int]]]
        | None = None,
        running_info: Callable[[], ConsumerRunningInfo | Awaitable[ConsumerRunningInfo]] | None = None,
        consume_type: ConsumeType = ConsumeType.CONSUME_PASSIVELY,
        message_model: MessageModel = MessageModel.CLUSTERING,
        consume_from_where: ConsumeFromWhere = ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET,
        timeout: float | None = None,
    ) -> None:
        """Join a consumer group by heartbeat (HEART_BEAT, 34), and stay in it until `disconnect`.

        Pulls need no membership. It is what lets the members of a group know of each other and divide the queues. All
        members have to give the same subscriptions; calling this again replaces them, and the callbacks.

        The callbacks may be coroutine functions; each call runs in a task of its own. What they raise is logged, and
        the broker is told that the client failed.

        Args:
            consumer_group: The group.
            subscriptions: Tag expressions by topic (`"*"` for all messages), or what `subscription_data` returns.
                Members that do not broadcast subscribe the group's retry topic besides.
            on_ids_changed: Called with the group whenever a member has come or gone, also for this client itself
                (NOTIFY_CONSUMER_IDS_CHANGED, 40): time to look at `get_consumer_list` again.
            on_offset_reset: Called with a topic and the offset of each queue when somebody resets the offsets of the
                group (RESET_CONSUMER_CLIENT_OFFSET, 220; 4.9).
            consume_directly: Called with a message that this member is told to consume
                (CONSUME_MESSAGE_DIRECTLY, 309). Without it the broker hears that nobody does.
            consumer_status: Called with a topic; returns the offset of each queue of it that this member consumes
                (GET_CONSUMER_STATUS_FROM_CLIENT, 221). Without it there are none.
            running_info: Returns what this member tells of itself (GET_CONSUMER_RUNNING_INFO, 307). Without it that
                is its settings and subscriptions.
            consume_type: How this client gets its messages; only shown to others.
            message_model: Who of the group gets a message.
            consume_from_where: Where a new group starts; only shown to others.
            timeout: Seconds for the first heartbeat; by default the client's.

        Raises:
            BrokerConnectionError: the connection failed.
            BrokerTimeoutError: no answer to the first heartbeat in time.
            ValueError: a name is not allowed.

        Example:
            ```python
            await client.register_consumer("billing", {"orders": "paid || shipped"}, on_ids_changed=rebalance)
            ```
        """
        data = consumer_data(consumer_group, subscriptions, consume_type, message_model, consume_from_where)
        callbacks = ConsumerCallbacks(on_ids_changed, on_offset_reset, consume_directly, consumer_status, running_info)
        self._callbacks.set_consumer(consumer_group, callbacks)
        with self._membership.joining_consumers(data):
            await self._join(timeout)

    async def unregister_consumer(self, consumer_group: str, timeout: float | None = None) -> None:
        """Leave a consumer group (UNREGISTER_CLIENT, 35); nothing happens where the client is not in it.

        Args:
            consumer_group: The group.
            timeout: Seconds for the whole call; by default the client's.

        Raises:
            BrokerConnectionError: the connection failed; the broker takes a lost client out by itself.
            BrokerTimeoutError: no answer in time.

        Example:
            ```python
            await client.unregister_consumer("billing")
            ```
        """
        self._callbacks.forget_consumers(consumer_group)
        if self._membership.leave_consumers(consumer_group):
            await self.unregister_client(self.client_id, consumer_group=consumer_group, timeout=timeout)

    async def register_transaction_checker(self, producer_group: str, checker: AsyncTransactionChecker) -> None:
        """Answer the broker's questions about transactions whose end stayed away (CHECK_TRANSACTION_STATE, 39).

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
        self._callbacks.set_checker(producer_group, checker)
        await self.register_producer(producer_group)

    async def request(
        self,
        producer_group: str,
        body: bytes,
        mq: MessageQueue,
        properties: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **options: Unpack[SendOptions],
    ) -> MessageExt:
        """Send a message and wait for the reply to it (SEND_MESSAGE_V2, 310, and PUSH_REPLY_MESSAGE_TO_CLIENT, 326).

        Whoever gets the message replies with `send_reply_message`. Joins the producer group by heartbeat, since the
        broker hands replies to its members, and stays in it until `disconnect`.

        Args:
            producer_group: The producer's group.
            body: The content, 1 byte to 4 MiB.
            mq: The queue; with `queue_id` -1 the broker chooses one.
            properties: Properties of the message; names and values must not be empty.
            timeout: Seconds for sending and for the reply together; by default the client's.
            options: See `SendOptions`.

        Returns:
            The reply. It was not pulled from a queue: both of its offsets are 0.

        Raises:
            BrokerResponseError: the broker refused the message.
            BrokerConnectionError: the connection failed while the message was sent.
            BrokerTimeoutError: no reply in time; the message may be stored.
            ValueError: the broker would not take the message.

        Example:
            ```python
            reply = await client.request("shop", b"apples", MessageQueue("questions", "broker-a", 0), timeout=10)
            ```
        """
        limit = self.timeout if timeout is None else timeout
        started = monotonic()
        if not self._membership.knows_producer(producer_group, self._remote.local_address):
            await self.register_producer(producer_group, limit)
        correlation_id = str(uuid4())
        replies: asyncio.Queue[MessageExt] = asyncio.Queue()
        with self._callbacks.expecting_reply(correlation_id, replies.put_nowait):
            remaining = limit - (monotonic() - started)
            plan = operations.reply.send_request_message(
                self._context, producer_group, body, mq, properties, correlation_id, remaining, options
            )
            await self._run(plan, "request")
            try:
                async with asyncio.timeout(limit - (monotonic() - started)):
                    return await replies.get()
            except TimeoutError:
                raise no_reply(self.broker_addr, limit) from None

    async def _join(self, timeout: float | None) -> None:
        for code in QUESTIONS:
            self._remote.register_request_handler(code, self._answer)
        await self._send_heartbeat(timeout)
        if self._heartbeats is None:
            self._heartbeats = asyncio.create_task(
                self._send_heartbeats(), name=f"rocketmq-heartbeat-{self.broker_addr}"
            )

    async def _stop_heartbeats(self) -> None:
        task, self._heartbeats = self._heartbeats, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _send_heartbeats(self) -> None:
        while True:
            await asyncio.sleep(WATCH_PERIOD)
            if self._schedule.is_due(self._remote.local_address):
                try:
                    await self._send_heartbeat(None)
                except BrokerError as error:
                    self._schedule.note_failed()
                    _log.warning("heartbeat failed: %s", error)

    async def _send_heartbeat(self, timeout: float | None) -> None:
        data = self._membership.heartbeat_data(self.client_id)
        await self.heartbeat(data, timeout)
        connection = self._remote.local_address
        self._membership.confirm(data, connection)
        self._schedule.note_sent(connection)

    async def _answer(self, command: RemotingCommand) -> RemotingCommand | None:
        question = self._callbacks.question(command)
        if question is None:
            return None
        try:
            given = question.ask()
            answer = question.answer(await given if inspect.isawaitable(given) else given)
        except Exception as error:
            if question.rescue is None:
                raise  # the connection logs it and answers that the client failed
            answer = question.rescue(error)
        return await self._run(answer, "answer")
