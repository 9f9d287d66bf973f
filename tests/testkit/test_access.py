"""Access control: accounts of 4.9, users and policies of 5.x."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from requests_of import heartbeat, pull, send
from wire_client import WireClient

from pyrocketmq.model.acl import sign
from pyrocketmq.model.bodies.acl import AclInfo, PolicyEntryInfo, PolicyInfo, UserInfo
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.requests import (
    AuthCreateAcl,
    AuthCreateUser,
    AuthDeleteAcl,
    AuthDeleteUser,
    AuthGetAcl,
    AuthGetUser,
    AuthListAcl,
    AuthListUser,
    AuthUpdateUser,
    DeleteAclConfig,
    GetBrokerClusterAclConfig,
    GetBrokerClusterAclConfigReply,
    GetBrokerClusterAclInfo,
    GetBrokerClusterAclInfoReply,
    GetMaxOffset,
    QueryMessage,
    UpdateAndCreateAclConfig,
    UpdateAndCreateTopic,
    UpdateGlobalWhiteAddrsConfig,
)
from pyrocketmq.testkit import Account, FakeBroker
from real_rocketmq.jars import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrocketmq.model.declaration.header import Request

ACCOUNTS = (
    Account("admin", "secret-a", admin=True),
    Account("app", "secret-b", topics={"orders": "PUB|SUB", "out": "PUB", "no": "DENY"}, groups={"g": "SUB"}),
)
SECRETS = {"admin": "secret-a", "app": "secret-b"}
NEW_SECRET = "secret-of-newcomer"
ANYTHING = GetMaxOffset(topic="t", queue_id=0)


class Signer(WireClient):
    """A client that signs its requests."""

    def ask(self, request: Request[Any], name: str | None = "app", secret: str | None = None) -> RemotingCommand:
        self._opaque += 1
        command = request.to_command(self._opaque)
        if name is not None:
            sign(command, name, secret or SECRETS[name])
        self.socket.sendall(command.encode())
        return self.answer(self._opaque)

    def said(
        self, request: Request[Any], name: str | None = "app", secret: str | None = None
    ) -> tuple[int, str | None]:
        answer = self.ask(request, name, secret)
        return int(answer.code), None if answer.remark is None else answer.remark.split(", org.")[0]


@pytest.fixture
def old() -> Iterator[Signer]:
    with FakeBroker(version="4.9.7", accounts=ACCOUNTS) as broker, Signer(broker.address) as client:
        yield client


@pytest.fixture
def new() -> Iterator[Signer]:
    with FakeBroker(version="5.4.0", accounts=ACCOUNTS) as broker, Signer(broker.address) as client:
        yield client


def exception(text: str) -> str:
    return f"org.apache.rocketmq.acl.common.AclException: {text}"


def test_accounts_of_4_9(old: Signer) -> None:
    assert old.said(ANYTHING, None) == (1, exception("No accessKey is configured"))
    assert old.said(ANYTHING, "nobody", "x") == (1, exception("No acl config for nobody"))
    assert old.said(ANYTHING, "app", "x") == (1, exception("Check signature failed for accessKey=app"))
    assert old.said(send("orders")) == (0, None)
    assert old.said(send("other")) == (1, exception("No default permission for topic:other"))
    assert old.said(pull("out")) == (1, exception("No default permission for topic:out"))
    assert old.said(pull("orders", consumer_group="h")) == (1, exception("No default permission for group:h"))
    create = UpdateAndCreateTopic(topic="x", read_queue_nums=1, write_queue_nums=1)
    assert old.said(create) == (1, exception("Need admin permission for request code=17, but accessKey=app is not"))
    assert old.said(create, "admin")[0] == 0


def test_users_of_5_x(new: Signer) -> None:
    denied = "User:app has no permission to access"
    assert new.said(ANYTHING, None) == (16, "username cannot be null.")
    assert new.said(ANYTHING, "nobody", "x") == (16, "User:nobody is not found.")
    assert new.said(ANYTHING, "app", "x") == (16, "check signature failed.")
    assert new.said(send("orders")) == (0, None)
    assert new.said(send("other")) == (16, f"{denied} Topic:other from 127.0.0.1, no matched policies.")
    assert new.said(send("no")) == (16, f"{denied} Topic:no from 127.0.0.1, the decision is deny.")
    assert new.said(pull("orders")) == (0, "FOUND")
    assert new.said(pull("orders", consumer_group="h"))[1] == f"{denied} Group:h from 127.0.0.1, no matched policies."
    assert new.said(UpdateAndCreateTopic(topic="x", read_queue_nums=1, write_queue_nums=1))[0] == 16


@pytest.mark.parametrize("version", VERSIONS)
def test_heartbeats_and_retry_topics(version: str) -> None:
    with FakeBroker(version=version, accounts=ACCOUNTS) as broker, Signer(broker.address) as client:
        assert client.ask(heartbeat(consumer="g", topics=("orders", "%RETRY%g"))).code == 0
        assert client.ask(heartbeat(consumer="g", topics=("other",))).code != 0
        assert client.ask(heartbeat(consumer="h", topics=("orders",))).code != 0
        assert client.ask(heartbeat(producer="any")).code == 0
        assert client.ask(pull("%RETRY%g")).code == 19
        # 4.9 looks whose retry topic it is, 5.x at who pulls.
        assert client.ask(pull("%RETRY%h", consumer_group="g")).code == (1 if version.startswith("4") else 17)


@pytest.mark.parametrize(("version", "signed"), [("4.9.7", {399}), ("5.4.0", {399, 475})])
def test_the_mark_of_queries_for_unique_ids(version: str, signed: set[int]) -> None:
    """4.9 never signs it; 5.x does from version 400 on."""
    query = QueryMessage(
        topic="orders", key="k", max_num=1, begin_timestamp=0, end_timestamp=1 << 50, unique_key_query=True
    )
    with FakeBroker(version=version, accounts=ACCOUNTS) as broker, Signer(broker.address) as client:
        passed: set[int] = set()
        for number in (399, 475):
            command = query.to_command(number, version=number)
            sign(command, "app", "secret-b")
            client.socket.sendall(command.encode())
            if client.answer(number).code == 22:
                passed.add(number)
        assert passed == signed


def test_users_can_be_administered(new: Signer) -> None:
    def ask(request: Request[Any]) -> Any:
        answer = new.ask(request, "admin")
        assert (answer.code, answer.remark) == (0, "not set any response code")
        return request.REPLY.from_command(answer)

    ask(AuthCreateUser(username="late", user=UserInfo(password="pw")))
    assert new.said(AuthCreateUser(username="late", user=UserInfo()), "admin") == (16, "The user is existed")
    assert ask(AuthGetUser(username="late")).user.password == "pw"
    assert ask(AuthGetUser(username="none")).user is None
    assert [user.username for user in ask(AuthListUser(filter="a")).users] == ["admin", "app", "late"]
    entry = PolicyEntryInfo(resource="Topic:ord*", actions=["Pub"], decision="Allow")
    policy = PolicyInfo(policy_type="Custom", entries=[entry])
    ask(AuthCreateAcl(subject="User:late", acl=AclInfo(policies=[policy])))
    assert new.said(send("orders"), "late", "pw")[0] == 0
    assert new.said(pull("orders"), "late", "pw")[0] == 16
    denial = entry.replace(resource="Topic:orders", decision="Deny")
    ask(AuthCreateAcl(subject="User:late", acl=AclInfo(policies=[policy.replace(entries=[denial])])))
    assert new.said(send("orders"), "late", "pw")[1].endswith("the decision is deny.")
    assert [len(policy.entries) for policy in ask(AuthGetAcl(subject="User:late")).acl.policies] == [2]
    ask(AuthDeleteAcl(subject="User:late", resource="Topic:orders"))
    assert new.said(send("orders"), "late", "pw")[0] == 0
    assert [acl.subject for acl in ask(AuthListAcl(subject_filter="late")).acls] == ["User:late"]
    ask(AuthDeleteAcl(subject="User:late"))
    assert ask(AuthGetAcl(subject="User:late")).acl is None
    ask(AuthUpdateUser(username="late", user=UserInfo(user_status="disable")))
    assert new.said(ANYTHING, "late", "pw") == (16, "User:late is disabled.")
    ask(AuthDeleteUser(username="late"))
    assert new.said(AuthUpdateUser(username="late", user=UserInfo()), "admin") == (16, "The user is not exist")
    assert new.said(AuthListUser(filter=""))[0] == 16


def test_a_broker_without_access_control_has_no_users(client: WireClient) -> None:
    answer = client.call(AuthListUser(filter=""))
    assert (answer.code, answer.remark) == (1, "An system error occurred, please try again later.")


def test_4_9_takes_accounts_from_whoever_has_one(old: Signer) -> None:
    created = UpdateAndCreateAclConfig(
        access_key="newcomer", secret_key=NEW_SECRET, topic_perms="orders=PUB|SUB,no=DENY"
    )
    assert old.said(created) == (0, None)
    assert old.said(send("orders"), "newcomer", NEW_SECRET) == (0, None)
    assert old.said(send("no"), "newcomer", NEW_SECRET) == (1, exception("No default permission for topic:no"))
    changed = UpdateAndCreateAclConfig(access_key="newcomer", secret_key=NEW_SECRET, default_topic_perm="PUB")
    assert old.said(changed) == (0, None)
    assert old.said(send("another"), "newcomer", NEW_SECRET) == (0, None)
    answer = GetBrokerClusterAclConfigReply.from_command(old.ask(GetBrokerClusterAclConfig()))
    account = answer.acl_config.plain_access_configs[-1]
    assert (account.access_key, account.default_topic_perm) == ("newcomer", "PUB")
    assert account.topic_perms == ["orders=PUB|SUB", "no=DENY"]
    assert old.said(DeleteAclConfig(access_key="newcomer")) == (0, None)
    assert old.said(ANYTHING, "newcomer", NEW_SECRET) == (1, exception("No acl config for newcomer"))
    assert old.said(DeleteAclConfig(access_key="newcomer"))[0] == 210


@pytest.mark.parametrize(
    ("fields", "remark"),
    [
        ({}, "The accessKey=null and secretKey=null cannot be null and length should longer than 6"),
        (
            {"accessKey": "shorty", "secretKey": "long-enough"},
            "The accessKey=shorty and secretKey=long-enough cannot be null and length should longer than 6",
        ),
        (
            {"accessKey": "newcomer", "secretKey": "long-enough", "topicPerms": "a"},
            "Parse Resource format error for a.\nThe expected resource format is 'Res=Perm'. For example: topicA=SUB",
        ),
        (
            {"accessKey": "newcomer", "secretKey": "long-enough", "groupPerms": "a=ANY"},
            "Parse resource permission error for a=ANY.\n"
            "The expected permissions are 'SUB' or 'PUB' or 'SUB|PUB' or 'PUB|SUB'.",
        ),
        (
            {"accessKey": "newcomer", "secretKey": "long-enough", "whiteRemoteAddress": "10.0.0"},
            "Netaddress examine Exception netaddress is 10.0.0",
        ),
        (
            {"accessKey": "newcomer", "secretKey": "long-enough", "whiteRemoteAddress": "10.0.0.300"},
            "Netaddress examine Exception netaddress is 10.0.0.300",
        ),
    ],
)
def test_4_9_refuses_bad_accounts(old: Signer, fields: dict[str, str], remark: str) -> None:
    command = RemotingCommand(50, opaque=77, ext_fields=fields)
    sign(command, "app", SECRETS["app"])
    old.socket.sendall(command.encode())
    answer = old.answer(77)
    assert (answer.code, answer.remark) == (209, remark)


@pytest.mark.parametrize(
    ("addresses", "is_white"),
    [
        ("127.0.0.*", True),
        ("*", True),
        ("10.0.0.1,127.0.0.1", True),
        ("127.0.0.{1,2}", True),
        ("127.0.0.1-9", True),
        ("127.0.0.2-9", False),
        ("127.0.0.{2,3}", False),
        ("10.0.0.1-9", False),
        ("", False),
    ],
)
def test_an_address_spares_4_9_the_signature(old: Signer, addresses: str, is_white: bool) -> None:
    created = UpdateAndCreateAclConfig(access_key="newcomer", secret_key=NEW_SECRET, white_remote_address=addresses)
    assert old.said(created) == (0, None)
    assert old.said(ANYTHING, "newcomer", "wrong")[0] == (0 if is_white else 1)


def test_4_9_shows_addresses_and_versions_of_its_accounts(old: Signer) -> None:
    before = GetBrokerClusterAclInfoReply.from_command(old.ask(GetBrokerClusterAclInfo()))
    assert (before.broker_name, before.cluster_name) == ("broker-a", "DefaultCluster")
    assert old.said(UpdateGlobalWhiteAddrsConfig(global_white_addrs="127.0.0.1,10.0.0.*")) == (0, None)
    answer = GetBrokerClusterAclConfigReply.from_command(old.ask(GetBrokerClusterAclConfig()))
    assert answer.acl_config.global_white_addrs == ["127.0.0.1", "10.0.0.*"]
    assert old.said(ANYTHING, None) == (1, exception("No accessKey is configured"))
    after = GetBrokerClusterAclInfoReply.from_command(old.ask(GetBrokerClusterAclInfo()))
    assert after.version == before.version
    assert '"counter":1' in (after.all_acl_file_version or "")
    elsewhere = UpdateGlobalWhiteAddrsConfig(global_white_addrs="10.0.0.1", acl_file_full_path="/nowhere.yml")
    assert old.said(elsewhere) == (211, "The globalWhiteAddresses[10.0.0.1] has been updated failed.")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"1", b"x"])
def test_a_heartbeat_that_cannot_be_read_is_refused_before_it_is_handled(old: Signer, new: Signer, body: bytes) -> None:
    for client in (old, new):
        command = RemotingCommand(34, opaque=78, ext_fields={}, body=body)
        sign(command, "admin", SECRETS["admin"])
        client.socket.sendall(command.encode())
    assert (old.answer(78).remark or "").startswith("org.apache.rocketmq.acl.common.AclException: ")
    answer = new.answer(78)
    assert (answer.code, answer.remark) == (16, "parse authorization context error.")


@pytest.mark.parametrize(
    ("request_", "code", "method"),
    [
        (
            UpdateAndCreateAclConfig(access_key="newcomer", secret_key=NEW_SECRET),
            209,
            "updateAccessConfig(org.apache.rocketmq.common.PlainAccessConfig)",
        ),
        (DeleteAclConfig(access_key="newcomer"), 210, "deleteAccessConfig(String)"),
        (
            UpdateGlobalWhiteAddrsConfig(global_white_addrs="10.0.0.1"),
            211,
            "updateGlobalWhiteAddrsConfig(java.util.List, String)",
        ),
    ],
)
def test_accounts_without_access_control(request_: Request[Any], code: int, method: str) -> None:
    with FakeBroker(version="4.9.7") as old, FakeBroker(version="5.4.0") as new:
        with WireClient(old.address) as client:
            answer = client.call(request_)
            assert answer.code == code
            assert answer.remark == (
                f'Cannot invoke "org.apache.rocketmq.acl.AccessValidator.{method}" because "accessValidator" is null'
            )
        with WireClient(new.address) as client:
            answer = client.call(request_)
            assert (answer.code, answer.remark) == (3, f" request type {int(request_.CODE)} not supported")


def test_4_9_without_access_control_never_tells_its_accounts() -> None:
    with FakeBroker(version="4.9.7") as old, WireClient(old.address) as client:
        silent = {client.start(request) for request in (GetBrokerClusterAclInfo(), GetBrokerClusterAclConfig())}
        client.call(ANYTHING)  # servers take the requests of a connection in turn
        assert not silent & client.answers.keys()
