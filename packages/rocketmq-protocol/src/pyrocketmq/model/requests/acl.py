"""Users and permissions: ACL 2.0 (5.3.0 and later) and ACL 1.0 (4.9, and 5.x up to 5.2)."""

from __future__ import annotations

from pyrocketmq.model.bodies.acl import AclConfig, AclInfo, UserInfo
from pyrocketmq.model.declaration import Reply, Request, body
from pyrocketmq.model.declaration.body_codec import FastjsonBodyCodec, JsonBodyCodec, JsonListCodec
from pyrocketmq.model.declaration.header import EmptyReply
from pyrocketmq.model.enums import RequestCode


class UpdateAndCreateAclConfig(Request[EmptyReply], code=RequestCode.UPDATE_AND_CREATE_ACL_CONFIG):
    """Create an account of ACL 1.0, or change one. Refusal 209: it failed.

    Attributes:
        access_key: Name of the account.
        secret_key: Its secret.
        white_remote_address: Addresses that need no signature.
        admin: Whether it may administer.
        default_topic_perm: `DENY`, `PUB`, `SUB` or `PUB|SUB` for topics without a rule.
        default_group_perm: The same for groups.
        topic_perms: Rules for topics, `name=PUB|SUB`, joined by commas.
        group_perms: Rules for groups, `name=SUB`, joined by commas.
    """

    access_key: str
    secret_key: str | None = None
    white_remote_address: str | None = None
    admin: bool | None = None
    default_topic_perm: str | None = None
    default_group_perm: str | None = None
    topic_perms: str | None = None
    group_perms: str | None = None


class DeleteAclConfig(Request[EmptyReply], code=RequestCode.DELETE_ACL_CONFIG):
    """Delete an account of ACL 1.0. Refusal 210: it failed."""

    access_key: str


class GetBrokerClusterAclInfoReply(Reply):
    """Version of a broker's accounts of ACL 1.0.

    Attributes:
        version: JSON of a `DataVersion`.
        all_acl_file_version: The same by file.
        broker_name: Name of the broker.
        broker_addr: Its address and port.
        cluster_name: Its cluster.
    """

    version: str | None = None
    all_acl_file_version: str | None = None
    broker_name: str | None = None
    broker_addr: str | None = None
    cluster_name: str | None = None


class GetBrokerClusterAclInfo(Request[GetBrokerClusterAclInfoReply], code=RequestCode.GET_BROKER_CLUSTER_ACL_INFO):
    """Ask for the version of a broker's accounts of ACL 1.0."""


class UpdateGlobalWhiteAddrsConfig(Request[EmptyReply], code=RequestCode.UPDATE_GLOBAL_WHITE_ADDRS_CONFIG):
    """Set which addresses need no signature at all (ACL 1.0). Refusal 211: it failed.

    Attributes:
        global_white_addrs: The addresses, joined by commas.
        acl_file_full_path: The file of accounts to change.
    """

    global_white_addrs: str
    acl_file_full_path: str | None = None


class GetBrokerClusterAclConfigReply(Reply):
    """All accounts of ACL 1.0."""

    acl_config: AclConfig = body(FastjsonBodyCodec(AclConfig))


class GetBrokerClusterAclConfig(
    Request[GetBrokerClusterAclConfigReply], code=RequestCode.GET_BROKER_CLUSTER_ACL_CONFIG
):
    """Ask for all accounts of ACL 1.0."""


class AuthCreateUser(Request[EmptyReply], code=RequestCode.AUTH_CREATE_USER, since="5.3.0"):
    """Create a user. Refusal 16: there is one of this name.

    Attributes:
        username: Name of the user.
        user: The rest.
    """

    username: str
    user: UserInfo = body(JsonBodyCodec(UserInfo))


class AuthUpdateUser(Request[EmptyReply], code=RequestCode.AUTH_UPDATE_USER, since="5.3.0"):
    """Change a user. Refusals: 16, 3001 there is none of this name.

    Attributes:
        username: Name of the user.
        user: What changes.
    """

    username: str
    user: UserInfo = body(JsonBodyCodec(UserInfo))


class AuthDeleteUser(Request[EmptyReply], code=RequestCode.AUTH_DELETE_USER, since="5.3.0"):
    """Delete a user."""

    username: str


class AuthGetUserReply(Reply):
    """A user, or none."""

    user: UserInfo | None = body(FastjsonBodyCodec(UserInfo), default=None)


class AuthGetUser(Request[AuthGetUserReply], code=RequestCode.AUTH_GET_USER, since="5.3.0"):
    """Ask for a user."""

    username: str


class AuthListUserReply(Reply):
    """Users."""

    users: list[UserInfo] = body(JsonListCodec(UserInfo), default_factory=list)


class AuthListUser(Request[AuthListUserReply], code=RequestCode.AUTH_LIST_USER, since="5.3.0"):
    """Ask for users.

    Attributes:
        filter: Part of their names; by default all.
    """

    filter: str | None = None


class AuthCreateAcl(Request[EmptyReply], code=RequestCode.AUTH_CREATE_ACL, since="5.3.0"):
    """Give permissions. Refusals: 16, 3001 there is no such user.

    Attributes:
        subject: To whom, `User:name`.
        acl: The permissions.
    """

    subject: str
    acl: AclInfo = body(JsonBodyCodec(AclInfo))


class AuthUpdateAcl(Request[EmptyReply], code=RequestCode.AUTH_UPDATE_ACL, since="5.3.0"):
    """Change permissions.

    Attributes:
        subject: Whose, `User:name`.
        acl: What changes.
    """

    subject: str
    acl: AclInfo = body(JsonBodyCodec(AclInfo))


class AuthDeleteAcl(Request[EmptyReply], code=RequestCode.AUTH_DELETE_ACL, since="5.3.0"):
    """Take permissions away. Refusal 3002: there are none.

    Attributes:
        subject: Whose, `User:name`.
        policy_type: Of one kind only.
        resource: About one resource only.
    """

    subject: str
    policy_type: str | None = None
    resource: str | None = None


class AuthGetAclReply(Reply):
    """Permissions, or none."""

    acl: AclInfo | None = body(FastjsonBodyCodec(AclInfo), default=None)


class AuthGetAcl(Request[AuthGetAclReply], code=RequestCode.AUTH_GET_ACL, since="5.3.0"):
    """Ask for the permissions of a subject, `User:name`."""

    subject: str


class AuthListAclReply(Reply):
    """Permissions by subject."""

    acls: list[AclInfo] = body(JsonListCodec(AclInfo), default_factory=list)


class AuthListAcl(Request[AuthListAclReply], code=RequestCode.AUTH_LIST_ACL, since="5.3.0"):
    """Ask for permissions.

    Attributes:
        subject_filter: Part of the subject; by default all.
        resource_filter: Part of the resource; by default all.
    """

    subject_filter: str | None = None
    resource_filter: str | None = None
