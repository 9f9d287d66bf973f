"""Requests as commands, for those who work with commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec

from pyrocketmq.model import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.model.declaration import Request

P = ParamSpec("P")


def command_of(request: Callable[P, Request[Any]]) -> staticmethod[P, RemotingCommand]:
    """Return a function with the parameters of a request that makes its command."""

    def make(*args: P.args, **fields: P.kwargs) -> RemotingCommand:
        return request(*args, **fields).to_command()

    make.__doc__ = request.__doc__
    return staticmethod(make)


class RemotingRequestFactory:
    """Makes the command of any request.

    There is a method for each request class in `pyrocketmq.model.requests`, under the name of its code in lower case;
    its keywords are the request's fields, the body among them. Commands have opaque 0; whoever sends one gives it its
    own (`RemotingCommand.to_frame`).

    Example:
        >>> command = RemotingRequestFactory.query_consumer_offset(consumer_group="billing", topic="orders", queue_id=0)
        >>> command.ext_fields
        {'consumerGroup': 'billing', 'topic': 'orders', 'queueId': '0'}
    """

    ack_message = command_of(requests.AckMessage)
    add_broker = command_of(requests.AddBroker)
    add_write_perm_of_broker = command_of(requests.AddWritePermOfBroker)
    auth_create_acl = command_of(requests.AuthCreateAcl)
    auth_create_user = command_of(requests.AuthCreateUser)
    auth_delete_acl = command_of(requests.AuthDeleteAcl)
    auth_delete_user = command_of(requests.AuthDeleteUser)
    auth_get_acl = command_of(requests.AuthGetAcl)
    auth_get_user = command_of(requests.AuthGetUser)
    auth_list_acl = command_of(requests.AuthListAcl)
    auth_list_user = command_of(requests.AuthListUser)
    auth_update_acl = command_of(requests.AuthUpdateAcl)
    auth_update_user = command_of(requests.AuthUpdateUser)
    batch_ack_message = command_of(requests.BatchAckMessage)
    broker_heartbeat = command_of(requests.BrokerHeartbeat)
    change_message_invisibletime = command_of(requests.ChangeMessageInvisibletime)
    check_client_config = command_of(requests.CheckClientConfig)
    check_rocksdb_cq_write_progress = command_of(requests.CheckRocksdbCqWriteProgress)
    check_transaction_state = command_of(requests.CheckTransactionState)
    clean_expired_consumequeue = command_of(requests.CleanExpiredConsumequeue)
    clean_unused_topic = command_of(requests.CleanUnusedTopic)
    clone_group_offset = command_of(requests.CloneGroupOffset)
    consume_message_directly = command_of(requests.ConsumeMessageDirectly)
    consumer_send_msg_back = command_of(requests.ConsumerSendMsgBack)
    delete_acl_config = command_of(requests.DeleteAclConfig)
    delete_expired_commitlog = command_of(requests.DeleteExpiredCommitlog)
    delete_kv_config = command_of(requests.DeleteKvConfig)
    delete_subscriptiongroup = command_of(requests.DeleteSubscriptiongroup)
    delete_topic_in_broker = command_of(requests.DeleteTopicInBroker)
    delete_topic_in_namesrv = command_of(requests.DeleteTopicInNamesrv)
    end_transaction = command_of(requests.EndTransaction)
    exchange_broker_ha_info = command_of(requests.ExchangeBrokerHaInfo)
    export_rocksdb_config_to_json = command_of(requests.ExportRocksdbConfigToJson)
    get_all_consumer_offset = command_of(requests.GetAllConsumerOffset)
    get_all_delay_offset = command_of(requests.GetAllDelayOffset)
    get_all_message_request_mode = command_of(requests.GetAllMessageRequestMode)
    get_all_producer_info = command_of(requests.GetAllProducerInfo)
    get_all_subscriptiongroup_config = command_of(requests.GetAllSubscriptiongroupConfig)
    get_all_topic_config = command_of(requests.GetAllTopicConfig)
    get_all_topic_list_from_nameserver = command_of(requests.GetAllTopicListFromNameserver)
    get_broker_cluster_acl_config = command_of(requests.GetBrokerClusterAclConfig)
    get_broker_cluster_acl_info = command_of(requests.GetBrokerClusterAclInfo)
    get_broker_cluster_info = command_of(requests.GetBrokerClusterInfo)
    get_broker_config = command_of(requests.GetBrokerConfig)
    get_broker_consume_stats = command_of(requests.GetBrokerConsumeStats)
    get_broker_epoch_cache = command_of(requests.GetBrokerEpochCache)
    get_broker_ha_status = command_of(requests.GetBrokerHaStatus)
    get_broker_member_group = command_of(requests.GetBrokerMemberGroup)
    get_broker_runtime_info = command_of(requests.GetBrokerRuntimeInfo)
    get_cold_data_flow_ctr_info = command_of(requests.GetColdDataFlowCtrInfo)
    get_consume_stats = command_of(requests.GetConsumeStats)
    get_consumer_connection_list = command_of(requests.GetConsumerConnectionList)
    get_consumer_list_by_group = command_of(requests.GetConsumerListByGroup)
    get_consumer_running_info = command_of(requests.GetConsumerRunningInfo)
    get_consumer_status_from_client = command_of(requests.GetConsumerStatusFromClient)
    get_earliest_msg_storetime = command_of(requests.GetEarliestMsgStoretime)
    get_has_unit_sub_topic_list = command_of(requests.GetHasUnitSubTopicList)
    get_has_unit_sub_ununit_topic_list = command_of(requests.GetHasUnitSubUnunitTopicList)
    get_kv_config = command_of(requests.GetKvConfig)
    get_kvlist_by_namespace = command_of(requests.GetKvlistByNamespace)
    get_max_offset = command_of(requests.GetMaxOffset)
    get_min_offset = command_of(requests.GetMinOffset)
    get_namesrv_config = command_of(requests.GetNamesrvConfig)
    get_producer_connection_list = command_of(requests.GetProducerConnectionList)
    get_routeinfo_by_topic = command_of(requests.GetRouteinfoByTopic)
    get_subscriptiongroup_config = command_of(requests.GetSubscriptiongroupConfig)
    get_system_topic_list_from_broker = command_of(requests.GetSystemTopicListFromBroker)
    get_system_topic_list_from_ns = command_of(requests.GetSystemTopicListFromNs)
    get_timer_check_point = command_of(requests.GetTimerCheckPoint)
    get_timer_metrics = command_of(requests.GetTimerMetrics)
    get_topic_config = command_of(requests.GetTopicConfig)
    get_topic_stats_info = command_of(requests.GetTopicStatsInfo)
    get_topics_by_cluster = command_of(requests.GetTopicsByCluster)
    get_unit_topic_list = command_of(requests.GetUnitTopicList)
    heart_beat = command_of(requests.HeartBeat)
    invoke_broker_to_get_consumer_status = command_of(requests.InvokeBrokerToGetConsumerStatus)
    invoke_broker_to_reset_offset = command_of(requests.InvokeBrokerToResetOffset)
    lite_pull_message = command_of(requests.LitePullMessage)
    lock_batch_mq = command_of(requests.LockBatchMq)
    notification = command_of(requests.Notification)
    notify_consumer_ids_changed = command_of(requests.NotifyConsumerIdsChanged)
    notify_min_broker_id_change = command_of(requests.NotifyMinBrokerIdChange)
    peek_message = command_of(requests.PeekMessage)
    polling_info = command_of(requests.PollingInfo)
    pop_message = command_of(requests.PopMessage)
    pop_rollback = command_of(requests.PopRollback)
    pull_message = command_of(requests.PullMessage)
    push_reply_message_to_client = command_of(requests.PushReplyMessageToClient)
    put_kv_config = command_of(requests.PutKvConfig)
    query_assignment = command_of(requests.QueryAssignment)
    query_consume_queue = command_of(requests.QueryConsumeQueue)
    query_consume_time_span = command_of(requests.QueryConsumeTimeSpan)
    query_consumer_offset = command_of(requests.QueryConsumerOffset)
    query_correction_offset = command_of(requests.QueryCorrectionOffset)
    query_data_version = command_of(requests.QueryDataVersion)
    query_message = command_of(requests.QueryMessage)
    query_subscription_by_consumer = command_of(requests.QuerySubscriptionByConsumer)
    query_topic_consume_by_who = command_of(requests.QueryTopicConsumeByWho)
    query_topics_by_consumer = command_of(requests.QueryTopicsByConsumer)
    recall_message = command_of(requests.RecallMessage)
    register_broker = command_of(requests.RegisterBroker)
    register_topic_in_namesrv = command_of(requests.RegisterTopicInNamesrv)
    remove_broker = command_of(requests.RemoveBroker)
    remove_cold_data_flow_ctr_config = command_of(requests.RemoveColdDataFlowCtrConfig)
    reset_consumer_client_offset = command_of(requests.ResetConsumerClientOffset)
    reset_master_flush_offset = command_of(requests.ResetMasterFlushOffset)
    resume_check_half_message = command_of(requests.ResumeCheckHalfMessage)
    search_offset_by_timestamp = command_of(requests.SearchOffsetByTimestamp)
    send_batch_message = command_of(requests.SendBatchMessage)
    send_message = command_of(requests.SendMessage)
    send_message_v2 = command_of(requests.SendMessageV2)
    send_reply_message = command_of(requests.SendReplyMessage)
    send_reply_message_v2 = command_of(requests.SendReplyMessageV2)
    set_commitlog_read_mode = command_of(requests.SetCommitlogReadMode)
    set_message_request_mode = command_of(requests.SetMessageRequestMode)
    trigger_delete_files = command_of(requests.TriggerDeleteFiles)
    unlock_batch_mq = command_of(requests.UnlockBatchMq)
    unregister_broker = command_of(requests.UnregisterBroker)
    unregister_client = command_of(requests.UnregisterClient)
    update_and_create_acl_config = command_of(requests.UpdateAndCreateAclConfig)
    update_and_create_static_topic = command_of(requests.UpdateAndCreateStaticTopic)
    update_and_create_subscriptiongroup = command_of(requests.UpdateAndCreateSubscriptiongroup)
    update_and_create_subscriptiongroup_list = command_of(requests.UpdateAndCreateSubscriptiongroupList)
    update_and_create_topic = command_of(requests.UpdateAndCreateTopic)
    update_and_create_topic_list = command_of(requests.UpdateAndCreateTopicList)
    update_and_get_group_forbidden = command_of(requests.UpdateAndGetGroupForbidden)
    update_broker_config = command_of(requests.UpdateBrokerConfig)
    update_cold_data_flow_ctr_config = command_of(requests.UpdateColdDataFlowCtrConfig)
    update_consumer_offset = command_of(requests.UpdateConsumerOffset)
    update_global_white_addrs_config = command_of(requests.UpdateGlobalWhiteAddrsConfig)
    update_namesrv_config = command_of(requests.UpdateNamesrvConfig)
    view_broker_stats_data = command_of(requests.ViewBrokerStatsData)
    view_message_by_id = command_of(requests.ViewMessageById)
    wipe_write_perm_of_broker = command_of(requests.WipeWritePermOfBroker)
