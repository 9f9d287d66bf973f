"""Going through a queue, message by message: where it goes on, and when it ends. No thread, no task.

Where a pull goes on is known before its messages are decoded. If the next pull is asked for right then, the broker
works while these are decoded and handed out. Where pulls bring the same number of messages again and again, the pull
after the next can be asked for as well: the broker then works while an answer travels, too. If that guess was wrong,
its answer is dropped.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from pyrocketmq.broker.errors import BrokerConnectionError
from pyrocketmq.broker.operations.pull import iter_messages
from pyrocketmq.broker.plan import Begin
from pyrocketmq.logging import get_logger
from pyrocketmq.model import PullStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrocketmq.broker.begun_plan import BegunPlan
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.broker.retry import RetryPolicy
    from pyrocketmq.model import MessageExt
    from pyrocketmq.model.requests import PullMessageReply

StopAt: TypeAlias = int | Literal["end"] | None
"""Where an iteration ends: before an offset, at the end that the queue has at the first pull, or never."""

_log = get_logger("pyrocketmq.broker")

_AHEAD: Final = 2


class _PullAhead(NamedTuple):
    """A pull that is under way.

    Attributes:
        offset: Where it begins.
        plan: What is left to do for its messages.
    """

    offset: int
    plan: BegunPlan[Sequence[MessageExt]]


class QueueCursor:
    """A place in one queue that moves on with every pull. One pull at a time.

    Args:
        context: The client's settings.
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue's number.
        offset: Where to begin.
        stop_at: Offset before which to stop; `"end"` for the end that the queue has at the first pull; `None` for
            going on for ever.
        max_msg_nums: How many messages a pull asks for at most.
        sub_expression: Which messages.
        expression_type: `"TAG"` or `"SQL92"`.
        suspend_timeout: Seconds for which a pull at the end of the queue waits for messages; 0 for ending there.
        retry: What to repeat.
        prefetch: Whether to ask for the next messages before those of a pull are handed out.

    Attributes:
        offset: Where the next pull begins.
        is_done: Whether there is nothing more to pull.

    Raises:
        ValueError: the arguments would never end and never wait.
    """

    def __init__(
        self,
        context: ClientContext,
        consumer_group: str,
        topic: str,
        queue_id: int,
        offset: int,
        *,
        stop_at: StopAt,
        max_msg_nums: int,
        sub_expression: str,
        expression_type: str,
        suspend_timeout: float,
        retry: RetryPolicy | None,
        prefetch: bool,
    ) -> None:
        if suspend_timeout <= 0 and stop_at is None:
            raise ValueError("suspend_timeout must be above 0 where a queue is followed for ever")
        self._context = context
        self._consumer_group = consumer_group
        self._topic = topic
        self._queue_id = queue_id
        self._stop_at: StopAt = stop_at
        self._max_msg_nums = max_msg_nums
        self._sub_expression = sub_expression
        self._expression_type = expression_type
        self._suspend_timeout = suspend_timeout
        self._retry = retry
        self._prefetch = prefetch
        self._ahead: deque[_PullAhead] = deque()
        self._advance = 0
        self.offset = offset
        self.is_done = stop_at is not None and stop_at != "end" and offset >= stop_at

    def pull(self) -> Plan[Sequence[MessageExt]]:
        """Return the next messages, none where none came in time.

        Where a pull ahead has found nothing, or its connection was lost meanwhile, what it wanted is pulled now, with
        all the time that a pull may take.
        """
        if self._ahead:
            messages: Sequence[MessageExt] = ()
            try:
                messages = yield from self._ahead.popleft().plan.rest()
            except BrokerConnectionError:
                self.close()  # of the same connection
                if self._retry is None:
                    raise
            if messages or self.is_done or self._ahead:
                return messages
        return (yield from self._pull(self.offset, 0.0 if self._stop_at == "end" else self._suspend_timeout))

    def close(self) -> None:
        """Give up the pulls that are under way."""
        while self._ahead:
            self._ahead.pop().plan.close()

    def _pull(self, offset: int, suspend_timeout: float) -> Plan[Sequence[MessageExt]]:
        result = yield from iter_messages(
            self._context,
            self._consumer_group,
            self._topic,
            self._queue_id,
            offset,
            self._max_msg_nums,
            sub_expression=self._sub_expression,
            expression_type=self._expression_type,
            suspend_timeout=suspend_timeout,
            retry=self._retry,
            heed=self._go_on,
        )
        stop = self._stop_at
        if not isinstance(stop, int) or result.next_begin_offset < stop:
            return result.messages
        return [message for message in result.messages if message.queue_offset < stop]

    def _go_on(self, reply: PullMessageReply) -> Plan[None]:
        """Move on behind what a pull has found, and ask for what is there, if it makes sense to.

        A guess never lies beyond the messages that were there, so that its pull finds something.
        """
        if self._stop_at == "end":
            self._stop_at = reply.max_offset
        status = PullStatus.of(reply.code)
        if status is PullStatus.OFFSET_ILLEGAL:
            _log.warning(
                "queue %d of topic %s has no offset %d, going on at %d",
                self._queue_id,
                self._topic,
                self.offset,
                reply.next_begin_offset,
            )
        advance = reply.next_begin_offset - self.offset
        is_steady, self._advance = advance == self._advance, advance
        self.offset = reply.next_begin_offset
        is_at_end = status is PullStatus.NO_NEW_MSG
        is_at_stop = isinstance(self._stop_at, int) and self.offset >= self._stop_at
        self.is_done = is_at_stop or (is_at_end and self._suspend_timeout <= 0)
        if self._ahead and self._ahead[0].offset != self.offset:
            self.close()
        if not self._prefetch or self.is_done or status is not PullStatus.FOUND:
            return
        # These wait for no messages, so that nobody has to wait for their end.
        if not self._ahead:
            yield from self._begin(self.offset)
        guess = self._ahead[-1].offset + advance
        stop = self._stop_at if isinstance(self._stop_at, int) else reply.max_offset
        if is_steady and len(self._ahead) < _AHEAD and guess < min(stop, reply.max_offset):
            yield from self._begin(guess)

    def _begin(self, offset: int) -> Plan[None]:
        plan: BegunPlan[Sequence[MessageExt]] = yield Begin(self._pull(offset, 0.0))
        self._ahead.append(_PullAhead(offset, plan))
