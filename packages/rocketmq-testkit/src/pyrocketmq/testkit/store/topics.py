"""The topics of a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.bodies.topic import TopicConfig
from pyrocketmq.model.enums import TopicFilterType
from pyrocketmq.model.names import (
    DEFAULT_TOPIC,
    HALF_TOPIC,
    RETRY_PREFIX,
    SCHEDULE_TOPIC,
    TRACE_TOPIC,
    is_system_topic,
    reply_topic,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.clock import Clock

READABLE: Final = 4
WRITABLE: Final = 2
INHERITED: Final = 1
READ_WRITE: Final = READABLE | WRITABLE

OP_HALF_TOPIC: Final = "RMQ_SYS_TRANS_OP_HALF_TOPIC"
CHECK_MAX_TIME_TOPIC: Final = "TRANS_CHECK_MAX_TIME_TOPIC"
CHECKPOINT_TOPIC: Final = "CHECKPOINT_TOPIC"
SELF_TEST_TOPIC: Final = "SELF_TEST_TOPIC"
OFFSET_MOVED_EVENT: Final = "OFFSET_MOVED_EVENT"
TIMER_TOPIC: Final = "rmq_sys_wheel_timer"

FORBIDDEN_TO_SENDERS: Final = frozenset(
    (SCHEDULE_TOPIC, HALF_TOPIC, OP_HALF_TOPIC, CHECK_MAX_TIME_TOPIC, SELF_TEST_TOPIC, OFFSET_MOVED_EVENT)
)
"""Internal topics that no client may write."""


class TopicTable:
    """Settings of all topics, by name.

    Args:
        clock: Tells when something changed.
        has_attributes: Whether settings have attributes, as on 5.x.
    """

    def __init__(self, clock: Clock, *, has_attributes: bool) -> None:
        self.on_change: list[Callable[[], None]] = []
        """Called after every change, to tell NameServers."""
        self.system: set[str] = set()
        """Topics of the broker itself, which nobody may create or delete."""
        self._clock = clock
        self._has_attributes = has_attributes
        self._configs: dict[str, TopicConfig] = {}
        self._changes = 0
        self._changed_at = clock.now()

    def get(self, topic: str) -> TopicConfig | None:
        """Return the settings of a topic."""
        return self._configs.get(topic)

    def all(self) -> dict[str, TopicConfig]:
        """Return the settings of all topics."""
        return dict(self._configs)

    def is_system(self, topic: str) -> bool:
        """Whether a topic belongs to the broker."""
        return topic in self.system or is_system_topic(topic)

    def data_version(self) -> DataVersion:
        """Return the version of the table."""
        state = 0 if self._has_attributes else None
        return DataVersion(counter=self._changes, timestamp=self._changed_at, state_version=state)

    def put(self, config: TopicConfig) -> None:
        """Create a topic, or replace its settings."""
        if self._has_attributes and config.attributes is None:
            config = config.replace(attributes={})
        elif not self._has_attributes and config.attributes is not None:
            config = config.replace(attributes=None)
        self._configs[config.topic_name] = config
        self.changed()

    def delete(self, topic: str) -> None:
        """Forget a topic."""
        if self._configs.pop(topic, None) is not None:
            self.changed()

    def copy_from(self, other: TopicTable) -> None:
        """Take over the topics of another table."""
        self._configs = other.all()
        self._changes, self._changed_at = other._changes, other._changed_at

    def changed(self) -> None:
        """Count a change and tell whoever wants to know."""
        self._changes += 1
        self._changed_at = self._clock.now()
        for listener in self.on_change:
            listener()

    def create(self, topic: str, queues: int, perm: int = READ_WRITE, sys_flag: int = 0) -> TopicConfig:
        """Return the settings of a topic, creating it with as many queues for reading as for writing."""
        existing = self._configs.get(topic)
        if existing is not None:
            return existing
        self.put(
            TopicConfig(
                topic_name=topic, read_queue_nums=queues, write_queue_nums=queues, perm=perm, topic_sys_flag=sys_flag
            )
        )
        return self._configs[topic]

    def create_by_send(
        self, topic: str, default_topic: str, queues: int, *, auto_create: bool, sys_flag: int
    ) -> TopicConfig | None:
        """Return the settings of a topic that a message is sent to, creating it where that is allowed.

        Args:
            topic: The topic.
            default_topic: The topic whose settings it takes over.
            queues: Queues that the sender asks for.
            auto_create: Whether `TBW102` may serve as that topic.
            sys_flag: System flag of the new topic.

        Returns:
            `None` if the topic does not exist and must not be created.
        """
        existing = self._configs.get(topic)
        if existing is not None:
            return existing
        default = self._configs.get(default_topic)
        if default is None:
            return None
        if default_topic == DEFAULT_TOPIC and not auto_create and default.perm & INHERITED:
            default = default.replace(perm=default.perm & ~INHERITED)
            self.put(default)
        if not default.perm & INHERITED:
            return None
        count = max(0, min(queues, default.write_queue_nums))
        return self.create(topic, count, default.perm & ~INHERITED, sys_flag)

    def create_system_topics(
        self, *, cluster: str, broker: str, default_queues: int, auto_create: bool, trace: bool, has_timers: bool
    ) -> None:
        """Create the topics that a broker has from the start, and note the names that it keeps for itself."""
        self.system |= {TRACE_TOPIC, CHECK_MAX_TIME_TOPIC} | ({CHECKPOINT_TOPIC} if has_timers else set())
        for topic, queues, perm in (
            (SELF_TEST_TOPIC, 1, READ_WRITE),
            *([(DEFAULT_TOPIC, default_queues, READ_WRITE | INHERITED)] if auto_create else []),
            ("BenchmarkTest", 1024, READ_WRITE),
            (cluster, 16, READ_WRITE | INHERITED),
            (broker, 1, READ_WRITE | INHERITED),
            (OFFSET_MOVED_EVENT, 1, READ_WRITE),
            (SCHEDULE_TOPIC, 18, READ_WRITE),
            (reply_topic(cluster), 1, READ_WRITE),
            (HALF_TOPIC, 1, READ_WRITE),
            *([(TRACE_TOPIC, 1, READ_WRITE)] if trace else []),
        ):
            self._create_system(topic, queues, perm)
        if has_timers:
            for topic, queues, perm in (
                (OP_HALF_TOPIC, 1, READ_WRITE),
                (f"rmq_sys_REVIVE_LOG_{cluster}", 8, READ_WRITE),
                (f"rmq_sys_SYNC_BROKER_MEMBER_{broker}", 1, INHERITED),
                (TIMER_TOPIC, 1, READ_WRITE),
                ("RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC", 1, READ_WRITE),
                ("RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC", 1, READ_WRITE),
            ):
                self._create_system(topic, queues, perm)

    def _create_system(self, topic: str, queues: int, perm: int) -> None:
        self.system.add(topic)
        self.create(topic, queues, perm)


def is_retry_topic(topic: str) -> bool:
    """Whether a topic brings a group its failed messages again."""
    return topic.startswith(RETRY_PREFIX)


def describe(config: TopicConfig) -> str:
    """Return the settings of a topic as Java prints them."""
    perm = "".join(
        letter if config.perm & bit else "-" for letter, bit in (("R", READABLE), ("W", WRITABLE), ("X", INHERITED))
    )
    attributes = config.attributes
    shown = "" if attributes is None else f", attributes={{{', '.join(f'{k}={v}' for k, v in attributes.items())}}}"
    return (
        f"TopicConfig [topicName={config.topic_name}, readQueueNums={config.read_queue_nums}, "
        f"writeQueueNums={config.write_queue_nums}, perm={perm}, "
        f"topicFilterType={TopicFilterType(config.topic_filter_type)}, topicSysFlag={config.topic_sys_flag}, "
        f"order={str(config.order).lower()}{shown}]"
    )
