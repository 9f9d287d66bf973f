"""Administration of users and policies (5.3 and later)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.bodies.acl import AclInfo, PolicyInfo
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import ResponseCode, UserStatus, UserType
from pyrocketmq.model.requests import (
    AuthCreateAcl,
    AuthCreateUser,
    AuthDeleteAcl,
    AuthDeleteUser,
    AuthGetAcl,
    AuthGetAclReply,
    AuthGetUser,
    AuthGetUserReply,
    AuthListAcl,
    AuthListAclReply,
    AuthListUser,
    AuthListUserReply,
    AuthUpdateAcl,
    AuthUpdateUser,
)
from pyrocketmq.testkit.access import UserAccess
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import NOT_SET, Refusal

if TYPE_CHECKING:
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange


def _access_of(broker: BrokerServer) -> UserAccess:
    """Return the users and policies of a broker that has some."""
    if not isinstance(broker.access, UserAccess):
        raise Refusal(ResponseCode.SYSTEM_ERROR, "An system error occurred, please try again later.")
    return broker.access


@BROKER.handles(AuthCreateUser)
def auth_create_user(broker: BrokerServer, request: AuthCreateUser, exchange: Exchange) -> EmptyReply:
    """Create a user."""
    access = _access_of(broker)
    if request.username in access.users:
        raise Refusal(ResponseCode.NO_PERMISSION, "The user is existed")
    user = request.user
    access.users[request.username] = user.replace(
        username=request.username,
        user_type=user.user_type or UserType.NORMAL,
        user_status=user.user_status or UserStatus.ENABLE,
    )
    return EmptyReply(remark=NOT_SET)


@BROKER.handles(AuthUpdateUser)
def auth_update_user(broker: BrokerServer, request: AuthUpdateUser, exchange: Exchange) -> EmptyReply:
    """Change a user; what the request leaves out stays."""
    access = _access_of(broker)
    known = access.users.get(request.username)
    if known is None:
        raise Refusal(ResponseCode.NO_PERMISSION, "The user is not exist")
    user = request.user
    access.users[request.username] = known.replace(
        password=user.password or known.password,
        user_type=user.user_type or known.user_type,
        user_status=user.user_status or known.user_status,
    )
    return EmptyReply(remark=NOT_SET)


@BROKER.handles(AuthDeleteUser)
def auth_delete_user(broker: BrokerServer, request: AuthDeleteUser, exchange: Exchange) -> EmptyReply:
    """Delete a user."""
    _access_of(broker).users.pop(request.username, None)
    return EmptyReply(remark=NOT_SET)


@BROKER.handles(AuthGetUser)
def auth_get_user(broker: BrokerServer, request: AuthGetUser, exchange: Exchange) -> AuthGetUserReply:
    """Describe a user; the password too, in clear text."""
    return AuthGetUserReply(remark=NOT_SET, user=_access_of(broker).users.get(request.username))


@BROKER.handles(AuthListUser)
def auth_list_user(broker: BrokerServer, request: AuthListUser, exchange: Exchange) -> AuthListUserReply:
    """Describe the users whose names contain a text."""
    users = [user for name, user in _access_of(broker).users.items() if (request.filter or "") in name]
    return AuthListUserReply(remark=NOT_SET, users=users)


@BROKER.handles(AuthCreateAcl, AuthUpdateAcl)
def auth_put_acl(broker: BrokerServer, request: AuthCreateAcl | AuthUpdateAcl, exchange: Exchange) -> EmptyReply:
    """Set what a subject may do; entries about other resources stay."""
    access = _access_of(broker)
    known = access.policies.get(request.subject)
    policies = [] if known is None else list(known.policies or [])
    for policy in request.acl.policies or []:
        policies = _merged(policies, policy)
    access.policies[request.subject] = AclInfo(subject=request.subject, policies=policies)
    return EmptyReply(remark=NOT_SET)


def _merged(policies: list[PolicyInfo], added: PolicyInfo) -> list[PolicyInfo]:
    """Return policies with the entries of one more; an entry replaces that about the same resource."""
    resources = {entry.resource for entry in added.entries or ()}
    same = [policy for policy in policies if policy.policy_type == added.policy_type]
    kept = [entry for policy in same for entry in policy.entries or () if entry.resource not in resources]
    merged = added.replace(entries=[*kept, *(added.entries or ())])
    return [policy for policy in policies if policy.policy_type != added.policy_type] + [merged]


@BROKER.handles(AuthDeleteAcl)
def auth_delete_acl(broker: BrokerServer, request: AuthDeleteAcl, exchange: Exchange) -> EmptyReply:
    """Take everything from a subject, or what concerns one kind of policy or one resource."""
    access = _access_of(broker)
    known = access.policies.pop(request.subject, None)
    policies: list[PolicyInfo] = []
    for policy in () if known is None else known.policies or ():
        if request.policy_type not in (None, "", policy.policy_type):
            policies.append(policy)
        elif request.resource:
            entries = [entry for entry in policy.entries or () if entry.resource != request.resource]
            policies += [policy.replace(entries=entries)] if entries else []
    if policies:
        access.policies[request.subject] = AclInfo(subject=request.subject, policies=policies)
    return EmptyReply(remark=NOT_SET)


@BROKER.handles(AuthGetAcl)
def auth_get_acl(broker: BrokerServer, request: AuthGetAcl, exchange: Exchange) -> AuthGetAclReply:
    """Say what a subject may do."""
    return AuthGetAclReply(remark=NOT_SET, acl=_access_of(broker).policies.get(request.subject))


@BROKER.handles(AuthListAcl)
def auth_list_acl(broker: BrokerServer, request: AuthListAcl, exchange: Exchange) -> AuthListAclReply:
    """Say what the subjects whose names contain a text may do."""
    policies = _access_of(broker).policies
    acls = [acl for subject, acl in policies.items() if (request.subject_filter or "") in subject]
    return AuthListAclReply(remark=NOT_SET, acls=acls)
