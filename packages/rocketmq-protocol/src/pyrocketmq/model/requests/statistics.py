"""Statistics of topics, groups and brokers."""

from __future__ import annotations

from pyrocketmq.model.bodies.statistics import (
    BrokerStatsData,
    ConsumeStats,
    ConsumeStatsList,
    QueryConsumeTimeSpanBody,
    TopicStatsTable,
)
from pyrocketmq.model.bodies.subscription_group import GroupList, QuerySubscriptionResponseBody
from pyrocketmq.model.bodies.topic import TopicList
from pyrocketmq.model.declaration import Reply, Request, body
from pyrocketmq.model.declaration.body_codec import FastjsonBodyCodec
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.requests.base import TopicRequest


class GetTopicStatsInfoReply(Reply):
    """Ends of all queues of a topic."""

    stats: TopicStatsTable = body(FastjsonBodyCodec(TopicStatsTable))


class GetTopicStatsInfo(TopicRequest[GetTopicStatsInfoReply], code=RequestCode.GET_TOPIC_STATS_INFO):
    """Ask for the ends of all queues of a topic. Refusal 17: there is none."""

    topic: str


class GetConsumeStatsReply(Reply):
    """Where a group stands."""

    stats: ConsumeStats = body(FastjsonBodyCodec(ConsumeStats))


class GetConsumeStats(TopicRequest[GetConsumeStatsReply], code=RequestCode.GET_CONSUME_STATS):
    """Ask where a group stands; an unknown one has an empty table.

    Attributes:
        consumer_group: The group.
        topic: One topic only; by default all that it consumes.
        topic_list: Several topics, joined by `;` (5.x).
    """

    consumer_group: str
    topic: str | None = None
    topic_list: str | None = None


class GetBrokerConsumeStatsReply(Reply):
    """Where all groups stand."""

    stats: ConsumeStatsList = body(FastjsonBodyCodec(ConsumeStatsList))


class GetBrokerConsumeStats(Request[GetBrokerConsumeStatsReply], code=RequestCode.GET_BROKER_CONSUME_STATS):
    """Ask where all groups of a broker stand.

    Attributes:
        is_order: Whether only orderly ones.
    """

    is_order: bool


class QueryTopicConsumeByWhoReply(Reply):
    """Groups that consume a topic."""

    groups: GroupList = body(FastjsonBodyCodec(GroupList))


class QueryTopicConsumeByWho(TopicRequest[QueryTopicConsumeByWhoReply], code=RequestCode.QUERY_TOPIC_CONSUME_BY_WHO):
    """Ask which groups consume a topic."""

    topic: str


class QueryTopicsByConsumerReply(Reply):
    """Topics that a group consumes."""

    topics: TopicList = body(FastjsonBodyCodec(TopicList))


class QueryTopicsByConsumer(
    Request[QueryTopicsByConsumerReply], code=RequestCode.QUERY_TOPICS_BY_CONSUMER, since="5.0.0"
):
    """Ask which topics a group consumes."""

    group: str


class QuerySubscriptionByConsumerReply(Reply):
    """What a group subscribes of a topic."""

    subscription: QuerySubscriptionResponseBody = body(FastjsonBodyCodec(QuerySubscriptionResponseBody))


class QuerySubscriptionByConsumer(
    TopicRequest[QuerySubscriptionByConsumerReply], code=RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER, since="5.0.0"
):
    """Ask what a group subscribes of a topic."""

    group: str
    topic: str


class QueryConsumeTimeSpanReply(Reply):
    """What periods the queues of a topic cover."""

    time_spans: QueryConsumeTimeSpanBody = body(FastjsonBodyCodec(QueryConsumeTimeSpanBody))


class QueryConsumeTimeSpan(TopicRequest[QueryConsumeTimeSpanReply], code=RequestCode.QUERY_CONSUME_TIME_SPAN):
    """Ask what periods the queues of a topic cover, and how far a group is in them. Refusal 17: there is none."""

    topic: str
    group: str


class ViewBrokerStatsDataReply(Reply):
    """One statistic."""

    stats: BrokerStatsData = body(FastjsonBodyCodec(BrokerStatsData))


class ViewBrokerStatsData(Request[ViewBrokerStatsDataReply], code=RequestCode.VIEW_BROKER_STATS_DATA):
    """Ask for one statistic of a broker. Refusal 1: there is none.

    Attributes:
        stats_name: `TOPIC_PUT_NUMS` and `TOPIC_PUT_SIZE` by topic; `GROUP_GET_NUMS`, `GROUP_GET_SIZE`,
            `GROUP_GET_LATENCY` and `SNDBCK_PUT_NUMS` by `topic@group`; `BROKER_PUT_NUMS` and `BROKER_GET_NUMS` by
            cluster; `GROUP_GET_FALL_SIZE` and `GROUP_GET_FALL_TIME` by `queue@topic@group`.
        stats_key: Of what.
    """

    stats_name: str
    stats_key: str
