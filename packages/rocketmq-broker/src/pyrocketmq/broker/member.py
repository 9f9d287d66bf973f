"""Groups, callbacks and request-reply of a sync client."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

from pyrocketmq.broker import operations
from pyrocketmq.broker.answering import Answerer, join, leave
from pyrocketmq.broker.callbacks import Callbacks, ConsumerCallbacks
from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.connection import BlockingConnected
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.member_base import Member
from pyrocketmq.broker.membership import WATCH_PERIOD, HeartbeatSchedule, Membership
from pyrocketmq.broker.reply_message import no_reply
from pyrocketmq.broker.run import blocking
from pyrocketmq.broker.subscriptions import consumer_data
from pyrocketmq.logging import get_logger
from pyrocketmq.model.enums import ConsumeFromWhere, ConsumeType, MessageModel
from pyrocketmq.remote import fork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Unpack

    from pyrocketmq.broker.callbacks import Question
    from pyrocketmq.broker.member_base import TransactionChecker
    from pyrocketmq.broker.outgoing import SendOptions
    from pyrocketmq.model import MessageExt, MessageQueue, RemotingCommand
    from pyrocketmq.model.bodies import ConsumerRunningInfo, SubscriptionData
    from pyrocketmq.model.enums import CMResult
    from pyrocketmq.remote import Remote

_log = get_logger("pyrocketmq.broker")


class BlockingMember(BlockingConnected, Member):
    """A sync client that belongs to groups: it sends heartbeats, and answers what the broker asks its members."""

    def __init__(self, remote: Remote, timeout: float = DEFAULT_TIMEOUT, config: ClientConfig | None = None) -> None:
        super().__init__(remote, timeout, config)
        self._membership = Membership()
        self._callbacks = Callbacks(self._context, self._membership)
        self._schedule = HeartbeatSchedule()
        self._lock = fork.Lock()  # guards the attribute below
        self._heartbeats: tuple[threading.Thread, threading.Event] | None = None

    heartbeat = blocking(operations.group.heartbeat)
    unregister_client = blocking(operations.group.unregister_client)

    def disconnect(self) -> None:
        """Leave all groups and close the connection; does nothing where it is closed.

        Example:
            ```python
            client.disconnect()
            ```
        """
        try:
            self._leave_all()
        finally:  # also where that is interrupted
            super().disconnect()

    def _leave_all(self) -> None:
        """Leave all groups, as far as the broker can be told, and answer it no more."""
        self._stop_heartbeats()
        groups = self._membership.leave_all()
        try:
            if groups and self.is_connected:  # brokers take a lost connection out of its groups by themselves
                for producer_group, consumer_group in groups:
                    self.unregister_client(self.client_id, producer_group=producer_group, consumer_group=consumer_group)
        except BrokerError as error:
            _log.debug("could not leave all groups: %s", error)
        finally:
            self._callbacks.forget_all()
            leave(self._remote, self._answerer)

    def register_producer(self, producer_group: str, timeout: float | None = None) -> None:  # noqa: D102  # as the base says
        with self._membership.joining_producers(producer_group):
            self._join(timeout)

    def unregister_producer(self, producer_group: str, timeout: float | None = None) -> None:  # noqa: D102  # as the base says
        self._callbacks.forget_producers(producer_group)
        if self._membership.leave_producers(producer_group):
            self.unregister_client(self.client_id, producer_group=producer_group, timeout=timeout)

    def register_consumer(  # noqa: D102  # as the base says
        self,
        consumer_group: str,
        subscriptions: Mapping[str, str] | Iterable[SubscriptionData],
        *,
        on_ids_changed: Callable[[str], object] | None = None,
        on_offset_reset: Callable[[str, dict[MessageQueue, int]], object] | None = None,
        consume_directly: Callable[[MessageExt], CMResult] | None = None,
        consumer_status: Callable[[str], Mapping[MessageQueue, int]] | None = None,
        running_info: Callable[[], ConsumerRunningInfo] | None = None,
        consume_type: ConsumeType = ConsumeType.CONSUME_PASSIVELY,
        message_model: MessageModel = MessageModel.CLUSTERING,
        consume_from_where: ConsumeFromWhere = ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET,
        timeout: float | None = None,
    ) -> None:
        data = consumer_data(consumer_group, subscriptions, consume_type, message_model, consume_from_where)
        callbacks = ConsumerCallbacks(on_ids_changed, on_offset_reset, consume_directly, consumer_status, running_info)
        with self._callbacks.setting_consumer(consumer_group, callbacks), self._membership.joining_consumers(data):
            self._join(timeout)

    def unregister_consumer(self, consumer_group: str, timeout: float | None = None) -> None:  # noqa: D102  # as the base says
        self._callbacks.forget_consumers(consumer_group)
        if self._membership.leave_consumers(consumer_group):
            self.unregister_client(self.client_id, consumer_group=consumer_group, timeout=timeout)

    def register_transaction_checker(self, producer_group: str, checker: TransactionChecker) -> None:  # noqa: D102  # as the base says
        with self._callbacks.setting_checker(producer_group, checker):
            self.register_producer(producer_group)

    def request(  # noqa: D102  # as the base says
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
            self.register_producer(producer_group, limit)
        correlation_id = str(uuid4())
        replies: SimpleQueue[MessageExt] = SimpleQueue()
        with self._callbacks.expecting_reply(correlation_id, replies.put):
            remaining = limit - (monotonic() - started)
            plan = operations.reply.send_request_message(
                self._context, producer_group, body, mq, properties, correlation_id, remaining, options
            )
            self._run(plan, "request")
            self._remote.attend()
            try:
                return replies.get(timeout=max(0.0, limit - (monotonic() - started)))
            except Empty:
                raise no_reply(self.broker_addr, limit) from None

    def _go_on_with(self, remote: Remote, vip: Remote | None) -> None:
        if leave(self._remote, self._answerer):
            join(remote, self._answerer)  # the next heartbeat tells the broker
        super()._go_on_with(remote, vip)

    def _join(self, timeout: float | None) -> None:
        join(self._remote, self._answerer)
        self._send_heartbeat(timeout)
        with self._lock:
            if self._heartbeats is None or not self._heartbeats[0].is_alive():  # a fork leaves threads behind
                end = threading.Event()
                thread = threading.Thread(
                    target=self._send_heartbeats,
                    args=(end,),
                    name=f"rocketmq-heartbeat-{self.broker_addr}",
                    daemon=True,
                )
                thread.start()
                self._heartbeats = thread, end

    def _stop_heartbeats(self) -> None:
        with self._lock:
            heartbeats, self._heartbeats = self._heartbeats, None
        if heartbeats is not None:
            thread, end = heartbeats
            end.set()
            thread.join(self.timeout)

    def _send_heartbeats(self, end: threading.Event) -> None:
        while not end.wait(WATCH_PERIOD):
            if self._schedule.is_due(self._remote.local_address):
                try:
                    self._send_heartbeat(None)
                except Exception as error:  # noqa: BLE001  # hooks may raise anything, and the groups must not be lost
                    self._schedule.note_failed()
                    _log.warning("heartbeat failed: %s", error, exc_info=not isinstance(error, BrokerError))

    def _send_heartbeat(self, timeout: float | None) -> None:
        data = self._membership.heartbeat_data(self.client_id)
        self.heartbeat(data, timeout)
        connection = self._remote.local_address
        self._membership.confirm(data, connection)
        self._schedule.note_sent(connection)

    @property
    def _answerer(self) -> Answerer:
        return Answerer(self._callbacks, self._answer)  # made anew: kept, it would be a cycle of references

    def _answer(self, question: Question) -> RemotingCommand | None:
        try:
            answer = question.answer(question.ask())
        except Exception as error:
            if question.rescue is None:
                raise  # the connection logs it and answers that the client failed
            answer = question.rescue(error)
        return self._run(answer, "answer")
