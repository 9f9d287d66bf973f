"""The table: by request and kind of server, the public calls that send it, and how their results show the answer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from client_conformance import arguments
from client_conformance.message_results import ChangedHandle, Messages, Popped, Pulled, Sent, SentHalf
from client_conformance.results import Body, Field, Nothing, OrRefused, Whole
from pyrocketmq.broker import BrokerClient
from pyrocketmq.model import ResponseCode, requests
from pyrocketmq.model.sys_flag import MessageSysFlag
from pyrocketmq.nameserver import NameServerClient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from client_conformance.arguments import Arguments, Site
    from client_conformance.results import Result
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model.declaration.header import Request


def _always(request: Any) -> bool:
    del request
    return True


@dataclass(frozen=True)
class Call:
    """One public call.

    Attributes:
        request: The request that it sends.
        method: Its name, the same on the sync and the asyncio client.
        result: How its result shows the answer.
        arguments: Makes its arguments of the request.
        when: Whether it is the call for a request.
    """

    request: type[Request[Any]]
    method: str
    result: Result
    arguments: Callable[..., Arguments] = arguments.by_name
    when: Callable[[Any], bool] = _always

    @property
    def is_of_nameserver(self) -> bool:
        """Whether clients of NameServers offer it, not those of brokers."""
        return self.request in _OF_NAMESERVERS

    @property
    def operation(self) -> Callable[..., Plan[Any]]:
        """The plan that the method carries out on either client."""
        owner = NameServerClient if self.is_of_nameserver else BrokerClient
        operation: Callable[..., Plan[Any]] = getattr(owner, self.method).__wrapped__
        return operation

    def arguments_for(self, request: Request[Any], site: Site, *, is_oneway: bool) -> Arguments:
        """Return the arguments with which the call sends a request."""
        return self.arguments(self.operation, request, site, is_oneway=is_oneway)


def _is_half(request: requests.SendMessage) -> bool:
    return bool(request.sys_flag & MessageSysFlag.TRANSACTION_PREPARED) and "PGROUP\x01" in (request.properties or "")


_END: Final = arguments.of_end
_HANDLE: Final = arguments.of_handle
_NOT_FOUND: Final = int(ResponseCode.QUERY_NOT_FOUND)
_NO_CONSUMER: Final = int(ResponseCode.SYSTEM_ERROR)

_BROKER_CALLS: Final = (
    Call(requests.SendMessageV2, "send_transaction_message", SentHalf(), arguments.of_half, _is_half),
    Call(requests.SendBatchMessage, "sync_batch_send_message", Sent(), arguments.of_batch),
    Call(requests.SendBatchMessage, "sync_batch_send_message", Sent(), arguments.of_message),
    Call(requests.SendMessageV2, "sync_send_message", Sent(), arguments.of_message),
    Call(requests.SendMessageV2, "oneway_send_message", Nothing(), arguments.of_message),
    Call(requests.SendReplyMessageV2, "send_reply_message", Sent(), arguments.of_reply),
    Call(requests.RecallMessage, "recall_message", Field("msg_id")),
    Call(requests.ConsumerSendMsgBack, "send_message_back", Nothing(), arguments.of_send_back),
    Call(requests.EndTransaction, "end_transaction", Nothing(), _END),
    Call(requests.PullMessage, "pull_message", Pulled(), arguments.of_pull),
    Call(requests.LitePullMessage, "lite_pull_message", Pulled(), arguments.of_pull),
    Call(requests.PopMessage, "pop_message", Popped()),
    Call(requests.PeekMessage, "peek_message", Messages()),
    Call(requests.Notification, "notification", Whole()),
    Call(requests.PollingInfo, "get_polling_num", Field("polling_num")),
    Call(requests.AckMessage, "ack_message", Nothing(), _HANDLE),
    Call(requests.ChangeMessageInvisibletime, "change_invisible_time", ChangedHandle(), _HANDLE),
    Call(
        requests.QueryMessage,
        "query_message_by_unique_key",
        OrRefused(Messages(), _NOT_FOUND),
        arguments.of_unique_key,
        lambda request: request.unique_key_query,
    ),
    Call(requests.QueryMessage, "query_message", OrRefused(Messages(), _NOT_FOUND)),
    Call(requests.ViewMessageById, "view_message", Messages(), arguments.of_view),
    Call(requests.QueryConsumeQueue, "query_consume_queue", Body()),
    Call(requests.QueryConsumerOffset, "query_consumer_offset", Field("offset")),
    Call(requests.UpdateConsumerOffset, "update_consumer_offset", Nothing()),
    Call(requests.SearchOffsetByTimestamp, "search_offset_by_timestamp", Field("offset")),
    Call(requests.GetMaxOffset, "get_max_offset", Field("offset")),
    Call(requests.GetMinOffset, "get_min_offset", Field("offset")),
    Call(requests.GetEarliestMsgStoretime, "get_earliest_store_time", Field("timestamp", none=-1)),
    Call(requests.InvokeBrokerToResetOffset, "reset_offset", Body("offset_table")),
    Call(requests.CloneGroupOffset, "clone_group_offset", Nothing()),
    Call(requests.GetAllConsumerOffset, "get_consumer_offsets", Body("offset_table")),
    Call(requests.HeartBeat, "heartbeat", Nothing()),
    Call(requests.UnregisterClient, "unregister_client", Nothing()),
    Call(requests.GetConsumerListByGroup, "get_consumer_list", Body("consumer_id_list", empty_is=_NO_CONSUMER)),
    Call(requests.CheckClientConfig, "check_client_config", Nothing()),
    Call(requests.LockBatchMq, "lock_queues", Body("lock_ok_mq_set")),
    Call(requests.UnlockBatchMq, "unlock_queues", Nothing()),
    Call(requests.QueryAssignment, "query_assignment", Body("message_queue_assignments")),
    Call(requests.SetMessageRequestMode, "set_message_request_mode", Nothing()),
    Call(requests.UpdateAndCreateSubscriptiongroup, "create_subscription_group", Nothing()),
    Call(requests.GetSubscriptiongroupConfig, "get_subscription_group", Body()),
    Call(requests.GetAllSubscriptiongroupConfig, "get_subscription_groups", Body("subscription_group_table")),
    Call(requests.DeleteSubscriptiongroup, "delete_subscription_group", Nothing(), arguments.of_deletion),
    Call(requests.UpdateAndGetGroupForbidden, "set_group_forbidden", Nothing(), arguments.of_forbidden),
    Call(requests.UpdateAndCreateTopic, "create_topic", Nothing(), arguments.of_new_topic),
    Call(requests.GetTopicConfig, "get_topic_config", Body()),
    Call(requests.GetAllTopicConfig, "get_topic_configs", Body("topic_config_table")),
    Call(requests.GetSystemTopicListFromBroker, "get_system_topics", Body("topic_list")),
    Call(requests.DeleteTopicInBroker, "delete_topic", Nothing()),
    Call(requests.GetTopicStatsInfo, "get_topic_stats", Body()),
    Call(requests.GetConsumeStats, "get_consume_stats", Body()),
    Call(requests.QueryConsumeTimeSpan, "query_consume_time_span", Body("consume_time_span_set")),
    Call(requests.QueryTopicConsumeByWho, "query_topic_consume_by_who", Body("group_list")),
    Call(requests.QueryTopicsByConsumer, "query_topics_by_consumer", Body("topic_list")),
    Call(requests.QuerySubscriptionByConsumer, "query_subscription_by_consumer", Body("subscription_data")),
    Call(requests.ViewBrokerStatsData, "view_broker_stats_data", Body()),
    Call(requests.GetConsumerConnectionList, "get_consumer_connections", Body()),
    Call(requests.GetProducerConnectionList, "get_producer_connections", Body("connection_set")),
    Call(requests.GetAllProducerInfo, "get_producers", Body("data")),
    Call(requests.InvokeBrokerToGetConsumerStatus, "get_consumer_status", Body("consumer_table")),
    Call(requests.GetConsumerRunningInfo, "get_consumer_running_info", Body()),
    Call(requests.ConsumeMessageDirectly, "consume_message_directly", Body()),
    Call(requests.GetBrokerConfig, "get_broker_config", Body()),
    Call(requests.UpdateBrokerConfig, "update_broker_config", Nothing()),
    Call(requests.GetBrokerRuntimeInfo, "get_broker_runtime_info", Body("table")),
    Call(requests.CleanExpiredConsumequeue, "clean_expired_consume_queue", Nothing()),
)

_NAMESERVER_CALLS: Final = (
    Call(requests.GetRouteinfoByTopic, "get_topic_route", Body()),
    Call(requests.GetBrokerClusterInfo, "get_cluster_info", Body()),
    Call(requests.GetBrokerMemberGroup, "get_broker_member_group", Body("broker_member_group")),
    Call(requests.GetAllTopicListFromNameserver, "get_all_topics", Body("topic_list")),
    Call(requests.GetTopicsByCluster, "get_topics_by_cluster", Body("topic_list")),
    Call(requests.GetSystemTopicListFromNs, "get_system_topics", Body()),
    Call(requests.DeleteTopicInNamesrv, "delete_topic", Nothing()),
    Call(requests.PutKvConfig, "put_kv_config", Nothing()),
    Call(requests.GetKvConfig, "get_kv_config", OrRefused(Field("value"), _NOT_FOUND)),
    Call(requests.GetKvlistByNamespace, "get_kv_list", Body("table", empty_is=_NOT_FOUND)),
    Call(requests.DeleteKvConfig, "delete_kv_config", Nothing()),
    Call(requests.WipeWritePermOfBroker, "wipe_write_perm_of_broker", Field("wipe_topic_count")),
    Call(requests.AddWritePermOfBroker, "add_write_perm_of_broker", Field("add_topic_count")),
    Call(requests.GetNamesrvConfig, "get_nameserver_config", Body()),
)
_OF_NAMESERVERS: Final = frozenset(call.request for call in _NAMESERVER_CALLS)

_SAME: Final[Mapping[type[Request[Any]], tuple[type[Request[Any]], ...]]] = {
    requests.SendMessageV2: (requests.SendMessage,),
    requests.SendReplyMessageV2: (requests.SendReplyMessage,),
}
"""Requests that say the same in other words: with long names for the fields."""


def _table(calls: tuple[Call, ...]) -> Mapping[int, list[Call]]:
    table: dict[int, list[Call]] = defaultdict(list)
    for call in calls:
        for request in (call.request, *_SAME.get(call.request, ())):
            table[request.CODE].append(call)
    return table


CALLS: Final[Mapping[str, Mapping[int, list[Call]]]] = {
    "broker": _table(_BROKER_CALLS),
    "namesrv": _table(_NAMESERVER_CALLS),
}
"""By kind of server and request code, the calls that may send it, the one to prefer first."""
