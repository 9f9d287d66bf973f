"""Administration of the accounts of ACL 1.0 (4.9, and 5.x before 5.3).

Nothing but a signature is asked for: whoever has an account may change all of them, on real brokers too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from pyrocketmq.model.bodies.acl import PlainAccessConfig
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.requests import (
    DeleteAclConfig,
    GetBrokerClusterAclConfig,
    GetBrokerClusterAclConfigReply,
    GetBrokerClusterAclInfo,
    GetBrokerClusterAclInfoReply,
    UpdateAndCreateAclConfig,
    UpdateGlobalWhiteAddrsConfig,
)
from pyrocketmq.testkit.access import InvalidAccountError, PlainAccess
from pyrocketmq.testkit.handlers.common import with_empty_header
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from pyrocketmq.model.errors import ProtocolError
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange

_GONE: Final = "5.3.0"
_AT_ONCE: Final = "an account counts at once, not when the broker next looks at its file"
_UPDATE_FAILED: Final = ResponseCode.UPDATE_AND_CREATE_ACL_CONFIG_FAILED
_DELETE_FAILED: Final = ResponseCode.DELETE_ACL_CONFIG_FAILED
_ADDRESSES_FAILED: Final = ResponseCode.UPDATE_GLOBAL_WHITE_ADDRS_CONFIG_FAILED


def _access_of(broker: BrokerServer, code: int, method: str) -> PlainAccess:
    """Return the accounts of a broker that has some; another fails, calling a method of nothing."""
    if not isinstance(broker.access, PlainAccess):
        remark = f'Cannot invoke "org.apache.rocketmq.acl.AccessValidator.{method}" because "accessValidator" is null'
        raise Refusal(code, remark)
    return broker.access


def _put(broker: BrokerServer, account: PlainAccessConfig) -> None:
    access = _access_of(broker, _UPDATE_FAILED, "updateAccessConfig(org.apache.rocketmq.common.PlainAccessConfig)")
    try:
        access.put(account)
    except InvalidAccountError as error:
        raise Refusal(_UPDATE_FAILED, str(error)) from error


def _nameless(broker: BrokerServer, error: ProtocolError, exchange: Exchange) -> NoReturn:
    """Refuse an account without a name."""
    _put(broker, PlainAccessConfig(secret_key=exchange.fields.get("secretKey")))
    raise AssertionError("an account without a name was taken")


@BROKER.handles(UpdateAndCreateAclConfig, malformed=_nameless, before=_GONE, simplified=_AT_ONCE)
def update_and_create_acl_config(
    broker: BrokerServer, request: UpdateAndCreateAclConfig, exchange: Exchange
) -> EmptyReply:
    """Create an account, or change what the request names of one."""
    account = PlainAccessConfig(
        access_key=request.access_key,
        secret_key=request.secret_key,
        white_remote_address=request.white_remote_address,
        admin=bool(request.admin),
        default_topic_perm=request.default_topic_perm,
        default_group_perm=request.default_group_perm,
        topic_perms=_split(request.topic_perms),
        group_perms=_split(request.group_perms),
    )
    _put(broker, account)
    return EmptyReply()


def _split(text: str | None) -> list[str] | None:
    return None if text is None else text.split(",")


def _delete(broker: BrokerServer, access_key: str | None) -> None:
    if not _access_of(broker, _DELETE_FAILED, "deleteAccessConfig(String)").delete(access_key):
        name = "null" if access_key is None else access_key
        raise Refusal(_DELETE_FAILED, f"The accesskey[{name}] corresponding to accessConfig has been deleted failed.")


def _delete_nobody(broker: BrokerServer, error: ProtocolError, exchange: Exchange) -> EmptyReply:
    """Find no account without a name."""
    _delete(broker, None)
    return EmptyReply()


@BROKER.handles(DeleteAclConfig, malformed=_delete_nobody, before=_GONE, simplified=_AT_ONCE)
def delete_acl_config(broker: BrokerServer, request: DeleteAclConfig, exchange: Exchange) -> EmptyReply:
    """Delete an account."""
    _delete(broker, request.access_key)
    return EmptyReply()


def _set_addresses(broker: BrokerServer, addresses: str | None, path: str | None) -> EmptyReply:
    access = _access_of(broker, _ADDRESSES_FAILED, "updateGlobalWhiteAddrsConfig(java.util.List, String)")
    if addresses is None or path not in (None, access.path):
        shown = "null" if addresses is None else addresses
        raise Refusal(_ADDRESSES_FAILED, f"The globalWhiteAddresses[{shown}] has been updated failed.")
    access.set_white_addresses(addresses.split(","))
    return EmptyReply()


def _set_nothing(broker: BrokerServer, error: ProtocolError, exchange: Exchange) -> EmptyReply:
    """Refuse to set no addresses."""
    return _set_addresses(broker, None, None)


@BROKER.handles(UpdateGlobalWhiteAddrsConfig, malformed=_set_nothing, before=_GONE, simplified=_AT_ONCE)
def update_global_white_addrs_config(
    broker: BrokerServer, request: UpdateGlobalWhiteAddrsConfig, exchange: Exchange
) -> EmptyReply:
    """Set the addresses that need no signature."""
    return _set_addresses(broker, request.global_white_addrs, request.acl_file_full_path)


@BROKER.handles(GetBrokerClusterAclInfo, before=_GONE)
def get_broker_cluster_acl_info(
    broker: BrokerServer, request: GetBrokerClusterAclInfo, exchange: Exchange
) -> GetBrokerClusterAclInfoReply | None:
    """Tell the version of the accounts; without accounts there is no answer at all, as on real brokers."""
    access = broker.access
    if not isinstance(access, PlainAccess):
        return None
    return GetBrokerClusterAclInfoReply(
        version=access.first_version,
        all_acl_file_version=f'{{"{access.path}":{access.version}}}',
        broker_name=broker.name,
        broker_addr=broker.address,
        cluster_name=broker.cluster,
    )


@BROKER.handles(GetBrokerClusterAclConfig, before=_GONE)
def get_broker_cluster_acl_config(
    broker: BrokerServer, request: GetBrokerClusterAclConfig, exchange: Exchange
) -> GetBrokerClusterAclConfigReply | None:
    """Return all accounts; without accounts there is no answer at all, as on real brokers."""
    if not isinstance(broker.access, PlainAccess):
        return None
    return with_empty_header(GetBrokerClusterAclConfigReply(acl_config=broker.access.config))
