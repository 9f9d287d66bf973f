"""Which queues a consumer should take, and whether it should pull or pop them (5.x)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.bodies.pop import (
    MessageQueueAssignment,
    MessageRequestModeSerializeWrapper,
    QueryAssignmentResponseBody,
    SetMessageRequestModeRequestBody,
)
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import MessageModel, MessageRequestMode, ResponseCode
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.model.requests import (
    GetAllMessageRequestMode,
    GetAllMessageRequestModeReply,
    QueryAssignment,
    QueryAssignmentReply,
    SetMessageRequestMode,
)
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import Refusal
from pyrocketmq.testkit.store.topics import is_retry_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrocketmq.model.bodies.pop import QueryAssignmentRequestBody
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange

_ALL_QUEUES: Final = -1


class _EmptyAssignment(QueryAssignmentReply):
    """The answer to a question that has none."""

    def encode_body(self) -> bytes:
        return b"{}"


_NOTHING: Final = QueryAssignmentResponseBody()


@BROKER.handles(QueryAssignment)
def query_assignment(broker: BrokerServer, request: QueryAssignment, exchange: Exchange) -> QueryAssignmentReply:
    """Divide the queues of a topic among the members of a group, and give one of them its share."""
    question = request.assignment
    queues = _queues_of(broker, question.topic)
    mode = _mode_of(broker, question.topic, question.consumer_group)
    if not queues:
        return _EmptyAssignment(assignment=_NOTHING)
    if question.message_model == MessageModel.BROADCASTING:
        return _reply(queues, MessageRequestMode.PULL)
    group = broker.consumers.get(question.consumer_group)
    members = sorted({channel.client_id for channel in group.channels.values()}) if group is not None else []
    if question.client_id not in members:
        return _EmptyAssignment(assignment=_NOTHING)
    if mode.mode == MessageRequestMode.POP:
        return _reply(_shared(queues, members, question, mode.pop_share_queue_num), MessageRequestMode.POP)
    allocate = _STRATEGIES.get(question.strategy_name)
    if allocate is None:
        return _EmptyAssignment(assignment=_NOTHING)
    share = allocate(queues, len(members), members.index(question.client_id))
    return _reply(share, MessageRequestMode.PULL)


def _reply(queues: Sequence[MessageQueue], mode: MessageRequestMode) -> QueryAssignmentReply:
    assignments = [MessageQueueAssignment(message_queue=queue, mode=mode) for queue in queues]
    return QueryAssignmentReply(assignment=QueryAssignmentResponseBody(message_queue_assignments=assignments))


def _queues_of(broker: BrokerServer, topic: str) -> list[MessageQueue]:
    """Return all queues of a topic that can be read, on all brokers, in order."""
    for nameserver in broker.nameservers:
        route = nameserver.routes.route(topic)
        if route is not None:
            return sorted(
                MessageQueue(topic, queue.broker_name, queue_id)
                for queue in route.queue_datas
                for queue_id in range(queue.read_queue_nums)
            )
    return []


def _shared(
    queues: list[MessageQueue], members: list[str], question: QueryAssignmentRequestBody, shared: int
) -> list[MessageQueue]:
    """Return what a popping member takes: all brokers, or the shares of its neighbours as well as its own."""
    if shared <= 0 or shared >= len(members) - 1:
        brokers = sorted({queue.broker_name for queue in queues})
        return [MessageQueue(question.topic, broker_name, _ALL_QUEUES) for broker_name in brokers]
    own = members.index(question.client_id)
    share: list[MessageQueue] = []
    for turn in range(shared + 1):
        share += _average(queues, len(members), (own + turn) % len(members))
    return share


def _average(queues: Sequence[MessageQueue], members: int, index: int) -> list[MessageQueue]:
    """Give each member a run of queues; the first ones get one more if they cannot be divided."""
    size, more = divmod(len(queues), members)
    start = index * size + min(index, more)
    return list(queues[start : start + size + (index < more)])


def _by_circle(queues: Sequence[MessageQueue], members: int, index: int) -> list[MessageQueue]:
    """Deal the queues out like cards."""
    return list(queues[index::members])


_STRATEGIES: Final = {"AVG": _average, "AVG_BY_CIRCLE": _by_circle}


@BROKER.handles(SetMessageRequestMode)
def set_message_request_mode(broker: BrokerServer, request: SetMessageRequestMode, exchange: Exchange) -> EmptyReply:
    """Say whether a group pulls or pops a topic."""
    mode = request.mode
    if is_retry_topic(mode.topic):
        raise Refusal(ResponseCode.NO_PERMISSION, "retry topic is not allowed to set mode")
    if broker.topics.get(mode.topic) is None:
        raise Refusal(ResponseCode.TOPIC_NOT_EXIST, f"topic[{mode.topic}] not exist")
    broker.request_modes.setdefault(mode.topic, {})[mode.consumer_group] = mode
    return EmptyReply()


@BROKER.handles(GetAllMessageRequestMode)
def get_all_message_request_mode(
    broker: BrokerServer, request: GetAllMessageRequestMode, exchange: Exchange
) -> GetAllMessageRequestModeReply:
    """Give all modes that were set."""
    return GetAllMessageRequestModeReply(
        modes=MessageRequestModeSerializeWrapper(message_request_mode_map=broker.request_modes)
    )


def _mode_of(broker: BrokerServer, topic: str, group: str) -> SetMessageRequestModeRequestBody:
    mode = broker.request_modes.get(topic, {}).get(group)
    return SetMessageRequestModeRequestBody(topic=topic, consumer_group=group) if mode is None else mode
