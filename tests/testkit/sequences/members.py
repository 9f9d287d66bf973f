"""Clients of one group: who is a member, what they subscribe, what they are told, and who has locked a queue."""

from __future__ import annotations

import time

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from requests_of import heartbeat

from pyrocketmq.model.bodies.heartbeat import ConsumerData, HeartbeatData, SubscriptionData
from pyrocketmq.model.bodies.lock import LockBatchRequestBody
from pyrocketmq.model.enums import ConsumeFromWhere, ConsumeType, MessageModel, RequestCode
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.model.requests import (
    GetConsumerConnectionList,
    GetConsumerListByGroup,
    GetMinOffset,
    GetProducerConnectionList,
    HeartBeat,
    LockBatchMq,
    QuerySubscriptionByConsumer,
    QueryTopicConsumeByWho,
    UnlockBatchMq,
    UnregisterClient,
)
from sequences.sides import LIMIT, MEMBERS, QUEUES, Side, TwoSides, expressions, queue_ids

_members = st.integers(0, MEMBERS - 1)
_topics = st.sampled_from(["", "_b", "_c"])
_subscriptions = st.dictionaries(_topics, expressions, max_size=3)


def _client_id(member: int) -> str:
    return f"c{member}"


class Members(TwoSides):
    """Members, each on a connection of its own, and the locks of queues."""

    def __init__(self) -> None:
        super().__init__()
        self.consumers: set[int] = set()
        self.producers: set[int] = set()
        self.subscribed = 0
        for side in self.sides:
            for client in side.members:
                client.pushes.clear()

    def forget_members(self) -> None:
        self.consumers.clear()
        self.producers.clear()

    @rule(
        member=_members,
        subscriptions=_subscriptions,
        consume_type=st.sampled_from([ConsumeType.CONSUME_PASSIVELY, ConsumeType.CONSUME_ACTIVELY]),
        model=st.sampled_from([MessageModel.CLUSTERING, MessageModel.BROADCASTING]),
        where=st.sampled_from([ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET, ConsumeFromWhere.CONSUME_FROM_TIMESTAMP]),
    )
    def join(
        self,
        member: int,
        subscriptions: dict[str, str],
        consume_type: ConsumeType,
        model: MessageModel,
        where: ConsumeFromWhere,
    ) -> None:
        self.subscribed += 1
        consumer = ConsumerData(
            group_name=self.group,
            consume_type=consume_type,
            message_model=model,
            consume_from_where=where,
            subscription_data_set=[
                SubscriptionData(
                    topic=self.topic + suffix,
                    sub_string=expression,
                    tags_set=[] if expression == "*" else expression.split(" || "),
                    sub_version=self.subscribed,
                )
                for suffix, expression in subscriptions.items()
            ],
        )
        data = HeartbeatData(client_id=_client_id(member), consumer_data_set=[consumer])
        self.same_by(member, HeartBeat(heartbeat_data=data))
        self.consumers.add(member)
        self.told_the_same()

    @rule(member=_members)
    def produce(self, member: int) -> None:
        self.same_by(member, heartbeat(_client_id(member), producer=self.group))
        self.producers.add(member)
        self.told_the_same()

    @precondition(lambda self: self.consumers or self.producers)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        member = data.draw(st.sampled_from(sorted(self.consumers | self.producers)))
        self.take_out(member)

    def take_out(self, member: int) -> None:
        group = {
            "consumer_group": self.group if member in self.consumers else None,
            "producer_group": self.group if member in self.producers else None,
        }
        self.same_by(member, UnregisterClient(client_id=_client_id(member), **group))
        self.consumers.discard(member)
        self.producers.discard(member)
        self.told_the_same()

    @precondition(lambda self: self.consumers)
    @rule(data=st.data())
    def lose_a_connection(self, data: st.DataObject) -> None:
        member = data.draw(st.sampled_from(sorted(self.consumers)))
        self.consumers.discard(member)
        self.producers.discard(member)
        for side in self.sides:
            side.reconnect_member(member)
            self.gone(side, _client_id(member))
        self.told_the_same()

    def gone(self, side: Side, client_id: str) -> None:
        """Wait until a server has seen that a connection has ended."""
        deadline = time.monotonic() + LIMIT
        while True:
            answer = side.client.call(GetConsumerListByGroup(consumer_group=self.group))
            if answer.code or client_id not in (
                GetConsumerListByGroup.REPLY.from_command(answer).consumer_list.consumer_id_list
            ):
                return
            assert time.monotonic() < deadline, f"{client_id} is a member without a connection"

    def told_the_same(self) -> None:
        """Compare what the servers have told the members; on one connection a later answer comes after it."""
        for member in range(MEMBERS):
            self.same_by(member, GetMinOffset(topic=self.topic, queue_id=0))
            told = []
            for side in self.sides:
                pushes = side.members[member].pushes
                told.append([(RequestCode(push.code), push.ext_fields, push.body) for push in pushes])
                pushes.clear()
            assert told[0] == told[1], f"{_client_id(member)} was told {told[0]} by the first, {told[1]} by the second"

    @rule()
    def ask_members(self) -> None:
        self.same(GetConsumerListByGroup(consumer_group=self.group))
        self.same(GetConsumerConnectionList(consumer_group=self.group))
        self.same(GetProducerConnectionList(producer_group=self.group))

    @rule(suffix=_topics)
    def ask_subscriptions(self, suffix: str) -> None:
        self.same(QuerySubscriptionByConsumer(group=self.group, topic=self.topic + suffix))
        self.same(QueryTopicConsumeByWho(topic=self.topic + suffix))

    @rule(member=_members, queues=st.lists(queue_ids, unique=True, max_size=QUEUES), locks=st.booleans())
    def lock(self, member: int, queues: list[int], locks: bool) -> None:
        body = LockBatchRequestBody(
            consumer_group=self.group,
            client_id=_client_id(member),
            mq_set=[MessageQueue(self.topic, self.broker_name, queue_id) for queue_id in queues],
        )
        self.same_by(member, LockBatchMq(lock=body) if locks else UnlockBatchMq(lock=body))

    def teardown(self) -> None:
        for member in sorted(self.consumers | self.producers):
            self.take_out(member)
        super().teardown()
