"""Access control and TLS: who is let in, what the others hear, and that no secret shows anywhere."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from broker_helpers import pull_all
from guarded import ADMIN, POWERLESS, STRANGER, WRONG, Guarded, guarded_server
from pyrocketmq.broker import AuthorizationError, BrokerConnectionError, BrokerError, ClientConfig
from pyrocketmq.broker.cli import main
from pyrocketmq.model import MessageQueue
from pyrocketmq.model.bodies import PlainAccessConfig, UserInfo
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.requests import AuthCreateUser
from pyrocketmq.remote import Credentials, Remote, RemoteConfig, async_remote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faces import Face
    from real_rocketmq.pytest_plugin import ServerKind

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

SECRETS = ["admin-secret-4711", "stranger-secret-4712", "stranger-token-4713", "powerless-secret-4714"]


@pytest.fixture(scope="module")
def guarded(server_kind: ServerKind) -> Iterator[Guarded]:
    with guarded_server(server_kind) as server:
        yield server


class Witness:
    """Sees what a user sees, and looks for secrets in it."""

    def __init__(self, log: pytest.LogCaptureFixture) -> None:
        self._log = log
        self._shown: list[str] = []

    def sees(self, *values: object) -> None:
        """Take what somebody may print or log."""
        for value in values:
            self._shown += [str(value), repr(value)]
            if isinstance(value, BaseException):
                self._shown += traceback.format_exception(value)
                self._shown.append(repr(vars(value)))

    def check(self) -> None:
        seen = [*self._shown, self._log.text, *(repr(vars(record)) for record in self._log.records)]
        for secret in SECRETS:
            assert not [text for text in seen if secret in text]


@pytest.fixture
def witness(caplog: pytest.LogCaptureFixture) -> Iterator[Witness]:
    with caplog.at_level(logging.DEBUG):
        witness = Witness(caplog)
        yield witness
        witness.check()


async def test_the_right_key_opens(face: Face, guarded: Guarded, group: str, topic: str, witness: Witness) -> None:
    mq = MessageQueue(topic, "broker-a", 0)
    async with await face.client(guarded.address, tls=guarded.trust, credentials=ADMIN) as client:
        await client.create_topic(topic, queues=2)
        await client.register_producer(group)
        sent = await client.sync_send_message(group, b"x", mq)
        assert [message.msg_id for message in await pull_all(client, group, topic, 1)] == [sent.msg_id]
        (found,) = (await client.query_message_by_unique_key(topic, sent.msg_id)) or [None]
        witness.sees(client, found, sent)
    assert [record for record in witness._log.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("entrance", ["nameserver", "broker"])
async def test_managers_carry_keys_and_tls(
    face: Face, guarded: Guarded, server_kind: ServerKind, group: str, topic: str, entrance: str, witness: Witness
) -> None:
    trust = guarded.trust
    if server_kind.is_real and entrance == "nameserver":
        trust = ssl.create_default_context()  # the NameServer's certificate is one of its own making
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    address = guarded.namesrv_address if entrance == "nameserver" else guarded.address
    async with await face.manager(address, tls=trust, credentials=ADMIN) as manager:
        async with manager.connection("broker-a") as client:
            await client.sync_send_message(group, b"x", MessageQueue(topic, "broker-a", 0))
        witness.sees(manager)


@pytest.mark.parametrize(
    ("credentials", "remark_4", "remark_5"),
    [
        (None, "No accessKey is configured", "username cannot be null"),
        (STRANGER, "No acl config for stranger-key", "User:stranger-key is not found"),
        (WRONG, "Check signature failed", "check signature failed"),
        (POWERLESS, "No default permission for", "User:powerless-key has no permission to access"),
    ],
    ids=["no key", "unknown key", "wrong secret", "no permission"],
)
async def test_others_hear_why_they_are_refused(
    face: Face,
    guarded: Guarded,
    server_kind: ServerKind,
    group: str,
    topic: str,
    witness: Witness,
    credentials: Credentials | None,
    remark_4: str,
    remark_5: str,
) -> None:
    is_old = server_kind.version.startswith("4")
    remark = remark_4 if is_old else remark_5
    mq = MessageQueue(topic, "broker-a", 0)
    async with await face.client(guarded.address, tls=guarded.trust, credentials=credentials) as client:
        asked = [
            lambda: client.sync_send_message(group, b"x", mq),
            lambda: client.send_transaction_message(group, b"x", mq),
            lambda: client.pull_message(group, topic, 0, 0),
        ]
        if is_old and credentials is POWERLESS:  # 4.9 looks at who sends a batch, and not at what they may do
            await client.sync_batch_send_message(group, [b"x"], mq)
        else:
            asked.append(lambda: client.sync_batch_send_message(group, [b"x"], mq))
        for ask in asked:
            with pytest.raises(AuthorizationError) as raised:
                await ask()
            assert raised.value.response_code == (1 if is_old else 16)
            assert remark in (raised.value.remark or "")
            assert remark in str(raised.value)
            witness.sees(raised.value)
        witness.sees(client)


@pytest.mark.parametrize(
    ("credentials", "remark_4", "remark_5"),
    [
        (None, "No accessKey is configured", "username cannot be null."),
        (STRANGER, "No acl config for stranger-key", "User:stranger-key is not found."),
        (WRONG, "Check signature failed for accessKey=admin-key", "check signature failed."),
        (POWERLESS, None, None),
        (ADMIN, None, None),
    ],
    ids=["no key", "unknown key", "wrong secret", "no permission", "all permissions"],
)
def test_access_comes_before_knowing_the_request(
    guarded: Guarded,
    server_kind: ServerKind,
    credentials: Credentials | None,
    remark_4: str | None,
    remark_5: str | None,
) -> None:
    code, remark = (1, remark_4) if server_kind.version.startswith("4") else (16, remark_5)
    with Remote(guarded.address, RemoteConfig(tls=guarded.trust, credentials=credentials)) as remote:
        answer = remote.invoke(RemotingCommand(9999))
    if remark is None:
        assert (answer.code, answer.remark) == (3, " request type 9999 not supported")
    else:
        assert (answer.code, (answer.remark or "").split(", ")[0].split("AclException: ")[-1]) == (code, remark)


async def test_tls_only_means_no_plain_connection(face: Face, guarded: Guarded, group: str, witness: Witness) -> None:
    client = await face.client(guarded.address, credentials=ADMIN)
    try:
        with pytest.raises(BrokerConnectionError) as raised:
            await client.query_consumer_offset(group, "t", 0)
        witness.sees(raised.value)
    finally:
        await client.disconnect()


def test_the_doctor_tells_keys_and_tls(
    guarded: Guarded,
    witness: Witness,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    command = ["doctor", "--broker", guarded.address, "--json"]

    def examined(*words: str) -> dict[str, str]:
        main([*command, *words])
        out, err = capsys.readouterr()
        witness.sees(out, err)
        rows = [json.loads(line) for line in out.splitlines()]
        return next((row for row in rows if row["status"] == "failed"), rows[-1])

    row = examined()
    assert (row["step"], row["finding"]) == ("tls", "it wants TLS, and TLS is off here")
    authority = tmp_path / "ca.pem"
    authority.write_text("".join(map(ssl.DER_cert_to_PEM_cert, guarded.trust.get_ca_certs(binary_form=True))))
    monkeypatch.setenv("ROCKETMQ_BROKER_TLS_CA_FILE", str(authority))
    row = examined()
    assert row["step"] == "permissions"
    assert row["finding"].startswith("it wants credentials")
    keys = tmp_path / "keys"
    for each in (STRANGER, WRONG):
        keys.write_text(f"accessKey: {each.access_key}\nsecretKey: {each.secret_key}\n")
        row = examined("--credentials", str(keys))
        assert row["finding"].startswith("credentials are wrong")
    keys.write_text(f"accessKey: {ADMIN.access_key}\nsecretKey: {ADMIN.secret_key}\n")
    assert examined("--credentials", str(keys))["status"] == "ok"


async def test_closing_does_not_wait_for_the_server(
    face: Face, guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_remote, "CLOSE_TIMEOUT", 3600.0)  # servers answer no `close_notify`
    client = await face.client(guarded.address, tls=guarded.trust, credentials=ADMIN)
    await client.connect()
    async with asyncio.timeout(10):
        await client.disconnect()


async def test_an_unknown_certificate_is_refused(face: Face, guarded: Guarded, witness: Witness) -> None:
    client = await face.client(guarded.address, tls=True, credentials=ADMIN)
    with pytest.raises(BrokerConnectionError, match="certificate") as raised:
        await client.connect()
    witness.sees(raised.value)


def test_settings_and_records_hide_secrets(witness: Witness) -> None:
    witness.sees(
        ADMIN,
        STRANGER,
        ClientConfig(credentials=STRANGER),
        UserInfo(username="u", password=ADMIN.secret_key),
        AuthCreateUser(username="u", user=UserInfo(username="u", password=ADMIN.secret_key)),
        PlainAccessConfig(access_key="u", secret_key=ADMIN.secret_key),
        BrokerError("refused", remark="no"),
    )
