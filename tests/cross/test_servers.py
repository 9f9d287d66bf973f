"""Real servers take our frames, in both encodings of the header, and we read what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from pyrocketmq.model.batch import BatchRecord, encode_batch
from pyrocketmq.model.bodies import (
    BatchAckMessageRequestBody,
    CheckClientRequestBody,
    ConsumerData,
    HeartbeatData,
    LockBatchRequestBody,
    ProducerData,
    QueryAssignmentRequestBody,
    SubscriptionData,
    SubscriptionGroupConfig,
)
from pyrocketmq.model.enums import LanguageCode, ResponseCode, SerializeType
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.model.message_id import decode_offset_message_id
from pyrocketmq.model.pop import ReceiptHandle
from pyrocketmq.model.requests import (
    AckMessage,
    AuthListAcl,
    AuthListUser,
    BatchAckMessage,
    ChangeMessageInvisibletime,
    CheckClientConfig,
    ConsumerSendMsgBack,
    DeleteKvConfig,
    EndTransaction,
    GetAllConsumerOffset,
    GetAllDelayOffset,
    GetAllMessageRequestMode,
    GetAllProducerInfo,
    GetAllSubscriptiongroupConfig,
    GetAllTopicConfig,
    GetAllTopicListFromNameserver,
    GetBrokerClusterInfo,
    GetBrokerConfig,
    GetBrokerConsumeStats,
    GetBrokerMemberGroup,
    GetBrokerMemberGroupReply,
    GetBrokerRuntimeInfo,
    GetColdDataFlowCtrInfo,
    GetConsumerConnectionList,
    GetConsumerListByGroup,
    GetConsumerRunningInfo,
    GetConsumeStats,
    GetEarliestMsgStoretime,
    GetKvConfig,
    GetKvlistByNamespace,
    GetMaxOffset,
    GetMinOffset,
    GetNamesrvConfig,
    GetProducerConnectionList,
    GetProducerConnectionListReply,
    GetRouteinfoByTopic,
    GetSubscriptiongroupConfig,
    GetSystemTopicListFromBroker,
    GetSystemTopicListFromNs,
    GetTimerCheckPoint,
    GetTimerMetrics,
    GetTopicConfig,
    GetTopicsByCluster,
    GetTopicStatsInfo,
    HeartBeat,
    LitePullMessage,
    LockBatchMq,
    Notification,
    PeekMessage,
    PollingInfo,
    PopMessage,
    PullMessage,
    PutKvConfig,
    QueryAssignment,
    QueryConsumeQueue,
    QueryConsumerOffset,
    QueryConsumeTimeSpan,
    QueryCorrectionOffset,
    QueryMessage,
    QuerySubscriptionByConsumer,
    QueryTopicConsumeByWho,
    QueryTopicsByConsumer,
    RecallMessage,
    SearchOffsetByTimestamp,
    SendBatchMessage,
    SendMessage,
    SendMessageReply,
    SendMessageV2,
    UnlockBatchMq,
    UnregisterClient,
    UpdateAndCreateSubscriptiongroup,
    UpdateAndCreateTopic,
    UpdateConsumerOffset,
    ViewBrokerStatsData,
    ViewMessageById,
)
from pyrocketmq.model.subscription import tag_hash
from pyrocketmq.remote import Remote, RemoteConfig, RemoteTimeoutError

if TYPE_CHECKING:
    from pyrocketmq.model.declaration import Request
    from real_rocketmq.pytest_plugin import Server

pytestmark = pytest.mark.real(only=True)

TOPIC: Final = "cross-frames"
GROUP: Final = "cross-frames-group"
CLIENT: Final = "127.0.0.1@cross-frames"
CLUSTER: Final = "DefaultCluster"
QUEUE: Final = MessageQueue(TOPIC, "broker-a", 0)
SUBSCRIPTION: Final = SubscriptionData(
    topic=TOPIC, sub_string="TagA || TagB", tags_set=["TagA", "TagB"], code_set=[tag_hash("TagA"), tag_hash("TagB")]
)
LOCK: Final = LockBatchRequestBody(consumer_group=GROUP, client_id=CLIENT, mq_set=[QUEUE])
OF_QUEUE: Final[dict[str, Any]] = {"topic": TOPIC, "queue_id": 0}
OF_GROUP: Final[dict[str, Any]] = {"consumer_group": GROUP, **OF_QUEUE}
SEND: Final[dict[str, Any]] = {"producer_group": GROUP, **OF_QUEUE, "born_timestamp": 1_700_000_000_000}
HANDLE: Final = str(ReceiptHandle(0, 1_700_000_000_000, 60_000, 0, "0", "broker-a", 0, 0))

TO_NAMESERVER: Final[list[Request[Any]]] = [
    PutKvConfig(namespace=TOPIC, key="Schlüssel", value="值"),
    GetKvConfig(namespace=TOPIC, key="absent"),
    GetKvlistByNamespace(namespace=TOPIC),
    DeleteKvConfig(namespace=TOPIC, key="Schlüssel"),
    GetRouteinfoByTopic(topic=TOPIC),
    GetBrokerClusterInfo(),
    GetAllTopicListFromNameserver(),
    GetTopicsByCluster(cluster=CLUSTER),
    GetSystemTopicListFromNs(),
    GetNamesrvConfig(),
]
TO_BROKER: Final[list[Request[Any]]] = [
    UpdateAndCreateTopic(topic=TOPIC, read_queue_nums=4, write_queue_nums=4),
    UpdateAndCreateSubscriptiongroup(config=SubscriptionGroupConfig(group_name=GROUP)),
    HeartBeat(
        heartbeat_data=HeartbeatData(
            client_id=CLIENT,
            producer_data_set=[ProducerData(group_name=GROUP)],
            consumer_data_set=[ConsumerData(group_name=GROUP, subscription_data_set=[SUBSCRIPTION])],
        )
    ),
    UnregisterClient(client_id=CLIENT, producer_group=GROUP, consumer_group=GROUP),
    CheckClientConfig(
        client_config=CheckClientRequestBody(client_id=CLIENT, group=GROUP, subscription_data=SUBSCRIPTION)
    ),
    SendMessage(**SEND, properties="TAGS\x01Grün\x02", body=b"body"),
    SendMessageV2(**SEND, properties="KEYS\x01鍵\x02", body=b"body"),
    SendBatchMessage(**SEND, body=encode_batch([BatchRecord(b"one", 0, "TAGS\x01a\x02"), BatchRecord(b"two")])),
    PullMessage(**OF_GROUP, queue_offset=0, sys_flag=4, subscription="*", max_msg_nums=1),
    LitePullMessage(**OF_GROUP, queue_offset=0, sys_flag=4, subscription="*", max_msg_nums=1),
    PeekMessage(**OF_GROUP, max_msg_nums=1),
    PopMessage(
        **OF_GROUP,
        max_msg_nums=1,
        invisible_time=60_000,
        poll_time=0,
        born_time=0,
        init_mode=0,
        exp_type="TAG",
        exp="*",
    ),
    AckMessage(**OF_GROUP, extra_info=HANDLE, offset=0),
    ChangeMessageInvisibletime(**OF_GROUP, extra_info=HANDLE, offset=0, invisible_time=60_000),
    BatchAckMessage(batch_ack=BatchAckMessageRequestBody(broker_name="broker-a", acks=[])),
    Notification(**OF_GROUP, poll_time=0, born_time=0),
    PollingInfo(**OF_GROUP),
    QueryAssignment(
        assignment=QueryAssignmentRequestBody(topic=TOPIC, consumer_group=GROUP, client_id=CLIENT, strategy_name="AVG")
    ),
    GetAllMessageRequestMode(),
    RecallMessage(producer_group=GROUP, topic=TOPIC, recall_handle="v1"),
    ConsumerSendMsgBack(offset=0, group=GROUP, delay_level=1, origin_msg_id="id", origin_topic=TOPIC),
    EndTransaction(
        producer_group=GROUP,
        tran_state_table_offset=0,
        commit_log_offset=0,
        commit_or_rollback=8,
        msg_id="id",
        topic=TOPIC,
    ),
    QueryMessage(topic=TOPIC, key="key", max_num=1, begin_timestamp=0, end_timestamp=2**62),
    ViewMessageById(offset=0),
    UpdateConsumerOffset(**OF_GROUP, commit_offset=0),
    QueryConsumerOffset(**OF_GROUP),
    SearchOffsetByTimestamp(**OF_QUEUE, timestamp=0, boundary_type="upper"),
    GetMaxOffset(**OF_QUEUE),
    GetMinOffset(**OF_QUEUE),
    GetEarliestMsgStoretime(**OF_QUEUE),
    LockBatchMq(lock=LOCK),
    UnlockBatchMq(lock=LOCK),
    GetAllTopicConfig(),
    GetAllSubscriptiongroupConfig(),
    GetAllConsumerOffset(),
    GetAllDelayOffset(),
    GetAllProducerInfo(),
    GetTopicConfig(topic=TOPIC),
    GetSubscriptiongroupConfig(group=GROUP),
    GetBrokerConfig(),
    GetBrokerRuntimeInfo(),
    GetBrokerConsumeStats(is_order=False),
    GetTopicStatsInfo(topic=TOPIC),
    GetConsumeStats(consumer_group=GROUP, topic=TOPIC),
    GetConsumerListByGroup(consumer_group=GROUP),
    GetConsumerConnectionList(consumer_group=GROUP),
    GetProducerConnectionList(producer_group=GROUP),
    GetConsumerRunningInfo(consumer_group=GROUP, client_id=CLIENT),
    GetSystemTopicListFromBroker(),
    GetTimerCheckPoint(),
    GetTimerMetrics(),
    GetColdDataFlowCtrInfo(),
    QueryTopicConsumeByWho(topic=TOPIC),
    QueryTopicsByConsumer(group=GROUP),
    QuerySubscriptionByConsumer(group=GROUP, topic=TOPIC),
    QueryConsumeTimeSpan(topic=TOPIC, group=GROUP),
    QueryCorrectionOffset(compare_group=GROUP, topic=TOPIC),
    QueryConsumeQueue(**OF_QUEUE, index=0, count=10, consumer_group=GROUP),
    ViewBrokerStatsData(stats_name="TOPIC_PUT_NUMS", stats_key=TOPIC),
    AuthListUser(),
    AuthListAcl(),
]
REFUSALS: Final[dict[type[Request[Any]], ResponseCode]] = {
    GetKvConfig: ResponseCode.QUERY_NOT_FOUND,
    GetKvlistByNamespace: ResponseCode.QUERY_NOT_FOUND,
    QueryMessage: ResponseCode.QUERY_NOT_FOUND,
    BatchAckMessage: ResponseCode.NO_MESSAGE,
    RecallMessage: ResponseCode.NO_PERMISSION,
    GetConsumerConnectionList: ResponseCode.CONSUMER_NOT_ONLINE,
    GetConsumerListByGroup: ResponseCode.SYSTEM_ERROR,  # nobody is connected
    GetConsumerRunningInfo: ResponseCode.SYSTEM_ERROR,
    GetProducerConnectionList: ResponseCode.SYSTEM_ERROR,
    EndTransaction: ResponseCode.SYSTEM_ERROR,  # there is no such half message
    AuthListUser: ResponseCode.SYSTEM_ERROR,  # access control is off
    AuthListAcl: ResponseCode.SYSTEM_ERROR,
}
"""Why the servers of these tests may refuse what they have understood."""


def name_of(value: object) -> str:
    return value.name if isinstance(value, SerializeType) else type(value).__name__


@pytest.fixture(scope="session")
def server_with_topic(server: Server) -> Server:
    """A server that has the topic, the group, a message and an offset."""
    prepared = [
        UpdateAndCreateTopic(topic=TOPIC, read_queue_nums=4, write_queue_nums=4),
        UpdateAndCreateSubscriptiongroup(config=SubscriptionGroupConfig(group_name=GROUP)),
        SendMessage(**SEND, body=b"body"),
        UpdateConsumerOffset(**OF_GROUP, commit_offset=0),
    ]
    with Remote(server.broker_address) as remote:
        for request in prepared:
            assert remote.invoke(request).code == ResponseCode.SUCCESS
    return server


@pytest.fixture(scope="session")
def position(server_with_topic: Server) -> int:
    """Where in the commit log a message of the topic is; other tests use the same broker."""
    with Remote(server_with_topic.broker_address) as remote:
        reply = SendMessage.REPLY.from_command(remote.invoke(SendMessage(**SEND, body=b"body")))
    assert isinstance(reply, SendMessageReply)
    return decode_offset_message_id(reply.msg_id).commit_log_offset


@pytest.mark.parametrize("serializer", SerializeType, ids=name_of)
@pytest.mark.parametrize("question", TO_BROKER, ids=name_of)
def test_broker(question: Request[Any], serializer: SerializeType, server_with_topic: Server, position: int) -> None:
    if isinstance(question, ConsumerSendMsgBack | ViewMessageById):
        question = question.replace(offset=position)
    with Remote(server_with_topic.broker_address, RemoteConfig(serializer=serializer)) as remote:
        answer = remote.invoke(question)
    if server_with_topic.version.startswith("4.") and (question.SINCE or "").startswith("5."):
        assert answer.code == ResponseCode.REQUEST_CODE_NOT_SUPPORTED
    elif answer.code in question.RESULTS:
        question.REPLY.from_command(answer)
    else:
        assert answer.code == REFUSALS.get(type(question)), answer.remark


@pytest.mark.parametrize("serializer", SerializeType, ids=name_of)
@pytest.mark.parametrize("question", TO_NAMESERVER, ids=name_of)
def test_nameserver(question: Request[Any], serializer: SerializeType, server_with_topic: Server) -> None:
    with Remote(server_with_topic.namesrv_address, RemoteConfig(serializer=serializer)) as remote:
        answer = remote.invoke(question)
    if answer.code in question.RESULTS:
        question.REPLY.from_command(answer)
    else:
        assert answer.code == REFUSALS.get(type(question)), answer.remark


def test_members_of_a_broker_group(server_with_topic: Server) -> None:
    """A NameServer of 4.9 does not answer what it does not know."""
    question = GetBrokerMemberGroup(cluster_name=CLUSTER, broker_name="broker-a")
    with Remote(server_with_topic.namesrv_address) as remote:
        if server_with_topic.version.startswith("4."):
            with pytest.raises(RemoteTimeoutError):
                remote.invoke(question, timeout=0.5)
        else:
            reply = GetBrokerMemberGroup.REPLY.from_command(remote.invoke(question))
            assert isinstance(reply, GetBrokerMemberGroupReply)


def test_clients_in_languages_that_a_server_does_not_know(server_with_topic: Server) -> None:
    group = "cross-frames-languages"
    heartbeat = HeartBeat(
        heartbeat_data=HeartbeatData(client_id=CLIENT, producer_data_set=[ProducerData(group_name=group)])
    )
    with Remote(server_with_topic.broker_address) as remote:
        remote.invoke(heartbeat.to_command(language=LanguageCode.NODE_JS))
        answer = remote.invoke(GetProducerConnectionList(producer_group=group))
    (connection,) = GetProducerConnectionListReply.from_command(answer).connections.connection_set
    assert connection.language == (None if server_with_topic.version.startswith("4.") else "NODE_JS")
