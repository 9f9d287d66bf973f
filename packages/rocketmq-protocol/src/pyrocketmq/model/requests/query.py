"""Finding messages."""

from __future__ import annotations

from pyrocketmq.model.bodies.statistics import QueryConsumeQueueResponseBody
from pyrocketmq.model.declaration import Long, Reply, body, wire
from pyrocketmq.model.declaration.body_codec import MESSAGE, MESSAGES, FastjsonBodyCodec
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.message_ext import MessageExt
from pyrocketmq.model.requests.base import TopicRequest


class QueryMessageReply(Reply):
    """The messages found, and how far the index reaches.

    Attributes:
        index_last_update_timestamp: Store time of the last message in the index, in milliseconds.
        index_last_update_phyoffset: Its commit log offset.
        messages: Messages whose key has the same hash code; compare the key again.
    """

    index_last_update_timestamp: Long
    index_last_update_phyoffset: Long
    messages: list[MessageExt] = body(MESSAGES, default_factory=list)


class QueryMessage(TopicRequest[QueryMessageReply], code=RequestCode.QUERY_MESSAGE):
    """Ask for messages by key, or by unique id. The index follows with a delay. Refusal 22: there are none.

    Attributes:
        topic: The topic.
        key: The key.
        max_num: How many messages at most; for unique ids the broker raises it.
        begin_timestamp: Earliest store time, in milliseconds.
        end_timestamp: Latest store time, in milliseconds.
        index_type: Which index (5.4.0).
        last_key: Where to go on in it (5.4.0).
        unique_key_query: Whether the key is a unique id. See `acl.sign` before sending it signed.
    """

    topic: str
    key: str
    max_num: int
    begin_timestamp: Long
    end_timestamp: Long
    index_type: str | None = None
    last_key: str | None = None
    unique_key_query: bool | None = wire("_UNIQUE_KEY_QUERY", default=None)


class ViewMessageByIdReply(Reply):
    """The message."""

    message: MessageExt = body(MESSAGE)


class ViewMessageById(TopicRequest[ViewMessageByIdReply], code=RequestCode.VIEW_MESSAGE_BY_ID):
    """Ask for the message at a place in the commit log. Refusal 1: there is none.

    Attributes:
        offset: Commit log offset, the last part of an offset id; the first part is the broker to ask.
        topic: The topic (5.x).
    """

    offset: Long
    topic: str | None = None


class QueryConsumeQueueReply(Reply):
    """A stretch of a queue's index."""

    consume_queue: QueryConsumeQueueResponseBody = body(FastjsonBodyCodec(QueryConsumeQueueResponseBody))


class QueryConsumeQueue(TopicRequest[QueryConsumeQueueReply], code=RequestCode.QUERY_CONSUME_QUEUE):
    """Ask for a stretch of a queue's index, to see why a message is not consumed.

    Attributes:
        topic: The topic.
        queue_id: The queue.
        index: Offset of the first entry.
        count: Number of entries.
        consumer_group: A group whose filter to apply.
    """

    topic: str
    queue_id: int
    index: Long
    count: int
    consumer_group: str | None = None
