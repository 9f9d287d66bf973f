"""Groups, callbacks and request-reply of an asyncio client."""

from __future__ import annotations

import asyncio
import inspect
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

from pyrocketmq.broker import operations
from pyrocketmq.broker.answering import Answerer, join, leave
from pyrocketmq.broker.callbacks import Callbacks, ConsumerCallbacks
from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.connection import AsyncConnected
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.member_base import Member
from pyrocketmq.broker.membership import WATCH_PERIOD, HeartbeatSchedule, Membership
from pyrocketmq.broker.reply_message import no_reply
from pyrocketmq.broker.run import awaitable
from pyrocketmq.broker.subscriptions import consumer_data
from pyrocketmq.logging import get_logger
from pyrocketmq.model.enums import ConsumeFromWhere, ConsumeType, MessageModel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from typing import TypeAlias, Unpack

    from pyrocketmq.broker.callbacks import Question
    from pyrocketmq.broker.outgoing import SendOptions
    from pyrocketmq.model import MessageExt, MessageQueue, RemotingCommand, TransactionState
    from pyrocketmq.model.bodies import ConsumerRunningInfo, SubscriptionData
    from pyrocketmq.model.enums import CMResult
    from pyrocketmq.remote import AsyncRemote

    AsyncTransactionChecker: TypeAlias = Callable[[MessageExt], TransactionState | Awaitable[TransactionState]]

_log = get_logger("pyrocketmq.broker")


class AsyncMember(AsyncConnected, Member):
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

    async def disconnect(self) -> None:
        """Leave all groups and close the connection; does nothing where it is closed.

        Example:
            ```python
            await client.disconnect()
            ```
        """
        try:
            await self._leave_all()
        finally:  # also where that is interrupted
            await super().disconnect()

    async def _leave_all(self) -> None:
        """Leave all groups, as far as the broker can be told, and answer it no more."""
        await self._stop_heartbeats()
        groups = self._membership.leave_all()
        try:
            if groups and self.is_connected:  # brokers take a lost connection out of its groups by themselves
                for producer_group, consumer_group in groups:
                    await self.unregister_client(
                        self.client_id, producer_group=producer_group, consumer_group=consumer_group
                    )
        except BrokerError as error:
            _log.debug("could not leave all groups: %s", error)
        finally:
            self._callbacks.forget_all()
            leave(self._remote, self._answerer)

    async def register_producer(self, producer_group: str, timeout: float | None = None) -> None:  # noqa: D102  # as the base says
        with self._membership.joining_producers(producer_group):
            await self._join(timeout)

    async def unregister_producer(self, producer_group: str, timeout: float | None = None) -> None:  # noqa: D102  # as the base says
        self._callbacks.forget_producers(producer_group)
        if self._membership.leave_producers(producer_group):
            await self.unregister_client(self.client_id, producer_group=producer_group, timeout=timeout)

    async def register_consumer(  # noqa: D102  # as the base says
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
        data = consumer_data(consumer_group, subscriptions, consume_type, message_model, consume_from_where)
        callbacks = ConsumerCallbacks(on_ids_changed, on_offset_reset, consume_directly, consumer_status, running_info)
        with self._callbacks.setting_consumer(consumer_group, callbacks), self._membership.joining_consumers(data):
            await self._join(timeout)

    async def unregister_consumer(self, consumer_group: str, timeout: float | None = None) -> None:  # noqa: D102  # as the base says
        self._callbacks.forget_consumers(consumer_group)
        if self._membership.leave_consumers(consumer_group):
            await self.unregister_client(self.client_id, consumer_group=consumer_group, timeout=timeout)

    async def register_transaction_checker(self, producer_group: str, checker: AsyncTransactionChecker) -> None:  # noqa: D102  # as the base says
        with self._callbacks.setting_checker(producer_group, checker):
            await self.register_producer(producer_group)

    async def request(  # noqa: D102  # as the base says
        self,
        producer_group: str,
        body: bytes,
        mq: MessageQueue,
        properties: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **options: Unpack[SendOptions],
    ) -> MessageExt:
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

    def _go_on_with(self, remote: AsyncRemote, vip: AsyncRemote | None) -> None:
        if leave(self._remote, self._answerer):
            join(remote, self._answerer)  # the next heartbeat tells the broker
        super()._go_on_with(remote, vip)

    async def _join(self, timeout: float | None) -> None:
        join(self._remote, self._answerer)
        await self._send_heartbeat(timeout)
        task = self._heartbeats
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            self._heartbeats = asyncio.create_task(
                self._send_heartbeats(), name=f"rocketmq-heartbeat-{self.broker_addr}"
            )

    async def _stop_heartbeats(self) -> None:
        task = self._heartbeats
        if task is not None and task.get_loop() is asyncio.get_running_loop():  # else it ends with its own loop
            self._heartbeats = None
            task.cancel()
            await asyncio.wait([task], timeout=self.timeout)

    async def _send_heartbeats(self) -> None:
        while True:
            await asyncio.sleep(WATCH_PERIOD)
            if self._schedule.is_due(self._remote.local_address):
                try:
                    await self._send_heartbeat(None)
                except Exception as error:  # noqa: BLE001  # hooks may raise anything, and the groups must not be lost
                    self._schedule.note_failed()
                    _log.warning("heartbeat failed: %s", error, exc_info=not isinstance(error, BrokerError))

    async def _send_heartbeat(self, timeout: float | None) -> None:
        data = self._membership.heartbeat_data(self.client_id)
        await self.heartbeat(data, timeout)
        connection = self._remote.local_address
        self._membership.confirm(data, connection)
        self._schedule.note_sent(connection)

    @property
    def _answerer(self) -> Answerer:
        return Answerer(self._callbacks, self._answer)  # made anew: kept, it would be a cycle of references

    async def _answer(self, question: Question) -> RemotingCommand | None:
        try:
            given = question.ask()
            answer = question.answer(await given if inspect.isawaitable(given) else given)
        except Exception as error:
            if question.rescue is None:
                raise  # the connection logs it and answers that the client failed
            answer = question.rescue(error)
        return await self._run(answer, "answer")
