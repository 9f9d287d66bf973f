"""What each request code takes: as whom one has to ask, and what the others hear."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from guarded import ADMIN, POWERLESS, guarded_server
from pyrocketmq.model.bodies import AclInfo, PolicyEntryInfo, PolicyInfo, UserInfo
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import AclAction, RequestCode
from pyrocketmq.model.requests import AuthCreateAcl, AuthCreateUser
from pyrocketmq.remote import Credentials, Remote, RemoteConfig

if TYPE_CHECKING:
    from guarded import Guarded
    from real_rocketmq.pytest_plugin import ServerKind

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

RECORDED: Final = Path(__file__).parent / "permissions.json"
# By version and code, what real brokers missed and, of 5.x, the actions any of which would have done. All other codes
# are open to everybody with an account.

FIELDS: Final = {
    "topic": "t-topic",
    "b": "t-b",
    "consumerGroup": "g-consumer",
    "group": "g-group",
    "groupName": "g-name",
    "producerGroup": "g-producer",
    "destGroup": "g-destination",
    "filterGroups": "g-filter",
    "topicFilterType": "SINGLE_TAG",
    "queueId": "0",
}
_SUBSCRIPTION: Final = {"topic": "t-subscribed", "subString": "*"}
_LOCKED: Final = {"topic": "t-locked", "brokerName": "broker-a", "queueId": 0}
_LOCK: Final = {"consumerGroup": "g-lock", "clientId": "c", "mqSet": [_LOCKED]}
BODIES: Final = {
    RequestCode.HEART_BEAT: {
        "clientID": "c",
        "producerDataSet": [],
        "consumerDataSet": [
            {
                "groupName": "g-member",
                "consumeType": "CONSUME_PASSIVELY",
                "messageModel": "CLUSTERING",
                "consumeFromWhere": "CONSUME_FROM_LAST_OFFSET",
                "subscriptionDataSet": [_SUBSCRIPTION],
                "unitMode": False,
            }
        ],
    },
    RequestCode.LOCK_BATCH_MQ: _LOCK,
    RequestCode.UNLOCK_BATCH_MQ: _LOCK,
}
MISSED: Final = re.compile(
    r"has no permission to access (\S+) from|No default permission for (\S+),|(Need admin) permission"
)


def test_what_each_request_takes(server_kind: ServerKind) -> None:
    recorded = json.loads(RECORDED.read_text("utf-8"))[server_kind.version]
    with guarded_server(server_kind) as server:
        assert seen(server, has_actions=not server_kind.version.startswith("4")) == recorded


def seen(server: Guarded, *, has_actions: bool) -> dict[str, str]:
    """Ask for everything as somebody who may do nothing, and then as those who may do one thing each."""
    with Remote(server.address, RemoteConfig(tls=server.trust, credentials=POWERLESS)) as remote:
        missed = {code: text for code in sorted(RequestCode) if (text := refusal(remote, code))}
    sufficient: dict[RequestCode, list[str]] = {code: [] for code in missed}
    for action in sorted(set(AclAction) - {AclAction.ALL}) if has_actions else ():
        credentials = user_who_may(action, server)
        with Remote(server.address, RemoteConfig(tls=server.trust, credentials=credentials)) as remote:
            for code, actions in sufficient.items():
                if not refusal(remote, code):
                    actions.append(action)
    return {code.name: " ".join([text, *sufficient[code]]) for code, text in missed.items()}


def refusal(remote: Remote, code: RequestCode) -> str | None:
    """Return what is missing for a request; `None` if nothing is."""
    body = json.dumps(BODIES[code]).encode() if code in BODIES else b""
    answer = remote.invoke(RemotingCommand(code, version=475, ext_fields=dict(FIELDS), body=body))
    found = MISSED.search(answer.remark or "")
    return next(filter(None, found.groups())) if found else None


def user_who_may(action: AclAction, server: Guarded) -> Credentials:
    """Create a user with one permission on everything."""
    credentials = Credentials(f"only-{action}", "a-secret-of-theirs")
    entries = [
        PolicyEntryInfo(resource=resource, actions=[action], source_ips=[], decision="Allow")
        for resource in ("Topic:t-*", "Group:g-*", "Cluster:*")
    ]
    name = credentials.access_key
    user = UserInfo(username=name, password=credentials.secret_key, user_type="Normal")
    acl = AclInfo(subject=f"User:{name}", policies=[PolicyInfo(policy_type="Custom", entries=entries)])
    with Remote(server.address, RemoteConfig(tls=server.trust, credentials=ADMIN)) as remote:
        for request in (AuthCreateUser(username=name, user=user), AuthCreateAcl(subject=f"User:{name}", acl=acl)):
            assert remote.invoke(request).code == 0
    return credentials
