"""Sends: single messages and batches, oneway or not."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.batch import decode_batch
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.errors import FieldError, ProtocolError
from pyrocketmq.model.message_id import create_unique_id
from pyrocketmq.model.names import RETRY_PREFIX, dead_letter_topic
from pyrocketmq.model.properties import VALUE_END, PropertyName, decode_properties, encode_properties
from pyrocketmq.model.recall import RecallHandle
from pyrocketmq.model.requests import SendBatchMessage, SendMessage, SendMessageReply, SendMessageV2
from pyrocketmq.testkit.handlers.common import refuse_bad_topic_name
from pyrocketmq.testkit.handlers.registry import BROKER, null_pointer
from pyrocketmq.testkit.refusal import Failure, Refusal
from pyrocketmq.testkit.store.delay import delay_level
from pyrocketmq.testkit.store.messages import NewMessage
from pyrocketmq.testkit.store.topics import FORBIDDEN_TO_SENDERS, TIMER_TOPIC, WRITABLE, describe, is_retry_topic

if TYPE_CHECKING:
    from typing import NoReturn

    from pyrocketmq.model.bodies.topic import TopicConfig
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.store.messages import StoredMessage

REGION: Final = "DefaultRegion"
# Names of this module are found faster than attributes of a class.
_DELAY: Final = PropertyName.DELAY
_INNER_NUM: Final = PropertyName.INNER_NUM
_POP_CK: Final = PropertyName.POP_CK
_TRAN_MSG: Final = PropertyName.TRAN_MSG
_UNIQ_KEY: Final = PropertyName.UNIQ_KEY
_WAIT: Final = PropertyName.WAIT

_ANSWER_FIELDS: Final = {"MSG_REGION": REGION, "TRACE_ON": "true"}
_WITHOUT_BODY: Final = 'java.lang.NullPointerException: Cannot read the array length because "body" is null'
_WITHOUT_BODY_AT_ALL: Final = (
    "java.lang.NullPointerException: Cannot read the array length because the return value of "
    '"org.apache.rocketmq.remoting.protocol.RemotingCommand.getBody()" is null, '
    "org.apache.rocketmq.broker.processor.AbstractSendMessageProcessor.buildMsgContext"
    "(AbstractSendMessageProcessor.java:361)"
)
# The first where only batches cannot do without, the second where no message can.

_HONOURS_MAX_RECONSUME_TIMES: Final = 121
# Version number from which on a sender's maximum of attempts counts.


def refuse_missing_topic(broker: BrokerServer, error: ProtocolError, exchange: Exchange) -> NoReturn:
    """Refuse a send without a field that it needs."""
    if isinstance(error, FieldError) and error.field in ("topic", "b") and broker.profile.stores_empty_body:
        raise Refusal(broker.profile.invalid_parameter, "The specified topic is blank.", _ANSWER_FIELDS)
    null_pointer(broker, error, exchange)


@BROKER.handles(
    SendMessage,
    SendMessageV2,
    SendBatchMessage,
    malformed=refuse_missing_topic,
    absent={"producer_group": ""},
    needed=("sys_flag", "flag"),
)
def send_message(broker: BrokerServer, request: SendMessage, exchange: Exchange) -> SendMessageReply:
    """Store a message, or the messages of a batch."""
    if not request.body and (request.batch or not broker.profile.stores_empty_body):
        raise Failure(_WITHOUT_BODY if broker.profile.stores_empty_body else _WITHOUT_BODY_AT_ALL)
    try:
        config = topic_for_send(broker, request, exchange)
        queue_id = request.queue_id
        if queue_id < 0:
            queue_id = random_queue(config)
        store = _store_batch if request.batch else _store_single
        return store(broker, request, config, queue_id, exchange)
    except Failure:
        raise
    except Refusal as refusal:
        refusal.fields = _ANSWER_FIELDS
        raise


def topic_for_send(broker: BrokerServer, request: SendMessage, exchange: Exchange) -> TopicConfig:
    """Return the settings of the topic that a message is for, created if need be.

    Raises:
        Refusal: the topic, or the queue asked for, cannot take it.
    """
    topic = request.topic
    config = broker.topics.get(topic)
    if (
        config is not None
        and config.order
        and broker.profile.protects_ordered_topics
        and not broker.settings.number("brokerPermission") & WRITABLE
    ):
        raise Refusal(ResponseCode.NO_PERMISSION, f"the broker[{broker.host}] sending message is forbidden")
    if config is None or topic in FORBIDDEN_TO_SENDERS:
        refuse_bad_topic_name(broker.profile, topic)
        if topic in FORBIDDEN_TO_SENDERS:
            raise Refusal(ResponseCode.NO_PERMISSION, f"Sending message to topic[{topic}] is forbidden.")
        config = _create_topic(broker, request)
    if request.queue_id >= config.write_queue_nums and request.queue_id >= config.read_queue_nums:
        raise Refusal(
            broker.profile.invalid_parameter,
            f"request queueId[{request.queue_id}] is illegal, {describe(config)} Producer: {exchange.peer}",
        )
    return config


def _create_topic(broker: BrokerServer, request: SendMessage) -> TopicConfig:
    is_retry = is_retry_topic(request.topic)
    config = broker.topics.create_by_send(
        request.topic,
        request.default_topic,
        request.default_topic_queue_nums,
        auto_create=broker.settings.enabled("autoCreateTopicEnable"),
        sys_flag=(2 if is_retry else 1) if request.unit_mode else 0,
    )
    if config is None and is_retry:
        config = broker.topics.create(request.topic, 1, sys_flag=2 if request.unit_mode else 0)
    if config is None:
        raise Refusal(
            ResponseCode.TOPIC_NOT_EXIST,
            f"topic[{request.topic}] not exist, apply first please!\n{broker.profile.faq}",
        )
    return config


def random_queue(config: TopicConfig) -> int:
    """Return a queue for a sender that leaves the choice to the broker."""
    if not config.write_queue_nums:
        raise Failure("java.lang.ArithmeticException: / by zero")
    return random.randrange(config.write_queue_nums)


def _store_single(
    broker: BrokerServer, request: SendMessage, config: TopicConfig, queue_id: int, exchange: Exchange
) -> SendMessageReply:
    profile = broker.profile
    message = new_message(broker, request, queue_id, exchange)
    if config.attributes and config.attributes.get("cleanup.policy") == "COMPACTION":
        _refuse_without_key(message)
    if is_retry_topic(request.topic):
        _count_attempt(broker, request, message, exchange)
    properties = message.properties
    if _INNER_NUM in properties and profile.stamps_messages:
        raise broker.intake.illegal_message()
    asked_queue = message.queue_id
    if (
        _TRAN_MSG in properties
        and properties[_TRAN_MSG].lower() == "true"
        and not (message.reconsume_times > 0 and delay_level(properties.get(_DELAY, "")) > 0)
    ):
        if broker.settings.enabled("rejectTransactionMessage"):
            raise Refusal(
                ResponseCode.NO_PERMISSION, f"the broker[{broker.host}] sending transaction message is forbidden"
            )
        stored = broker.transactions.prepare(message)
    else:
        stored = broker.intake.put(message)
    return SendMessageReply(
        msg_id=broker.offset_id(stored),
        queue_id=asked_queue,
        queue_offset=stored.queue_offset,
        transaction_id=properties.get(_UNIQ_KEY) if profile.answers_transaction_id else None,
        recall_handle=_recall_handle(broker, request.topic, stored) if stored.topic == TIMER_TOPIC else None,
        msg_region=REGION,
        trace_on=True,
    )


def _refuse_without_key(message: NewMessage) -> None:
    if not message.properties.get(PropertyName.KEYS):
        raise Refusal(ResponseCode.MESSAGE_ILLEGAL, "Required message key is missing")


def _recall_handle(broker: BrokerServer, topic: str, stored: StoredMessage) -> str | None:
    if is_retry_topic(topic):
        return None
    properties = stored.properties
    handle = RecallHandle(
        topic,
        broker.name,
        int(properties[PropertyName.TIMER_OUT_MS]) + 1,
        properties[_UNIQ_KEY],
    )
    return str(handle)


def new_message(broker: BrokerServer, request: SendMessage, queue_id: int, exchange: Exchange) -> NewMessage:
    """Return the message that a send asks to store, with what the broker adds to its properties."""
    properties = decode_properties(request.properties or "")
    if broker.profile.stamps_messages:
        properties.pop(_POP_CK, None)
        if _UNIQ_KEY not in properties:
            properties["UNIQ_KEY"] = create_unique_id()
        properties["MSG_REGION"] = REGION
        properties["TRACE_ON"] = "true"
    elif _TRAN_MSG not in properties and _DELAY not in properties:
        properties.pop(_WAIT, None)
    properties["CLUSTER"] = broker.cluster
    return NewMessage(
        request.topic,
        queue_id,
        request.body,
        properties,
        born_timestamp=request.born_timestamp,
        born_host=exchange.connection.peer,
        flag=request.flag,
        sys_flag=request.sys_flag,
        reconsume_times=request.reconsume_times,
    )


def _count_attempt(broker: BrokerServer, request: SendMessage, message: NewMessage, exchange: Exchange) -> None:
    """Send a message for a retry topic to the dead-letter topic if it was tried often enough."""
    group = request.topic.removeprefix(RETRY_PREFIX)
    if not broker.group_exists(group):
        raise Refusal(
            ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
            f"subscription group not exist, {group} \n{broker.profile.faq}",
        )
    config = broker.groups.get(group)
    maximum = 16 if config is None else config.retry_max_times
    if request.max_reconsume_times is not None and exchange.command.version >= _HONOURS_MAX_RECONSUME_TIMES:
        maximum = request.max_reconsume_times
    if broker.profile.retries_up_to_maximum:
        is_exhausted = request.reconsume_times > maximum or broker.locks.is_locked(group)
    else:
        is_exhausted = request.reconsume_times >= maximum
    if is_exhausted:
        message.topic = dead_letter_topic(group)
        message.queue_id = 0
        if broker.profile.marks_dead_letters:
            message.properties[_DELAY] = "-1"
        broker.topics.create(message.topic, 1)


def _store_batch(
    broker: BrokerServer, request: SendMessage, config: TopicConfig, queue_id: int, exchange: Exchange
) -> SendMessageReply:
    profile = broker.profile
    if profile.refuses_retry_batch and is_retry_topic(request.topic):
        raise Refusal(ResponseCode.MESSAGE_ILLEGAL, f"batch request does not support retry group {request.topic}")
    shared = decode_properties(request.properties or "")
    if delay_level(shared.get(_DELAY, "")) > 0:
        raise broker.intake.illegal_message()
    if len(request.body) > broker.settings.number("maxMessageSize"):
        raise broker.intake.illegal_message() if profile.overlong_batch is None else Failure(profile.overlong_batch)
    try:
        records = decode_batch(request.body)
    except ProtocolError:
        raise Failure("java.nio.BufferUnderflowException") from None
    suffix = ""
    if profile.shares_batch_properties:
        suffix = encode_properties({**shared, "CLUSTER": broker.cluster}).removesuffix(VALUE_END)
    stored: list[StoredMessage] = []
    for record in records:
        text = _joined(record.properties, suffix)
        message = NewMessage(
            request.topic,
            queue_id,
            record.body,
            decode_properties(text),
            born_timestamp=request.born_timestamp,
            born_host=exchange.connection.peer,
            flag=record.flag,
            sys_flag=request.sys_flag,
            reconsume_times=request.reconsume_times,
            raw_properties=text,
        )
        stored.append(broker.intake.put_as_is(message))
    return SendMessageReply(
        msg_id=",".join(map(broker.offset_id, stored)),
        queue_id=queue_id,
        queue_offset=stored[0].queue_offset if stored else 0,
        transaction_id=shared.get(_UNIQ_KEY) if profile.answers_transaction_id else None,
        msg_region=REGION,
        trace_on=True,
    )


def _joined(properties: str, suffix: str) -> str:
    separator = VALUE_END if properties and suffix and not properties.endswith(VALUE_END) else ""
    return properties + separator + suffix
