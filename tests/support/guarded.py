"""Brokers with access control and TLS, fake and real, and who may do what there."""

from __future__ import annotations

import ssl
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyrocketmq.model.bodies import UserInfo
from pyrocketmq.model.requests import AuthCreateUser, GetBrokerRuntimeInfo
from pyrocketmq.remote import Credentials, Remote, RemoteConfig
from pyrocketmq.testkit import Account, FakeBroker
from real_rocketmq import RealRocketMQ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real_rocketmq.pytest_plugin import ServerKind

_COUNTED_WITHIN: Final = 20.0
CHAIN = Path(__file__).parents[1] / "remote" / "localhost.pem"
ADMIN = Credentials("admin-key", "admin-secret-4711")
STRANGER = Credentials("stranger-key", "stranger-secret-4712", security_token="stranger-token-4713")
POWERLESS = Credentials("powerless-key", "powerless-secret-4714")
WRONG = Credentials(ADMIN.access_key, "stranger-secret-4712")

_PLAIN_ACL = f"""\
accounts:
- accessKey: {ADMIN.access_key}
  secretKey: {ADMIN.secret_key}
  admin: true
- accessKey: {POWERLESS.access_key}
  secretKey: {POWERLESS.secret_key}
  admin: false
  defaultTopicPerm: DENY
  defaultGroupPerm: DENY
"""
_AUTH = "org.apache.rocketmq.auth"
_ACL_2 = {
    "authenticationEnabled": "true",
    "authenticationProvider": f"{_AUTH}.authentication.provider.DefaultAuthenticationProvider",
    "authenticationMetadataProvider": f"{_AUTH}.authentication.provider.LocalAuthenticationMetadataProvider",
    "authorizationEnabled": "true",
    "authorizationProvider": f"{_AUTH}.authorization.provider.DefaultAuthorizationProvider",
    "authorizationMetadataProvider": f"{_AUTH}.authorization.provider.LocalAuthorizationMetadataProvider",
    "initAuthenticationUser": f'{{"username":"{ADMIN.access_key}","password":"{ADMIN.secret_key}"}}',
    "innerClientAuthenticationCredentials": (f'{{"accessKey":"{ADMIN.access_key}","secretKey":"{ADMIN.secret_key}"}}'),
}
_TLS_ONLY = {
    "tls.server.mode": "enforcing",
    "tls.test.mode.enable": "false",
    "tls.server.certPath": str(CHAIN),
    "tls.server.keyPath": str(CHAIN),
}


class Guarded(NamedTuple):
    """A broker that takes TLS only, and requests of those it knows."""

    namesrv_address: str
    address: str
    trust: ssl.SSLContext


@contextmanager
def _guarded_real(version: str) -> Iterator[Guarded]:
    access: dict[str, Any] = {"properties": _ACL_2}
    if version.startswith("4"):
        access = {"properties": {"aclEnable": "true"}, "conf_files": {"plain_acl.yml": _PLAIN_ACL}}
    trust = ssl.create_default_context(cafile=str(CHAIN))
    with RealRocketMQ(version, system_properties=_TLS_ONLY, **access) as real:
        with Remote(real.broker_address, RemoteConfig(tls=trust, credentials=ADMIN)) as remote:
            if not version.startswith("4"):
                user = UserInfo(username=POWERLESS.access_key, password=POWERLESS.secret_key, user_type="Normal")
                assert remote.invoke(AuthCreateUser(username=POWERLESS.access_key, user=user)).code == 0
            _wait_for_statistics(remote)
        # The NameServer takes connections of either kind, as it does unless told otherwise; its certificate is one that
        # it makes at its start.
        yield Guarded(real.namesrv_address, real.broker_address, trust)


def _wait_for_statistics(remote: Remote) -> None:
    """Wait until a broker has counted once; before, it refuses to tell, with an exception."""
    deadline = time.monotonic() + _COUNTED_WITHIN
    while (answer := remote.invoke(GetBrokerRuntimeInfo())).code:
        assert time.monotonic() < deadline, answer.remark
        time.sleep(0.05)


@contextmanager
def _guarded_fake(version: str) -> Iterator[Guarded]:
    accounts = [
        Account(ADMIN.access_key, ADMIN.secret_key, admin=True),
        Account(POWERLESS.access_key, POWERLESS.secret_key),
    ]
    with FakeBroker(version, accounts=accounts, tls="enforcing") as fake:
        trust = ssl.create_default_context(cadata=fake.tls_certificate)
        yield Guarded(fake.namesrv_address, fake.address, trust)


@contextmanager
def guarded_server(kind: ServerKind) -> Iterator[Guarded]:
    """Run a server with an administrator and somebody who may do nothing."""
    with (_guarded_real if kind.is_real else _guarded_fake)(kind.version) as server:
        yield server
