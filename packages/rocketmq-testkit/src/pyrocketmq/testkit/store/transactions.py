"""Half messages: transactions whose producers have not decided yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.names import HALF_TOPIC
from pyrocketmq.model.properties import VALUE_END, PropertyName, encode_properties
from pyrocketmq.model.sys_flag import TRANSACTION_MASK, MessageSysFlag
from pyrocketmq.testkit.store.delay import redirect, restored
from pyrocketmq.testkit.store.messages import NewMessage, StoredMessage
from pyrocketmq.testkit.store.topics import CHECK_MAX_TIME_TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.model.message_ext import MessageExt
    from pyrocketmq.testkit.clock import Clock

_COMMITTED: Final = MessageSysFlag.TRANSACTION_COMMIT.value


class Half(NamedTuple):
    """A half message that nobody has decided.

    Attributes:
        stored: The message, in the half topic.
        born: When the producer made it, translated to the broker's clock.
    """

    stored: StoredMessage
    born: int


class TransactionTable:
    """The half messages that wait for a decision.

    Args:
        clock: Tells how old they are.
        store: Stores a message.
        keeps_real_topic: Whether a committed message keeps the properties that name its real topic.
        marks_id: Whether half messages carry their transaction id as a property.
    """

    def __init__(
        self,
        clock: Clock,
        store: Callable[[NewMessage], StoredMessage],
        *,
        keeps_real_topic: bool,
        marks_id: bool,
    ) -> None:
        self._clock = clock
        self._store = store
        self._keeps_real_topic = keeps_real_topic
        self._marks_id = marks_id
        self._halves: dict[int, Half] = {}

    def prepare(self, message: NewMessage) -> StoredMessage:
        """Store a half message, where no consumer sees it."""
        redirect(message, HALF_TOPIC, 0)
        message.sys_flag &= ~TRANSACTION_MASK
        unique_id = message.properties.get(PropertyName.UNIQ_KEY)
        if self._marks_id and unique_id:
            message.properties[PropertyName.TRANSACTION_ID] = unique_id
        return self._add(message, self._clock.from_wall(message.born_timestamp))

    def commit(self, stored: StoredMessage) -> StoredMessage:
        """Store the real message of a half message; nothing keeps a producer from doing that twice."""
        self._halves.pop(stored.queue_offset, None)
        message = restored(stored)
        message.sys_flag = message.sys_flag & ~TRANSACTION_MASK | _COMMITTED
        message.prepared_transaction_offset = stored.physical_offset
        if not self._keeps_real_topic:
            del message.properties[PropertyName.REAL_TOPIC]
            del message.properties[PropertyName.REAL_QID]
        return self._store(message)

    def roll_back(self, stored: StoredMessage) -> None:
        """Forget a half message."""
        self._halves.pop(stored.queue_offset, None)

    def overdue(self, timeout: int, check_max: int, kept_for: int) -> list[StoredMessage]:
        """Return the half messages that have to be checked now, in a state that counts the check.

        Each of them is stored anew, at another offset. Those that were checked too often, or are too old, are put
        aside for good.

        Args:
            timeout: Milliseconds after which a half message is checked, unless it says another time.
            check_max: Number of checks.
            kept_for: Milliseconds for which messages are kept.
        """
        now = self._clock.now()
        due: list[StoredMessage] = []
        for offset, half in list(self._halves.items()):
            times = int(half.stored.properties.get(PropertyName.TRANSACTION_CHECK_TIMES, "0"))
            if times >= check_max or now - half.stored.store_timestamp > kept_for:
                del self._halves[offset]
                self._put_aside(half.stored)
            elif now - half.born > _immunity(half.stored, timeout):
                del self._halves[offset]
                message = NewMessage.copy_of(half.stored)
                message.properties[PropertyName.TRANSACTION_CHECK_TIMES] = str(times + 1)
                due.append(self._add(message, half.born))
        return due

    def resume(self, stored: StoredMessage) -> StoredMessage:
        """Put a half message back that was checked too often."""
        message = NewMessage.copy_of(stored)
        message.topic, message.queue_id = HALF_TOPIC, 0
        message.properties[PropertyName.TRANSACTION_CHECK_TIMES] = "0"
        return self._add(message, self._clock.now())

    def _add(self, message: NewMessage, born: int) -> StoredMessage:
        stored = self._store(message)
        if stored.topic == HALF_TOPIC:
            self._halves[stored.queue_offset] = Half(stored, born)
        return stored

    def _put_aside(self, stored: StoredMessage) -> None:
        message = NewMessage.copy_of(stored)
        message.topic, message.queue_id = CHECK_MAX_TIME_TOPIC, 0
        self._store(message)


def as_prepared(stored: StoredMessage) -> MessageExt:
    """Return a half message under the topic and queue that it is for, as a transaction check carries it.

    A server marks it with a property that the stored message does not have.
    """
    properties = encode_properties({**stored.properties, PropertyName.WAIT: "false"})
    if not stored.view().raw_properties.endswith(VALUE_END):
        properties = properties.removesuffix(VALUE_END)
    topic, queue_id = stored.properties[PropertyName.REAL_TOPIC], int(stored.properties[PropertyName.REAL_QID])
    return stored.view_as(topic, properties, queue_id)


def _immunity(stored: StoredMessage, timeout: int) -> int:
    text = stored.properties.get(PropertyName.CHECK_IMMUNITY_TIME_IN_SECONDS)
    try:
        return timeout if text is None else int(text) * 1000
    except ValueError:
        return timeout
