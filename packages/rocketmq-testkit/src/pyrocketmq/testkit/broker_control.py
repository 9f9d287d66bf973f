"""What a test can do with one fake broker; safe to call from any thread."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyrocketmq.model.bodies.topic import TopicConfig
from pyrocketmq.model.message_id import create_unique_id
from pyrocketmq.model.names import DEFAULT_TOPIC
from pyrocketmq.model.properties import PropertyName
from pyrocketmq.testkit.properties import text_of
from pyrocketmq.testkit.store.messages import NewMessage
from pyrocketmq.testkit.store.topics import READ_WRITE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from pyrocketmq.model.message_ext import MessageExt
    from pyrocketmq.testkit.broker_server import BrokerServer


class BrokerControl:
    """One fake broker, seen from a test.

    Attributes:
        server: The server behind it; only its own thread may touch it.
    """

    def __init__(self, server: BrokerServer) -> None:
        self.server = server
        self._on_thread = server.loop.call

    @property
    def address(self) -> str:
        """Where the broker listens, `127.0.0.1:43127`."""
        return self.server.address

    @property
    def broker_name(self) -> str:
        """The broker's name."""
        return self.server.name

    @property
    def cluster_name(self) -> str:
        """Its cluster's name."""
        return self.server.cluster

    @property
    def version(self) -> str:
        """The server version that it plays."""
        return self.server.profile.name

    def create_topic(self, topic: str, *, queues: int = 4, perm: int = READ_WRITE) -> None:
        """Create a topic, or replace its settings.

        Args:
            topic: The topic.
            queues: Number of queues, for reading and writing alike.
            perm: Permissions: 4 to read, 2 to write.
        """
        config = TopicConfig(topic_name=topic, read_queue_nums=queues, write_queue_nums=queues, perm=perm)
        self._on_thread(lambda: self.server.topics.put(config))

    def messages(self, topic: str, queue_id: int | None = None) -> list[MessageExt]:
        """Return what is stored in a topic: queue by queue, or one queue.

        Internal topics are topics too: `%RETRY%group`, `%DLQ%group`, `SCHEDULE_TOPIC_XXXX`.
        """

        def collect() -> list[MessageExt]:
            queues = self.server.store.queues_of(topic)
            return [
                message.view()
                for number, queue in sorted(queues.items())
                if queue_id in (None, number)
                for message in queue.between(queue.min_offset, queue.max_offset)
            ]

        return self._on_thread(collect)

    def put(
        self,
        topic: str,
        body: bytes,
        *,
        queue_id: int = 0,
        tags: str | None = None,
        keys: Iterable[str] = (),
        properties: Mapping[str, str] | None = None,
    ) -> MessageExt:
        """Store a message as if a producer had sent it; consumers that wait for it get it.

        Args:
            topic: The topic; created with 4 queues if it does not exist.
            body: The body.
            queue_id: The queue.
            tags: The tag.
            keys: The keys.
            properties: Further properties; `DELAY` delays.

        Returns:
            The message as stored.

        Raises:
            Refusal: the broker does not take it.
        """
        made = {PropertyName.UNIQ_KEY: create_unique_id(), **(properties or {})}
        if tags is not None:
            made[PropertyName.TAGS] = tags
        joined = " ".join(keys)
        if joined:
            made[PropertyName.KEYS] = joined

        def store() -> MessageExt:
            broker = self.server
            broker.topics.create_by_send(topic, DEFAULT_TOPIC, 4, auto_create=True, sys_flag=0)
            broker.topics.create(topic, 4)
            born_host = (broker.host, broker.port)
            message = NewMessage(topic, queue_id, body, made, born_timestamp=broker.clock.now(), born_host=born_host)
            return broker.intake.put(message).view()

        return self._on_thread(store)

    def committed_offset(self, group: str, topic: str, queue_id: int = 0) -> int:
        """Return where a group stands in a queue, -1 where it never committed."""
        return self._on_thread(lambda: self.server.offsets.committed(group, topic, queue_id))

    def set_property(self, name: str, value: object) -> None:
        """Change a property of the broker while it runs, as an administrator would."""
        self._on_thread(lambda: self.server.update_settings({name: text_of(value)}))

    def restart(self, port: int | None = None) -> None:
        """Break all connections and start again; what is stored stays.

        Args:
            port: Where to listen from now on: `None` for the same port as before, 0 for any free one. NameServers hear
                of it at once.

        Raises:
            OSError: the address cannot be used.
        """

        def run() -> None:
            self.server.close()
            if port is not None:
                self.server.port = port
            self.server.open()

        self._on_thread(run)

    @contextmanager
    def refusing_connections(self) -> Generator[None]:
        """Refuse new connections to the broker for the time of a `with` block; those that exist go on."""
        self._on_thread(self.server.stop_listening)
        try:
            yield
        finally:
            self._on_thread(self.server.listen)
