"""What several handlers have in common: refusals, and replies without header fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from pyrocketmq.model.declaration.header import Reply
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.names import MAX_TOPIC_LENGTH
from pyrocketmq.testkit.refusal import Refusal
from pyrocketmq.testkit.store.topics import READABLE

if TYPE_CHECKING:
    from pyrocketmq.model.bodies.topic import TopicConfig
    from pyrocketmq.model.declaration.header import Wire
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.version import Profile

ReplyT = TypeVar("ReplyT", bound=Reply)

_LEGAL: Final = re.compile(r"[%|a-zA-Z0-9_-]+").fullmatch


def has_legal_characters(name: str) -> bool:
    """Whether a topic or group name holds nothing but what names may hold."""
    return _LEGAL(name) is not None


def refuse_bad_topic_name(profile: Profile, topic: str) -> None:
    """Refuse a topic name that servers do not accept: blank, then illegal characters, then too long."""
    if not topic.strip():
        remark = "The specified topic is blank."
    elif not has_legal_characters(topic):
        remark = profile.illegal_topic
    elif len(topic) > MAX_TOPIC_LENGTH:
        remark = profile.long_topic
    else:
        return
    raise Refusal(profile.invalid_parameter, remark.format(topic=topic))


def unknown_topic(broker: BrokerServer, topic: str) -> Refusal:
    """Return the refusal of whoever wants to read a topic that does not exist."""
    return Refusal(
        ResponseCode.TOPIC_NOT_EXIST, f"topic[{topic}] not exist, apply first please! \n{broker.profile.faq}"
    )


def bad_queue(code: int, config: TopicConfig, queue_id: int, exchange: Exchange) -> Refusal:
    """Return the refusal of whoever wants to read a queue that does not exist."""
    return Refusal(
        code,
        f"queueId[{queue_id}] is illegal, topic:[{config.topic_name}] topicConfig.readQueueNums:"
        f"[{config.read_queue_nums}] consumer:[/{exchange.peer}]",
    )


def is_readable(broker: BrokerServer) -> bool:
    """Whether the broker as a whole may be read."""
    return bool(broker.settings.number("brokerPermission") & READABLE)


def with_empty_header(reply: ReplyT) -> ReplyT:
    """Give an answer without header fields the empty object that some servers send for none."""
    return reply.with_extra_fields({})


class WithoutFields:
    """Makes a reply that of a server whose header has none of its fields."""

    __slots__ = ()

    @classmethod
    def wires(cls) -> tuple[Wire, ...]:
        """Return nothing."""
        return ()
