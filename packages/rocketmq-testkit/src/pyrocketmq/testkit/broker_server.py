"""`BrokerServer`: everything that one fake broker knows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.delay import parse_delay_levels
from pyrocketmq.model.enums import MessageModel
from pyrocketmq.model.message_id import offset_message_id
from pyrocketmq.model.names import retry_topic
from pyrocketmq.model.requests import NotifyConsumerIdsChanged
from pyrocketmq.testkit.access import PlainAccess, UserAccess
from pyrocketmq.testkit.clients import EXPIRY_SCAN, ConsumerGroup, ConsumerTable, ProducerTable
from pyrocketmq.testkit.handlers import (
    ack,
    acl,
    assignment,
    broker_config,
    client,
    consumer,
    group,
    lock,
    offset,
    plain_acl,
    pop,
    pull,
    query,
    recall,
    reply,
    send,
    send_back,
    statistics,
    topic,
    transaction,
)
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.pop_holds import PopHolds
from pyrocketmq.testkit.pop_reader import revive
from pyrocketmq.testkit.properties import BROKER_DEFAULTS, Properties
from pyrocketmq.testkit.pull_holds import HOLD_CHECK, PullHolds
from pyrocketmq.testkit.server import Server
from pyrocketmq.testkit.stats import BrokerStats
from pyrocketmq.testkit.store.delay import DelaySchedule
from pyrocketmq.testkit.store.groups import GroupTable
from pyrocketmq.testkit.store.intake import Intake
from pyrocketmq.testkit.store.locks import LockTable
from pyrocketmq.testkit.store.message_store import MessageStore
from pyrocketmq.testkit.store.offsets import OffsetTable
from pyrocketmq.testkit.store.pop import PopTable
from pyrocketmq.testkit.store.pop_order import PopOrderTable
from pyrocketmq.testkit.store.timers import TimerWheel
from pyrocketmq.testkit.store.topics import TopicTable
from pyrocketmq.testkit.store.transactions import TransactionTable
from pyrocketmq.testkit.transaction_checks import TransactionChecks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pyrocketmq.model.bodies.pop import SetMessageRequestModeRequestBody
    from pyrocketmq.testkit.access import AccessControl, Account
    from pyrocketmq.testkit.connection import Connection
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.loop import ServerLoop
    from pyrocketmq.testkit.nameserver import NameServer
    from pyrocketmq.testkit.recorder import Recorder
    from pyrocketmq.testkit.store.messages import StoredMessage
    from pyrocketmq.testkit.version import Profile

HANDLER_MODULES: Final = (
    ack,
    acl,
    assignment,
    broker_config,
    client,
    consumer,
    group,
    lock,
    offset,
    plain_acl,
    pop,
    pull,
    query,
    recall,
    reply,
    send,
    send_back,
    statistics,
    topic,
    transaction,
)
"""The modules that fill the table of handlers; importing them does it."""

_REGISTRATION: Final = 30_000
# Milliseconds between two registrations at the NameServers.


class BrokerServer(Server):
    """A fake broker.

    Attributes:
        cluster: Name of its cluster.
        broker_id: 0 for a master.
        settings: Its properties.
        store: Its messages.
        intake: How messages get there.
        topics: Its topics.
        groups: Its consumer groups.
        offsets: Where they stand.
        locks: Who has locked which queue.
        producers: Connected producers.
        consumers: Connected consumers.
        pull_holds: Pulls that wait.
        delays: Messages that wait for their delay level.
        timer_wheel: Messages that wait for a time of their own.
        transactions: Messages that wait for a decision.
        pops: Messages that were popped and not acknowledged.
        pop_order: The same for orderly pops.
        pop_holds: Pops that wait.
        request_modes: Whether groups pull or pop, by topic and group.
        stats: What it has counted.
        nameservers: Whom it tells about its topics.
        access: Who may do what; `None` for anybody anything.
        started_at: When it was started, in milliseconds since 1970.
    """

    is_replica = False

    def __init__(
        self,
        loop: ServerLoop,
        recorder: Recorder,
        profile: Profile,
        *,
        host: str,
        port: int,
        name: str,
        cluster: str,
        properties: Mapping[str, object],
        store_limit: int,
        broker_id: int = 0,
        accounts: Collection[Account] = (),
    ) -> None:
        super().__init__(loop, recorder, BROKER, profile, name=name, host=host, port=port)
        self.cluster = cluster
        self.broker_id = broker_id
        self.settings = Properties(BROKER_DEFAULTS, properties)
        self.nameservers: list[NameServer] = []
        self.access: AccessControl | None = None
        if accounts:
            self.access = UserAccess(accounts, cluster) if profile.has_users else PlainAccess(accounts, self.clock)
        self.started_at = self.clock.now()
        self._fingerprints: dict[Connection, int] = {}
        self._address_id = ""
        clock, timers = self.clock, loop.timers
        self.store = MessageStore(clock, (host, port), limit=store_limit, ends_properties=profile.stamps_messages)
        self.topics = TopicTable(clock, has_attributes=profile.has_extended_json)
        self.groups = GroupTable(
            clock, checks_names=profile.checks_group_names, has_extended_settings=profile.has_extended_json
        )
        self.offsets = OffsetTable()
        self.locks = LockTable(clock)
        self.stats = BrokerStats(clock, cluster)
        self.producers = ProducerTable(clock, keeps_empty_groups=profile.keeps_empty_producer_groups)
        self.consumers = ConsumerTable(clock, self._members_changed, keeps_expressions=profile.keeps_expressions)
        self.pull_holds = PullHolds(clock, lambda topic, queue_id: self.store.queue(topic, queue_id).max_offset)
        self.intake = Intake(self.store, self.settings, self.stats.count_put)
        put, put_as_is = self.intake.put, self.intake.put_as_is
        self.delays = DelaySchedule(timers, parse_delay_levels(self.settings.text("messageDelayLevel")), put_as_is)
        self.timer_wheel = TimerWheel(timers, self.settings, put_as_is)
        self.intake.hold_back_by([self.timer_wheel, self.delays] if profile.has_timers else [self.delays])
        self.transactions = TransactionTable(
            clock, put, keeps_real_topic=profile.keeps_real_topic, marks_id=profile.stamps_messages
        )
        self.pops = PopTable(timers, self.offsets, partial(revive, self))
        self.pop_order = PopOrderTable(clock, self.offsets)
        self.pop_holds = PopHolds(timers)
        self.request_modes: dict[str, dict[str, SetMessageRequestModeRequestBody]] = {}
        self.store.on_append += [self.pull_holds.arrived, self.pop_holds.arrived]
        self.topics.create_system_topics(
            cluster=cluster,
            broker=name,
            default_queues=self.settings.number("defaultTopicQueueNums"),
            auto_create=self.settings.enabled("autoCreateTopicEnable"),
            trace=self.settings.enabled("traceTopicEnable"),
            has_timers=profile.has_timers,
        )
        self.topics.on_change.append(self.register)
        timers.call_every(HOLD_CHECK, self.pull_holds.check)
        timers.call_every(EXPIRY_SCAN, self._drop_expired_clients)
        timers.call_every(_REGISTRATION, self.register)
        timers.call_every(self.settings.number("transactionCheckInterval"), TransactionChecks(self).run)

    def open(self) -> None:
        """Listen, and tell the NameServers."""
        super().open()
        if not self.is_replica:
            self.store.host = (self.host, self.port)
        self._address_id = offset_message_id(self.host, self.port, 0)[:-16]
        self.register()

    def close(self) -> None:
        """Stop listening, break all connections, and disappear from the NameServers."""
        super().close()
        self.pull_holds.clear()
        self.pop_holds.clear()
        for nameserver in self.nameservers:
            nameserver.routes.unregister_broker(self.name, self.broker_id)

    def admit(self, exchange: Exchange) -> None:
        """Let access control decide, if there is some.

        Raises:
            Refusal: it is against it.
        """
        if self.access is not None:
            self.access.check(exchange)

    def connection_lost(self, connection: Connection) -> None:
        """Take the client out of all groups."""
        super().connection_lost(connection)
        self._fingerprints.pop(connection, None)
        self.producers.disconnect(connection)
        self.consumers.disconnect(connection)

    def register(self) -> None:
        """Tell the NameServers all topics."""
        if not self.is_open:
            return
        permission = self.settings.number("brokerPermission")
        topics = self.topics.all()
        if permission & 6 != 6:
            topics = {name: config.replace(perm=config.perm & permission) for name, config in topics.items()}
        for nameserver in self.nameservers:
            if not nameserver.is_open:
                continue
            nameserver.routes.register_broker(
                cluster=self.cluster,
                broker_name=self.name,
                broker_id=self.broker_id,
                address=self.address,
                topics=topics,
                version=self.topics.data_version(),
                connection=None,
            )

    def update_settings(self, values: Mapping[str, str]) -> None:
        """Change properties; what follows from them for routes follows at once."""
        self.settings.update(values)
        if "brokerPermission" in values:
            self.topics.changed()

    def offset_id(self, stored: StoredMessage) -> str:
        """Return the id that tells where a message is stored."""
        return f"{self._address_id}{stored.physical_offset:016X}"

    def search_offset(self, topic: str, queue_id: int, timestamp: int, *, upper: bool = False) -> int:
        """Return the offset that belongs to a store time.

        Args:
            topic: The topic.
            queue_id: The queue.
            timestamp: The time, in milliseconds since 1970.
            upper: The last message that is not newer, instead of the first that is not older.
        """
        queue = self.store.queue(topic, queue_id)
        if upper:
            return queue.last_not_after(timestamp)
        found = queue.first_not_before(timestamp)
        if found == queue.max_offset > queue.min_offset:
            return found + self.profile.search_past_end
        return found

    def fingerprint_changed(self, connection: Connection, fingerprint: int) -> bool:
        """Take note of a heartbeat's fingerprint; returns what the answer says about changes.

        Zero, of a client without fingerprints, always counts as changed; a first one does not.
        """
        known = self._fingerprints.get(connection, fingerprint)
        if fingerprint:
            self._fingerprints[connection] = fingerprint
        return not fingerprint or known != fingerprint

    def group_exists(self, group: str) -> bool:
        """Whether a consumer group is known, or can be and is created now."""
        auto_create = self.settings.enabled("autoCreateSubscriptionGroup")
        return self.groups.get_or_create(group, auto_create=auto_create) is not None

    def ensure_retry_topic(self, group: str, *, sys_flag: int = 0) -> None:
        """Create the retry topic of a group unless it is there."""
        config = self.groups.get(group)
        if config is not None and config.retry_queue_nums > 0:
            self.topics.create(retry_topic(group), config.retry_queue_nums, sys_flag=sys_flag)

    def delete_topic(self, topic: str) -> None:
        """Forget a topic and its messages."""
        self.topics.delete(topic)
        self.store.delete_topic(topic)
        self.pops.delete_topic(topic)
        if self.profile.forgets_offsets_of_deleted_topics:
            self.offsets.delete_topic(topic)

    def _members_changed(self, group: ConsumerGroup) -> None:
        config = self.groups.get(group.name)
        if config is not None and not config.notify_consumer_ids_changed_enable:
            return
        if group.message_model == MessageModel.BROADCASTING and not self.profile.notifies_broadcasting:
            return
        for connection in list(group.channels):
            self.push(connection, NotifyConsumerIdsChanged(consumer_group=group.name))

    def _drop_expired_clients(self) -> None:
        for channel in [*self.producers.expired(), *self.consumers.expired()]:
            channel.connection.abort()
        self.consumers.forget_expressions()
