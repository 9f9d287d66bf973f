"""Which clients are connected, and as members of which groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.bodies.heartbeat import SubscriptionData
from pyrocketmq.model.subscription import ALL, TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyrocketmq.model.bodies.heartbeat import ConsumerData
    from pyrocketmq.testkit.clock import Clock
    from pyrocketmq.testkit.connection import Connection

EXPIRY: Final = 120_000
"""Milliseconds without a heartbeat after which a client counts as gone."""

EXPIRY_SCAN: Final = 10_000
"""Milliseconds between two looks for such clients."""

_EXPRESSION_EXPIRY: Final = 600_000
# Milliseconds for which an expression is remembered that a request brought.


class Channel(NamedTuple):
    """A client on one connection.

    Attributes:
        connection: The connection.
        client_id: The id that its last heartbeat gave.
        language: Name of its language.
        version: Version number of its library.
        last_heartbeat: When that came, in milliseconds since 1970.
    """

    connection: Connection
    client_id: str
    language: str
    version: int
    last_heartbeat: int


class ProducerTable:
    """Producer groups and their channels.

    Args:
        clock: Tells which channels have expired.
        keeps_empty_groups: Whether a group stays known when its connections close.
    """

    def __init__(self, clock: Clock, *, keeps_empty_groups: bool) -> None:
        self._clock = clock
        self._keeps_empty_groups = keeps_empty_groups
        self._groups: dict[str, dict[Connection, Channel]] = {}

    def register(self, group: str, channel: Channel) -> None:
        """Take in a heartbeat."""
        self._groups.setdefault(group, {})[channel.connection] = channel

    def unregister(self, group: str, connection: Connection) -> None:
        """Take a member out; a group without members is forgotten."""
        channels = self._groups.get(group)
        if channels is not None:
            channels.pop(connection, None)
            if not channels:
                del self._groups[group]

    def disconnect(self, connection: Connection) -> None:
        """Take note that a connection is closed."""
        for group, channels in list(self._groups.items()):
            if connection in channels:
                del channels[connection]
                if not channels and not self._keeps_empty_groups:
                    del self._groups[group]

    def get(self, group: str) -> list[Channel] | None:
        """Return the channels of a group, `None` if it is not known."""
        channels = self._groups.get(group)
        return None if channels is None else list(channels.values())

    def all(self) -> dict[str, list[Channel]]:
        """Return the channels of all groups."""
        return {group: list(channels.values()) for group, channels in self._groups.items()}

    def with_client_id(self, client_id: str) -> Channel | None:
        """Return a channel of the client with this id."""
        for channels in self._groups.values():
            for channel in channels.values():
                if channel.client_id == client_id:
                    return channel
        return None

    def expired(self) -> list[Channel]:
        """Return the channels whose heartbeats have ceased."""
        return _expired(self._clock, (channels.values() for channels in self._groups.values()))


class ConsumerGroup:
    """The connected members of a consumer group.

    Attributes:
        name: The group.
        consume_type: How members get messages, by the latest heartbeat.
        message_model: Who gets a message, by the latest heartbeat.
        consume_from_where: Where a new group starts, by the latest heartbeat.
        channels: The members, by connection.
        subscriptions: What they subscribe, by topic.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.consume_type = ""
        self.message_model = ""
        self.consume_from_where = ""
        self.channels: dict[Connection, Channel] = {}
        self.subscriptions: dict[str, SubscriptionData] = {}

    def update(self, data: ConsumerData, channel: Channel, *, keeps_subscriptions: bool) -> bool:
        """Take in a heartbeat; returns whether members or subscribed topics have changed."""
        self.consume_type = str(data.consume_type)
        self.message_model = str(data.message_model)
        self.consume_from_where = str(data.consume_from_where)
        changed = channel.connection not in self.channels
        self.channels[channel.connection] = channel
        if keeps_subscriptions:
            return changed
        topics: set[str] = set()
        for subscription in data.subscription_data_set:
            topics.add(subscription.topic)
            known = self.subscriptions.get(subscription.topic)
            if known is None:
                changed = True
            if known is None or subscription.sub_version > known.sub_version:
                self.subscriptions[subscription.topic] = subscription
        for topic in self.subscriptions.keys() - topics:
            del self.subscriptions[topic]
            changed = True
        return changed


