"""What a request needs to be allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.enums import AclAction, RequestCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.names import RETRY_PREFIX
from pyrocketmq.model.requests import HeartBeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.testkit.exchange import Exchange

TOPIC: Final = "Topic"
GROUP: Final = "Group"
CLUSTER: Final = "Cluster"


class Need(NamedTuple):
    """One thing that has to be allowed.

    Attributes:
        kind: What it is about: `Topic`, `Group` or `Cluster`.
        name: Which one.
        action: What is done with it.
    """

    kind: str
    name: str
    action: AclAction


_SENDS: Final = frozenset(
    (
        RequestCode.SEND_MESSAGE,
        RequestCode.SEND_MESSAGE_V2,
        RequestCode.SEND_BATCH_MESSAGE,
        RequestCode.SEND_REPLY_MESSAGE,
        RequestCode.SEND_REPLY_MESSAGE_V2,
        RequestCode.RECALL_MESSAGE,
    )
)
_CONSUMES: Final = frozenset(
    (
        RequestCode.PULL_MESSAGE,
        RequestCode.LITE_PULL_MESSAGE,
        RequestCode.POP_MESSAGE,
        RequestCode.PEEK_MESSAGE,
        RequestCode.ACK_MESSAGE,
        RequestCode.CHANGE_MESSAGE_INVISIBLETIME,
        RequestCode.NOTIFICATION,
        RequestCode.UPDATE_CONSUMER_OFFSET,
        RequestCode.QUERY_CONSUMER_OFFSET,
    )
)
_GROUP_ONLY: Final = frozenset(
    (
        RequestCode.CONSUMER_SEND_MSG_BACK,
        RequestCode.GET_CONSUMER_LIST_BY_GROUP,
        RequestCode.UNREGISTER_CLIENT,
    )
)
_ADMINISTRATION: Final = {
    RequestCode.UPDATE_AND_CREATE_TOPIC: (TOPIC, AclAction.CREATE),
    RequestCode.DELETE_TOPIC_IN_BROKER: (TOPIC, AclAction.DELETE),
    RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP: (CLUSTER, AclAction.UPDATE),
    RequestCode.DELETE_SUBSCRIPTIONGROUP: (GROUP, AclAction.DELETE),
    RequestCode.UPDATE_BROKER_CONFIG: (CLUSTER, AclAction.UPDATE),
    RequestCode.GET_BROKER_CONFIG: (CLUSTER, AclAction.GET),
    RequestCode.AUTH_CREATE_USER: (CLUSTER, AclAction.UPDATE),
    RequestCode.AUTH_UPDATE_USER: (CLUSTER, AclAction.UPDATE),
    RequestCode.AUTH_DELETE_USER: (CLUSTER, AclAction.UPDATE),
    RequestCode.AUTH_GET_USER: (CLUSTER, AclAction.GET),
    RequestCode.AUTH_LIST_USER: (CLUSTER, AclAction.GET),
    RequestCode.AUTH_CREATE_ACL: (CLUSTER, AclAction.UPDATE),
    RequestCode.AUTH_UPDATE_ACL: (CLUSTER, AclAction.UPDATE),
    RequestCode.AUTH_DELETE_ACL: (CLUSTER, AclAction.UPDATE),
    RequestCode.AUTH_GET_ACL: (CLUSTER, AclAction.GET),
    RequestCode.AUTH_LIST_ACL: (CLUSTER, AclAction.GET),
}

ADMINISTRATION: Final = frozenset(
    (
        RequestCode.UPDATE_AND_CREATE_TOPIC,
        RequestCode.DELETE_TOPIC_IN_BROKER,
        RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
        RequestCode.DELETE_SUBSCRIPTIONGROUP,
        RequestCode.UPDATE_BROKER_CONFIG,
    )
)
"""Requests that 4.9 takes from administrators only."""


def needs_of(exchange: Exchange, cluster: str) -> list[Need]:
    """Return what a request needs; nothing for one that anybody with an account may send."""
    return list(_needs_of(exchange, cluster))


def _needs_of(exchange: Exchange, cluster: str) -> Iterator[Need]:
    code, fields = exchange.command.code, exchange.fields
    topic = fields.get("topic") or fields.get("b") or ""
    group = fields.get("consumerGroup") or fields.get("group") or fields.get("groupName") or ""
    if code in _SENDS:
        yield _topic_need(topic, AclAction.PUB)
    elif code in _CONSUMES:
        yield _topic_need(topic, AclAction.SUB)
        yield Need(GROUP, group, AclAction.SUB)
    elif code in _GROUP_ONLY and group:
        yield Need(GROUP, group, AclAction.SUB)
    elif code == RequestCode.QUERY_MESSAGE:
        yield _topic_need(topic, AclAction.SUB)
    elif code == RequestCode.HEART_BEAT:
        yield from _heartbeat_needs(exchange)
    elif code in _ADMINISTRATION:
        kind, action = _ADMINISTRATION[RequestCode(code)]
        yield Need(kind, {TOPIC: topic, GROUP: group, CLUSTER: cluster}[kind], action)


def _topic_need(topic: str, action: AclAction) -> Need:
    """Return the need for a topic; a retry topic is as good as its group."""
    if topic.startswith(RETRY_PREFIX):
        return Need(GROUP, topic.removeprefix(RETRY_PREFIX), AclAction.SUB)
    return Need(TOPIC, topic, action)


def _heartbeat_needs(exchange: Exchange) -> Iterator[Need]:
    try:
        data = HeartBeat.from_command(exchange.command).heartbeat_data
    except ProtocolError:
        return  # the handler says what is wrong with it
    for consumer in data.consumer_data_set:
        yield Need(GROUP, consumer.group_name, AclAction.SUB)
        for subscription in consumer.subscription_data_set:
            yield _topic_need(subscription.topic, AclAction.SUB)
