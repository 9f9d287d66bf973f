"""What requests need in the policies of users, by request code, as brokers of 5.4.0 were seen to ask for it.

Brokers look at some requests themselves. For the others it is written at the fields of their headers what they name. So
brokers refuse also codes that only NameServers and controllers know; and requests whose headers name nothing, or that
have none, are open to every user: the one that changes a broker's settings is among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.enums import AclAction, RequestCode, ResponseCode, TopicFilterType
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import loads
from pyrocketmq.model.requests import HeartBeat, LockBatchMq, UnlockBatchMq
from pyrocketmq.testkit.access.needs import CLUSTER, GROUP, TOPIC, Need, group_need, group_of_retry_topic, topic_need
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.testkit.exchange import Exchange

_PUB, _SUB, _GET, _UPDATE = AclAction.PUB, AclAction.SUB, AclAction.GET, AclAction.UPDATE
_OWN: Final = "<own>"  # stands for the broker's own cluster
_NULL: Final = "null"  # how a refusal names what a request leaves out

_SENDS: Final = {
    RequestCode.SEND_MESSAGE: "topic",
    RequestCode.SEND_MESSAGE_V2: "b",
    RequestCode.SEND_BATCH_MESSAGE: "b",
}
# The field with the topic. Replies are not among them.

_CONSUMES: Final = {
    RequestCode.PULL_MESSAGE: (_SUB,),
    RequestCode.QUERY_CONSUMER_OFFSET: (_SUB, _GET),
    RequestCode.UPDATE_CONSUMER_OFFSET: (_SUB, _UPDATE),
}
_LOCKS: Final[dict[RequestCode, type[LockBatchMq | UnlockBatchMq]]] = {
    RequestCode.LOCK_BATCH_MQ: LockBatchMq,
    RequestCode.UNLOCK_BATCH_MQ: UnlockBatchMq,
}


_FILTERS: Final = frozenset(TopicFilterType)


class _Field(NamedTuple):
    """A header field that names what a request is about.

    Attributes:
        kind: What it names.
        name: The field.
        actions: What is done with it.
        absent: What counts where the field is left out; `None` for nothing.
    """

    kind: str
    name: str
    actions: tuple[AclAction, ...]
    absent: str | None = None


def _topic(*actions: AclAction) -> _Field:
    return _Field(TOPIC, "topic", actions)


def _group(*actions: AclAction, field: str = "consumerGroup") -> _Field:
    return _Field(GROUP, field, actions)


def _cluster(*actions: AclAction, field: str = "") -> _Field:
    return _Field(CLUSTER, field, actions, _OWN)


_LOOKED_AT: Final = {
    RequestCode.QUERY_MESSAGE: _topic(_SUB, _GET),
    RequestCode.GET_ROUTEINFO_BY_TOPIC: _topic(_PUB, _SUB, _GET),
    RequestCode.RECALL_MESSAGE: _topic(_PUB),
    RequestCode.CONSUMER_SEND_MSG_BACK: _group(_SUB, field="group"),
    RequestCode.GET_CONSUMER_LIST_BY_GROUP: _group(_SUB, _GET),
}
# Requests that brokers look at themselves: a field that is left out is refused, and retry topics are like others.

_NAMED: Final[dict[int, tuple[_Field, ...]]] = {
    **dict.fromkeys((RequestCode.END_TRANSACTION, RequestCode.CHECK_TRANSACTION_STATE), (_topic(_PUB),)),
    **dict.fromkeys(
        (
            RequestCode.SEARCH_OFFSET_BY_TIMESTAMP,
            RequestCode.GET_MAX_OFFSET,
            RequestCode.GET_MIN_OFFSET,
            RequestCode.GET_EARLIEST_MSG_STORETIME,
            RequestCode.VIEW_MESSAGE_BY_ID,
            RequestCode.GET_TOPIC_STATS_INFO,
            RequestCode.QUERY_TOPIC_CONSUME_BY_WHO,
            RequestCode.GET_TOPIC_CONFIG,
            RequestCode.CHECK_ROCKSDB_CQ_WRITE_PROGRESS,
        ),
        (_topic(_GET),),
    ),
    RequestCode.UPDATE_AND_CREATE_TOPIC: (_topic(AclAction.CREATE),),
    RequestCode.DELETE_TOPIC_IN_BROKER: (_topic(AclAction.DELETE),),
    RequestCode.RESUME_CHECK_HALF_MESSAGE: (_topic(_UPDATE),),
    **dict.fromkeys((RequestCode.UNREGISTER_CLIENT, RequestCode.NOTIFY_CONSUMER_IDS_CHANGED), (_group(_SUB),)),
    **dict.fromkeys((RequestCode.GET_CONSUMER_CONNECTION_LIST, RequestCode.GET_CONSUMER_RUNNING_INFO), (_group(_GET),)),
    **dict.fromkeys(
        (RequestCode.QUERY_TOPICS_BY_CONSUMER, RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG), (_group(_GET, field="group"),)
    ),
    RequestCode.DELETE_SUBSCRIPTIONGROUP: (_group(AclAction.DELETE, field="groupName"),),
    **dict.fromkeys(
        (
            RequestCode.POP_MESSAGE,
            RequestCode.ACK_MESSAGE,
            RequestCode.CHANGE_MESSAGE_INVISIBLETIME,
            RequestCode.NOTIFICATION,
            RequestCode.CONSUME_MESSAGE_DIRECTLY,
        ),
        (_group(_SUB), _topic(_SUB)),
    ),
    RequestCode.PEEK_MESSAGE: (_topic(_SUB), _group(_SUB)),
    RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT: (_group(_SUB, field="producerGroup"), _topic(_SUB)),
    **dict.fromkeys((RequestCode.POLLING_INFO, RequestCode.GET_CONSUME_STATS), (_group(_GET), _topic(_GET))),
    RequestCode.QUERY_CONSUME_QUEUE: (_topic(_GET), _group(_GET)),
    **dict.fromkeys(
        (RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, RequestCode.QUERY_CONSUME_TIME_SPAN),
        (_topic(_GET), _group(_GET, field="group")),
    ),
    RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER: (_group(_GET, field="group"), _topic(_GET)),
    RequestCode.QUERY_CORRECTION_OFFSET: (_group(_GET, field="filterGroups"), _topic(_GET)),
    **dict.fromkeys(
        (RequestCode.INVOKE_BROKER_TO_RESET_OFFSET, RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN),
        (_group(_UPDATE, field="group"), _topic(_UPDATE)),
    ),
    RequestCode.CLONE_GROUP_OFFSET: (_group(_UPDATE, field="destGroup"), _topic(_UPDATE)),
    **dict.fromkeys(
        (
            RequestCode.GET_KV_CONFIG,
            RequestCode.GET_PRODUCER_CONNECTION_LIST,
            RequestCode.GET_KVLIST_BY_NAMESPACE,
            RequestCode.VIEW_BROKER_STATS_DATA,
            RequestCode.GET_BROKER_CONSUME_STATS,
            RequestCode.GET_ALL_PRODUCER_INFO,
            RequestCode.EXPORT_ROCKSDB_CONFIG_TO_JSON,
            RequestCode.CONTROLLER_GET_REPLICA_INFO,
            RequestCode.CONTROLLER_GET_NEXT_BROKER_ID,
            RequestCode.AUTH_GET_USER,
            RequestCode.AUTH_LIST_USER,
            RequestCode.AUTH_GET_ACL,
            RequestCode.AUTH_LIST_ACL,
        ),
        (_cluster(_GET),),
    ),
    **dict.fromkeys(
        (
            RequestCode.PUT_KV_CONFIG,
            RequestCode.DELETE_KV_CONFIG,
            RequestCode.WIPE_WRITE_PERM_OF_BROKER,
            RequestCode.REGISTER_TOPIC_IN_NAMESRV,
            RequestCode.ADD_WRITE_PERM_OF_BROKER,
            RequestCode.ADD_BROKER,
            RequestCode.NOTIFY_MIN_BROKER_ID_CHANGE,
            RequestCode.EXCHANGE_BROKER_HA_INFO,
            RequestCode.RESET_MASTER_FLUSH_OFFSET,
            RequestCode.CONTROLLER_ALTER_SYNC_STATE_SET,
            RequestCode.CONTROLLER_REGISTER_BROKER,
            RequestCode.NOTIFY_BROKER_ROLE_CHANGED,
            RequestCode.CLEAN_BROKER_DATA,
            RequestCode.CONTROLLER_APPLY_BROKER_ID,
            RequestCode.AUTH_CREATE_USER,
            RequestCode.AUTH_UPDATE_USER,
            RequestCode.AUTH_DELETE_USER,
            RequestCode.AUTH_CREATE_ACL,
            RequestCode.AUTH_UPDATE_ACL,
            RequestCode.AUTH_DELETE_ACL,
        ),
        (_cluster(_UPDATE),),
    ),
    RequestCode.QUERY_DATA_VERSION: (_cluster(_GET, field="clusterName"),),
    RequestCode.GET_BROKER_MEMBER_GROUP: (_Field(CLUSTER, "clusterName", (_GET,)),),
    RequestCode.CONTROLLER_ELECT_MASTER: (_Field(CLUSTER, "clusterName", (_UPDATE,), absent=""),),
    **dict.fromkeys(
        (
            RequestCode.REGISTER_BROKER,
            RequestCode.UNREGISTER_BROKER,
            RequestCode.DELETE_TOPIC_IN_NAMESRV,
            RequestCode.REMOVE_BROKER,
            RequestCode.BROKER_HEARTBEAT,
        ),
        (_cluster(_UPDATE, field="clusterName"),),
    ),
}
# The fields of headers in the order in which they are declared there, which is that of refusals.


def needs_of(exchange: Exchange, cluster: str) -> Iterator[Need]:
    """Yield what a request needs, in the order in which it is refused; nothing for one that any user may send.

    Args:
        exchange: The request.
        cluster: The broker's cluster.

    Raises:
        Refusal: the request cannot be read.
    """
    code, fields = exchange.command.code, exchange.fields
    if code in _SENDS:
        topic = fields.get(_SENDS[RequestCode(code)], _NULL)
        group = group_of_retry_topic(topic)
        yield Need(TOPIC, topic, (_PUB,)) if group is None else group_need(group, _SUB)
    elif code in _CONSUMES:
        actions = _CONSUMES[RequestCode(code)]
        yield from _unless_for_retries(fields.get("topic", _NULL), *actions)
        yield group_need(fields.get("consumerGroup", _NULL), *actions)
    elif code in _LOOKED_AT:
        field = _LOOKED_AT[RequestCode(code)]
        yield Need(field.kind, fields.get(field.name, _NULL), field.actions)
    elif code == RequestCode.HEART_BEAT:
        yield from _heartbeat_needs(exchange)
    elif code in _LOCKS:
        yield from _lock_needs(exchange)
    for field in _NAMED.get(code, ()):
        name = fields.get(field.name, cluster if field.absent == _OWN else field.absent)
        if name is not None:
            yield topic_need(name, *field.actions) if field.kind == TOPIC else Need(field.kind, name, field.actions)


def _heartbeat_needs(exchange: Exchange) -> Iterator[Need]:
    try:
        data = HeartBeat.from_command(exchange.command).heartbeat_data
    except ProtocolError:
        return  # the handler says what is wrong with it
    for consumer in data.consumer_data_set:
        yield group_need(consumer.group_name, _SUB)
        for subscription in consumer.subscription_data_set:
            yield from _unless_for_retries(subscription.topic, _SUB)


def _lock_needs(exchange: Exchange) -> Iterator[Need]:
    try:
        locks = _LOCKS[RequestCode(exchange.command.code)].from_command(exchange.command).lock
    except ProtocolError:
        yield group_need(_NULL, _SUB)
        return
    yield group_need(locks.consumer_group, _SUB)
    for queue in locks.mq_set:
        yield from _unless_for_retries(queue.topic, _SUB)


def _unless_for_retries(topic: str, *actions: AclAction) -> Iterator[Need]:
    """Yield the need for a topic that a group consumes; its retry topic is its own."""
    if group_of_retry_topic(topic) is None:
        yield Need(TOPIC, topic, actions)


def refuse_unreadable(exchange: Exchange) -> None:
    """Refuse a request that brokers cannot read when they ask what it needs, whoever sent it.

    Raises:
        Refusal: it is a heartbeat or about locks, and its body is no object; or it creates a topic of no filter type.
    """
    code = exchange.command.code
    if code == RequestCode.HEART_BEAT or code in _LOCKS:
        try:
            is_readable = isinstance(loads(exchange.body), dict)
        except ProtocolError:
            is_readable = False
    else:
        is_readable = code != RequestCode.UPDATE_AND_CREATE_TOPIC or exchange.fields.get("topicFilterType") in _FILTERS
    if not is_readable:
        raise Refusal(ResponseCode.NO_PERMISSION, "parse authorization context error.")