class _Asked(NamedTuple):
    """What a request wanted of a topic, without a heartbeat that said so."""

    expression_type: str
    expression: str
    at: int

    def subscription(self, topic: str) -> SubscriptionData:
        return SubscriptionData.of(topic, self.expression or ALL, self.expression_type, self.at)


class ConsumerTable:
    """Consumer groups with members.

    Args:
        clock: Tells which channels have expired.
        on_change: Called with a group whose members, or subscribed topics, have changed.
        keeps_expressions: Whether what a pull or a pop asks for counts as subscribed where no heartbeat says more, and
            a group as a consumer of whatever its members ever subscribed, until the last one leaves.
    """

    def __init__(self, clock: Clock, on_change: Callable[[ConsumerGroup], None], *, keeps_expressions: bool) -> None:
        self._clock = clock
        self._on_change = on_change
        self._keeps_expressions = keeps_expressions
        self._groups: dict[str, ConsumerGroup] = {}
        self._asked: dict[tuple[str, str], _Asked] = {}
        self._groups_of: dict[str, set[str]] = {}

    def register(self, data: ConsumerData, channel: Channel, *, keeps_subscriptions: bool = False) -> None:
        """Take in a heartbeat.

        Args:
            data: What it says about one group.
            channel: Where it came from.
            keeps_subscriptions: The heartbeat leaves the subscriptions out, because they are known.
        """
        group = self._groups.get(data.group_name)
        if group is None:
            group = self._groups[data.group_name] = ConsumerGroup(data.group_name)
        changed = group.update(data, channel, keeps_subscriptions=keeps_subscriptions)
        for topic in group.subscriptions:
            self._groups_of.setdefault(topic, set()).add(group.name)
        if changed:
            self._on_change(group)

    def unregister(self, name: str, connection: Connection) -> None:
        """Take a member out."""
        group = self._groups.get(name)
        if group is not None and connection in group.channels:
            del group.channels[connection]
            if not group.channels:
                del self._groups[name]
                for topic in group.subscriptions:
                    self._groups_of[topic].discard(name)
            self._on_change(group)

    def disconnect(self, connection: Connection) -> None:
        """Take note that a connection is closed."""
        for name in list(self._groups):
            self.unregister(name, connection)

    def get(self, group: str) -> ConsumerGroup | None:
        """Return a group that has members."""
        return self._groups.get(group)

    def groups_of(self, topic: str) -> set[str]:
        """Return the groups whose members subscribe a topic."""
        if self._keeps_expressions:
            return self._groups_of.get(topic, set())
        return {group.name for group in self._groups.values() if topic in group.subscriptions}

    def note_expression(self, group: str, topic: str, expression_type: str | None, expression: str | None) -> None:
        """Take note of what a request wants of a topic."""
        if self._keeps_expressions:
            self._asked[group, topic] = _Asked(expression_type or TAG, expression or "", self._clock.now())

    def subscription(self, name: str, topic: str) -> SubscriptionData | None:
        """Return what a group wants of a topic, as far as anybody has said it."""
        group = self._groups.get(name)
        found = None if group is None else group.subscriptions.get(topic)
        if found is None and (asked := self._asked.get((name, topic))) is not None:
            return asked.subscription(topic)
        return found

    def subscribes_else(self, name: str, topic: str) -> bool:
        """Whether the members of a group subscribe other topics, and nobody wants anything of this one."""
        group = self._groups.get(name)
        return group is not None and bool(group.subscriptions) and self.subscription(name, topic) is None

    def forget_expressions(self) -> None:
        """Forget what requests wanted a long time ago."""
        before = self._clock.now() - _EXPRESSION_EXPIRY
        for key in [key for key, asked in self._asked.items() if asked.at < before]:
            del self._asked[key]

    def find(self, group: str, client_id: str) -> Channel | None:
        """Return a member of a group by its id."""
        members = self._groups.get(group)
        if members is None:
            return None
        return next((channel for channel in members.channels.values() if channel.client_id == client_id), None)

    def expired(self) -> list[Channel]:
        """Return the channels whose heartbeats have ceased."""
        return _expired(self._clock, (group.channels.values() for group in self._groups.values()))


def _expired(clock: Clock, groups: Iterable[Iterable[Channel]]) -> list[Channel]:
    before = clock.now() - EXPIRY
    return [channel for channels in groups for channel in channels if channel.last_heartbeat < before]
