"""Going through a queue with `for` and `async for`: the next pulls are under way while messages are handed out.

The two iterators differ in nothing but `await`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from pyrocketmq.broker.cursor import QueueCursor
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.broker.run import AsyncRunner, BlockingRunner
from pyrocketmq.model.subscription import ALL, TAG

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.cursor import StopAt
    from pyrocketmq.model import MessageExt

IterationT = TypeVar("IterationT")

_NAME = "iter_messages"


class Reader(Generic[IterationT]):
    """Goes through queues; `for` and `async for` differ in what they iterate over."""

    _context: ClientContext

    def iter_messages(
        self,
        consumer_group: str,
        topic: str,
        queue_id: int,
        offset: int = 0,
        *,
        stop_at: StopAt = None,
        sub_expression: str = ALL,
        expression_type: str = TAG,
        max_msg_nums: int = 32,
        prefetch: bool = True,
        suspend_timeout: float = 15.0,
        retry: RetryPolicy | None = REPEAT_READS,
    ) -> IterationT:
        """Go through a queue, message by message (PULL_MESSAGE, 11).

        Nothing is committed. Where the queue does not have an offset, because its messages are deleted or the topic is
        new, this is logged and the iteration goes on at the nearest one. An error of a pull ends it; to go on, begin
        again behind the last message.

        Args:
            consumer_group: The group; needs no heartbeat.
            topic: The topic.
            queue_id: The queue's number, from 0.
            offset: Offset of the first message wanted.
            stop_at: Offset before which to stop, `"end"` for the end that the queue has at the first pull. By default
                the iteration goes on for ever and waits for new messages.
            sub_expression: Which messages: tags joined by `||`, `*` for all, or an SQL92 expression.
            expression_type: `"TAG"` or `"SQL92"`.
            max_msg_nums: How many messages to pull at once at most; brokers give no more than 32.
            prefetch: Whether to ask for the next messages before those of the last pull are handed out, so that the
                broker works meanwhile. It takes neither a thread nor a task; no more than three pulls are in memory.
                Where there are hooks for calls, as for telemetry, nothing is asked for ahead.
            suspend_timeout: Seconds for which a pull at the end of the queue waits at the broker (long polling). With 0
                nothing is waited for: where the queue ends before `stop_at`, the iteration ends too.
            retry: What to repeat; `None` for nothing.

        Returns:
            An iterator. Its `close` ends it early, as does the end of the last reference to it. Of an asyncio client an
            asynchronous one: its `aclose` ends it early, and `contextlib.aclosing` does so where a loop breaks off.

        Raises:
            MessagePullError: the broker refused a pull.
            BrokerConnectionError: the connection failed.
            BrokerTimeoutError: no answer to a pull in time.
            ValueError: `suspend_timeout` is 0 although the iteration goes on for ever.

        Example:
            ```python
            for message in client.iter_messages("billing", "orders", 0, offset, stop_at="end"):
                print(message.queue_offset, message.body)
            ```
        """
        cursor = QueueCursor(
            self._context,
            consumer_group,
            topic,
            queue_id,
            offset,
            stop_at=stop_at,
            max_msg_nums=max_msg_nums,
            sub_expression=sub_expression,
            expression_type=expression_type,
            suspend_timeout=suspend_timeout,
            retry=retry,
            prefetch=prefetch,
        )
        return self._iterate(cursor)

    def _iterate(self, cursor: QueueCursor) -> IterationT:
        raise NotImplementedError  # abstract


class BlockingReader(Reader["Generator[MessageExt]"], BlockingRunner):
    """Lets threads go through queues."""

    def _iterate(self, cursor: QueueCursor) -> Generator[MessageExt]:
        try:
            while not cursor.is_done:
                yield from self._run(cursor.pull(), _NAME)
        finally:
            cursor.close()


class AsyncReader(Reader["AsyncGenerator[MessageExt]"], AsyncRunner):
    """Lets tasks go through queues."""

    async def _iterate(self, cursor: QueueCursor) -> AsyncGenerator[MessageExt]:
        try:
            while not cursor.is_done:
                for message in await self._run(cursor.pull(), _NAME):
                    yield message
        finally:
            cursor.close()
