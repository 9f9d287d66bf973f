"""Which Java class stands for the fields of which declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model import requests

if TYPE_CHECKING:
    from pyrocketmq.model.declaration.header import Header

_UNLIKE: Final[dict[type[Header], str]] = {
    requests.AuthCreateAcl: "CreateAclRequestHeader",
    requests.AuthCreateUser: "CreateUserRequestHeader",
    requests.AuthDeleteAcl: "DeleteAclRequestHeader",
    requests.AuthDeleteUser: "DeleteUserRequestHeader",
    requests.AuthGetAcl: "GetAclRequestHeader",
    requests.AuthGetUser: "GetUserRequestHeader",
    requests.AuthListAcl: "ListAclsRequestHeader",
    requests.AuthListUser: "ListUsersRequestHeader",
    requests.AuthUpdateAcl: "UpdateAclRequestHeader",
    requests.AuthUpdateUser: "UpdateUserRequestHeader",
    requests.ChangeMessageInvisibletime: "ChangeInvisibleTimeRequestHeader",
    requests.ConsumeMessageDirectly: "ConsumeMessageDirectlyResultRequestHeader",
    requests.DeleteAclConfig: "DeleteAccessConfigRequestHeader",
    requests.DeleteKvConfig: "DeleteKVConfigRequestHeader",
    requests.DeleteSubscriptiongroup: "DeleteSubscriptionGroupRequestHeader",
    requests.DeleteTopicInBroker: "DeleteTopicRequestHeader",
    requests.DeleteTopicInNamesrv: "DeleteTopicFromNamesrvRequestHeader",
    requests.ExchangeBrokerHaInfo: "ExchangeHAInfoRequestHeader",
    requests.ExportRocksdbConfigToJson: "ExportRocksDBConfigToJsonRequestHeader",
    requests.GetAllSubscriptiongroupConfig: "GetAllSubscriptionGroupRequestHeader",
    requests.GetBrokerConsumeStats: "GetConsumeStatsInBrokerHeader",
    requests.GetConsumerStatusFromClient: "GetConsumerStatusRequestHeader",
    requests.GetKvConfig: "GetKVConfigRequestHeader",
    requests.GetKvlistByNamespace: "GetKVListByNamespaceRequestHeader",
    requests.GetRouteinfoByTopic: "GetRouteInfoRequestHeader",
    requests.GetSubscriptiongroupConfig: "GetSubscriptionGroupConfigRequestHeader",
    requests.InvokeBrokerToGetConsumerStatus: "GetConsumerStatusRequestHeader",
    requests.InvokeBrokerToResetOffset: "ResetOffsetRequestHeader",
    requests.LitePullMessage: "PullMessageRequestHeader",
    requests.PushReplyMessageToClient: "ReplyMessageRequestHeader",
    requests.PutKvConfig: "PutKVConfigRequestHeader",
    requests.QueryCorrectionOffset: "QueryCorrectionOffsetHeader",
    requests.RegisterTopicInNamesrv: "RegisterTopicRequestHeader",
    requests.ResetConsumerClientOffset: "ResetOffsetRequestHeader",
    requests.ResetMasterFlushOffset: "ResetMasterFlushOffsetHeader",
    requests.SearchOffsetByTimestamp: "SearchOffsetRequestHeader",
    requests.SendBatchMessage: "SendMessageRequestHeaderV2",
    requests.SendMessageV2: "SendMessageRequestHeaderV2",
    requests.SendReplyMessage: "SendMessageRequestHeader",
    requests.SendReplyMessageV2: "SendMessageRequestHeaderV2",
    requests.UnregisterBroker: "UnRegisterBrokerRequestHeader",
    requests.UpdateAndCreateAclConfig: "CreateAccessConfigRequestHeader",
    requests.UpdateAndCreateStaticTopic: "CreateTopicRequestHeader",
    requests.UpdateAndCreateTopic: "CreateTopicRequestHeader",
    requests.UpdateAndGetGroupForbidden: "UpdateGroupForbiddenRequestHeader",
    requests.ViewMessageById: "ViewMessageRequestHeader",
    requests.ChangeMessageInvisibletimeReply: "ChangeInvisibleTimeResponseHeader",
    requests.ExchangeBrokerHaInfoReply: "ExchangeHAInfoResponseHeader",
    requests.GetAllSubscriptiongroupConfigReply: "GetAllSubscriptionGroupResponseHeader",
    requests.GetBrokerClusterAclInfoReply: "GetBrokerAclConfigResponseHeader",
    requests.GetKvConfigReply: "GetKVConfigResponseHeader",
    requests.OffsetReply: "GetMaxOffsetResponseHeader",
    requests.TimestampReply: "GetEarliestMsgStoretimeResponseHeader",
}


def java_header(cls: type[Header]) -> str:
    """Return the simple name of the Java class with the same fields."""
    if cls in _UNLIKE:
        return _UNLIKE[cls]
    name = cls.__name__
    return f"{name.removesuffix('Reply')}ResponseHeader" if name.endswith("Reply") else f"{name}RequestHeader"
