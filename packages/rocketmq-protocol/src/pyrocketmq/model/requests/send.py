"""Sending messages, sending them back, and recalling them."""

from __future__ import annotations

from typing import Final

from pyrocketmq.model.declaration import Long, Reply, body, wire
from pyrocketmq.model.declaration.body_codec import RAW
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.requests.base import RpcRequest, TopicRequest

V2_NAMES: Final = {
    "producer_group": "a",
    "topic": "b",
    "default_topic": "c",
    "default_topic_queue_nums": "d",
    "queue_id": "e",
    "sys_flag": "f",
    "born_timestamp": "g",
    "flag": "h",
    "properties": "i",
    "reconsume_times": "j",
    "unit_mode": "k",
    "max_reconsume_times": "l",
    "batch": "m",
    "broker_name": "n",
}
"""The one-letter names that the second version of a send gives the fields of the first."""


class SendMessageReply(Reply):
    """The message is stored; codes 10, 11 and 12 say that it is not as safe yet as the broker is set.

    For delayed, timed and half messages ids and offset are those of the copy in an internal topic.

    Attributes:
        msg_id: The broker's offset id; of a batch the ids of all its messages, joined by commas.
        queue_id: The queue that holds the message.
        queue_offset: Its position there; of a batch that of the first message.
        transaction_id: The unique id, made by the broker if the client gave none (5.x).
        batch_uniq_id: Unique id of a batch in a topic of batches (5.x).
        recall_handle: What recalls a timed message (5.3.2 and later).
        msg_region: Region of the broker, for traces.
        trace_on: Whether the broker wants traces.
    """

    msg_id: str
    queue_id: int
    queue_offset: Long
    transaction_id: str | None = None
    batch_uniq_id: str | None = None
    recall_handle: str | None = None
    msg_region: str | None = wire("MSG_REGION", default=None)
    trace_on: bool | None = wire("TRACE_ON", default=None)


class SendMessage(TopicRequest[SendMessageReply], code=RequestCode.SEND_MESSAGE, results=(0, 10, 11, 12)):
    """Store one message.

    Refusals: 1 (on 4.9 also for a bad topic or queue), 2 busy, 13 too large or a bad timer, 14 not serving, 16 not
    writable, 17 no such topic, 26 retry topic of an unknown group, 29 bad topic or queue (5.3.2 and later), 215 flow
    control, 501 not the leader of a static topic's queue.

    Attributes:
        producer_group: The producer's group.
        topic: The topic.
        default_topic: The topic whose settings an automatically created topic takes over.
        default_topic_queue_nums: Its number of queues.
        queue_id: The queue; a negative number lets the broker choose.
        sys_flag: Bits of `MessageSysFlag`.
        born_timestamp: When the message was made, in milliseconds.
        flag: A number of the application.
        properties: Text of the properties, see `encode_properties`; brokers take some 32 KB.
        reconsume_times: How often the message was consumed already; for sends to a retry topic.
        unit_mode: Of a deployment in units; normally false.
        max_reconsume_times: Retries before the dead letter topic; for sends to a retry topic.
        batch: Whether the body is a batch; this, not the code, makes a request one.
        body: The message body, compressed if `sys_flag` says so; 1 byte to 4 MiB as brokers are set by default.
    """

    producer_group: str
    topic: str
    default_topic: str = "TBW102"
    default_topic_queue_nums: int = 4
    queue_id: int
    sys_flag: int = 0
    born_timestamp: Long
    flag: int = 0
    properties: str | None = None
    reconsume_times: int = 0
    unit_mode: bool = False
    max_reconsume_times: int | None = None
    batch: bool = False
    body: bytes = body(RAW)


class SendMessageV2(SendMessage, code=RequestCode.SEND_MESSAGE_V2, wire_names=V2_NAMES):
    """The same with short names on the wire; what clients use."""


class SendBatchMessage(SendMessage, code=RequestCode.SEND_BATCH_MESSAGE, wire_names=V2_NAMES):
    """Store several messages of one topic in one queue; the body is what `encode_batch` makes.

    Neither delayed messages nor retry topics (refused with 13), and no compression.
    """

    batch: bool = True


class SendReplyMessage(SendMessage, code=RequestCode.SEND_REPLY_MESSAGE):
    """Send the reply to a request message; the broker pushes it to the requester, see `PushReplyMessageToClient`.

    The topic is the cluster's reply topic; properties name requester, correlation id and time to live. In the answer
    `msg_id` is "0" where the reply was pushed and not stored. Refusal 1: it could not be pushed.
    """


class SendReplyMessageV2(SendMessage, code=RequestCode.SEND_REPLY_MESSAGE_V2, wire_names=V2_NAMES):
    """`SendReplyMessage` with short names on the wire; what clients use."""


class ConsumerSendMsgBack(RpcRequest[EmptyReply], code=RequestCode.CONSUMER_SEND_MSG_BACK):
    """Hand a message back that could not be consumed: it comes again later, or goes to the dead letter topic.

    To be sent to the broker that stores the message. Refusals: 1 no message at that offset, 16 not writable, 26
    unknown group.

    Attributes:
        offset: Commit log offset of the message, in bytes.
        group: The consumer group.
        delay_level: 0 lets the broker choose by the number of retries, a negative number means the dead letter topic.
        origin_msg_id: Id of the message.
        origin_topic: Its topic.
        unit_mode: Of a deployment in units; normally false.
        max_reconsume_times: Retries before the dead letter topic; by default the group's setting.
    """

    offset: Long
    group: str
    delay_level: int
    origin_msg_id: str | None = None
    origin_topic: str | None = None
    unit_mode: bool = False
    max_reconsume_times: int | None = None


class RecallMessageReply(Reply):
    """The message is recalled.

    Attributes:
        msg_id: Its unique id.
        msg_region: Region of the broker, for traces.
    """

    msg_id: str
    msg_region: str | None = wire("MSG_REGION", default=None)


class RecallMessage(TopicRequest[RecallMessageReply], code=RequestCode.RECALL_MESSAGE, since="5.3.2"):
    """Take back a timed message that was not delivered yet.

    Refusals: 11 a replica, 14 not serving, 16 recalling is off (the default), 17 no such topic, 604 a bad handle, or
    too late.

    Attributes:
        producer_group: The producer's group.
        topic: The topic.
        recall_handle: The handle from the answer to the send.
    """

    producer_group: str | None = None
    topic: str
    recall_handle: str
