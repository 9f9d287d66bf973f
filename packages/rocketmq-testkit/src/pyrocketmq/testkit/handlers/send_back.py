"""Messages that consumers could not consume and hand back."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.names import dead_letter_topic, retry_topic
from pyrocketmq.model.properties import PropertyName
from pyrocketmq.model.requests import ConsumerSendMsgBack
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import Refusal
from pyrocketmq.testkit.store.messages import NewMessage
from pyrocketmq.testkit.store.topics import WRITABLE

if TYPE_CHECKING:
    from pyrocketmq.model.bodies.subscription_group import SubscriptionGroupConfig
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange

_HONOURS_MAX_RECONSUME_TIMES: Final = 121
_FIRST_RETRY_LEVEL: Final = 3


@BROKER.handles(ConsumerSendMsgBack)
def consumer_send_msg_back(broker: BrokerServer, request: ConsumerSendMsgBack, exchange: Exchange) -> EmptyReply:
    """Store a message again: delayed for the group's retry topic, or in its dead-letter topic."""
    config = _group_of(broker, request.group)
    if config.retry_queue_nums <= 0:
        return EmptyReply()
    topic = broker.topics.create(
        retry_topic(request.group), config.retry_queue_nums, sys_flag=2 if request.unit_mode else 0
    )
    if not topic.perm & WRITABLE:
        raise Refusal(ResponseCode.NO_PERMISSION, f"the topic[{topic.topic_name}] sending message is forbidden")
    stored = broker.store.at(request.offset)
    if stored is None:
        raise Refusal(ResponseCode.SYSTEM_ERROR, f"look message by offset failed, {request.offset}")
    message = NewMessage.copy_of(stored)
    properties = message.properties
    properties.setdefault(PropertyName.RETRY_TOPIC, stored.topic)
    properties.setdefault(PropertyName.ORIGIN_MESSAGE_ID, broker.offset_id(stored))
    properties[PropertyName.WAIT] = "false"
    maximum = config.retry_max_times
    if request.max_reconsume_times is not None and exchange.command.version >= _HONOURS_MAX_RECONSUME_TIMES:
        maximum = request.max_reconsume_times
    if message.reconsume_times >= maximum or request.delay_level < 0:
        message.topic, message.queue_id = dead_letter_topic(request.group), 0
        properties[PropertyName.DELAY] = "0"
        broker.topics.create(message.topic, 1)
    else:
        level = request.delay_level or _FIRST_RETRY_LEVEL + message.reconsume_times
        message.topic, message.queue_id = retry_topic(request.group), random.randrange(config.retry_queue_nums)
        properties[PropertyName.DELAY] = str(level)
    message.reconsume_times += 1
    broker.intake.put(message)
    broker.stats.count_send_back(stored.topic, request.group)
    return EmptyReply()


def _group_of(broker: BrokerServer, group: str) -> SubscriptionGroupConfig:
    config = broker.groups.get(group) if broker.group_exists(group) else None
    if config is None:
        raise Refusal(
            ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, f"subscription group not exist, {group} \n{broker.profile.faq}"
        )
    if not broker.settings.number("brokerPermission") & WRITABLE:
        raise Refusal(ResponseCode.NO_PERMISSION, f"the broker[{broker.host}] sending message is forbidden")
    return config
