"""Recording real servers, and playing what was recorded."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from requests_of import heartbeat, pull, send
from wire_client import WireClient

from pyrocketmq.model.requests import (
    GetConsumerListByGroup,
    GetMaxOffset,
    GetRouteinfoByTopic,
    NotifyConsumerIdsChanged,
)
from pyrocketmq.testkit import (
    Account,
    Cassette,
    CassetteError,
    CassettePlayer,
    CassetteRecorder,
    FakeBroker,
    FakeCluster,
    Fault,
    UnexpectedRequestError,
    VirtualClock,
)

if TYPE_CHECKING:
    from pathlib import Path

RUN = "import sys; from pyrocketmq.testkit.cli import main; sys.exit(main())"
FIRST_ID, SECOND_ID = "7F00000144BB1234567871BB83150001", "7F00000144BB1234567871BB8315FFFF"


def broker_behind(address: str) -> str:
    with WireClient(address) as client:
        route = client.reply(GetRouteinfoByTopic(topic="t")).route
    return route.broker_datas[0].broker_addrs[0]


def converse(address: str, unique_id: str, client_id: str) -> list[object]:
    """Do what an application does, at a NameServer and behind it; returns what it saw."""
    with WireClient(broker_behind(address)) as client:
        sent = client.reply(send(properties={"UNIQ_KEY": unique_id}, born_timestamp=len(client_id)))
        pulled = client.reply(pull())
        client.call(heartbeat(client_id, consumer="g"))
        client.push(NotifyConsumerIdsChanged.CODE)
        members = client.reply(GetConsumerListByGroup(consumer_group="g")).consumer_list.consumer_id_list
        return [sent.queue_offset, pulled.messages[0].body, pulled.messages[0].properties["UNIQ_KEY"], members]


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """A cassette of one conversation."""
    path = tmp_path / "tape.jsonl"
    with FakeBroker(version="4.9.7", topics={"t": 1}) as broker:
        with CassetteRecorder(broker.namesrv_address, path) as recorder:
            converse(recorder.address, FIRST_ID, "c1")
            assert len(broker.requests.where(server="namesrv")) == 1  # the answer to it led to the recorder again
    return path


def test_what_was_recorded_is_played_to_another_client(tape: Path) -> None:
    with CassettePlayer(tape) as player:
        seen = converse(player.address, SECOND_ID, "another client")
        assert player.unplayed == []
        assert player.requests.where(code=GetRouteinfoByTopic.CODE)
    assert seen == [0, b"hello", SECOND_ID, ["another client"]]


def test_a_cassette_is_readable_and_has_the_bytes(tape: Path) -> None:
    lines = [json.loads(line) for line in tape.read_text("utf-8").splitlines()]
    assert lines[0]["format"] == "rocketmq-cassette"
    assert lines[0]["version"] == 1
    sends = [line for line in lines[1:] if line["view"]["name"] == "SEND_MESSAGE_V2"]
    assert (sends[0]["sender"], sends[0]["view"]["fields"]["topic"]) == ("client", "t")
    assert sends[0]["view"]["fields"]["properties"] == {"UNIQ_KEY": FIRST_ID}
    assert b"hello" in next(frame.frame for frame in Cassette.load(tape).frames if frame.frame.endswith(b"hello"))


def test_a_request_that_was_not_recorded(tape: Path) -> None:
    player = CassettePlayer(tape)
    with WireClient(broker_behind(player.address)) as client:
        answer = client.call(send(body=b"other"))
        unknown = client.call(GetMaxOffset(topic="t", queue_id=0))
        client.start(GetMaxOffset(topic="t", queue_id=1), oneway=True)
        assert client.call(pull()).code == 0
    assert answer.code == unknown.code == 1
    assert "no answer to SEND_MESSAGE_V2 (310)" in (answer.remark or "")
    assert "near miss: body.text is other, recorded hello" in (answer.remark or "")
    assert "near miss" not in (unknown.remark or "")
    with pytest.raises(UnexpectedRequestError, match="GET_MAX_OFFSET"):
        player.stop()
    player.stop()


def test_answers_come_in_order_and_the_last_one_again(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    with FakeBroker() as broker, CassetteRecorder(broker.address, path) as recorder:
        with WireClient(recorder.address) as client:
            offsets = [client.reply(send()).queue_offset for _ in range(3)]
    with CassettePlayer(path) as player, WireClient(player.address) as client:
        assert [client.reply(send()).queue_offset for _ in range(5)] == [*offsets, 2, 2]
        assert client.call(send(flag=7)).code == 1
        player.unexpected.clear()
    with CassettePlayer(path, repeats=False, ignore=["flag"]) as player, WireClient(player.address) as client:
        assert [client.call(send(flag=7)).code for _ in range(4)] == [0, 0, 0, 1]
        assert "no further answer" in player.unexpected[0]
        player.unexpected.clear()


def test_a_long_poll_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    with FakeBroker(topics={"t": 1}) as broker, CassetteRecorder(broker.address, path) as recorder:
        with WireClient(recorder.address) as client:
            opaque = client.start(pull(wait=20_000))
            broker.requests.wait_for(code=11)
            assert not client.has_answer(opaque)
            broker.put("t", b"late")
            client.answer(opaque)
    clock = VirtualClock()
    with CassettePlayer(path, clock=clock) as player, WireClient(player.address) as client:
        opaque = client.start(pull(wait=20_000))
        player.requests.wait_for(code=11)
        player.settle()
        assert not client.has_answer(opaque)
        clock.advance(seconds=60)
        client.answer(opaque)
    with CassettePlayer(path, pace=0) as player, WireClient(player.address) as client:
        assert client.reply(pull(wait=20_000)).messages[0].body == b"late"


def test_secrets_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    with FakeBroker(accounts=[Account("user-name-x", "secret-key-x")]) as broker:
        with CassetteRecorder(broker.address, path) as recorder, WireClient(recorder.address) as client:
            secrets = {"AccessKey": "user-name-x", "Signature": "signature-x", "SecurityToken": "token-x"}
            assert client.call(send(), fields=secrets).code
    text = path.read_text("utf-8")
    assert "REDACTED" in text
    frames = b"".join(frame.frame for frame in Cassette.load(path).frames)
    for secret in secrets.values():
        assert secret not in text
        assert secret.encode() not in frames
    with CassettePlayer(path) as player, WireClient(player.address) as client:
        client.call(send(), fields={"AccessKey": "other", "Signature": "else"})


def test_an_upstream_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = "{}:{}".format(*listener.getsockname())
    with CassetteRecorder(address, tmp_path / "tape") as recorder, WireClient(recorder.address) as client:
        client.start(send())
        assert client.is_closed_within()
    with pytest.raises(ValueError, match="HOST:PORT"):
        CassetteRecorder("nowhere", tmp_path / "tape")


def test_a_client_sees_that_the_upstream_ended_its_connection(tmp_path: Path) -> None:
    with FakeBroker() as broker, CassetteRecorder(broker.address, tmp_path / "tape") as recorder:
        broker.faults.add(Fault.close_after_answering())
        with WireClient(recorder.address) as client:
            assert client.call(send()).code == 0
            assert client.is_closed_within()
        with WireClient(recorder.address) as client:
            client.call(send())


def test_every_broker_of_a_cluster_is_recorded(tmp_path: Path) -> None:
    path = tmp_path / "tape"
    with (
        FakeCluster(brokers=2, topics={"t": 1}) as cluster,
        CassetteRecorder(cluster.namesrv_address, path) as recorder,
    ):
        with WireClient(recorder.address) as client:
            route = client.reply(GetRouteinfoByTopic(topic="t")).route
        for data in route.broker_datas:
            with WireClient(data.broker_addrs[0]) as client:
                client.call(send())
        assert [len(master.messages("t")) for master in cluster.masters] == [1, 1]
    with CassettePlayer(path) as player:
        assert len(set(player.addresses.values())) == 3


@pytest.mark.parametrize(
    "text", ["", "{}", "no json", '{"format": "rocketmq-cassette", "version": 2}', "\xff"], ids=range(5)
)
def test_a_file_that_is_no_cassette(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tape"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(CassetteError, match="tape"):
        Cassette.load(path)


@pytest.mark.parametrize(
    "change",
    [{"sender": "nobody"}, {"frame": "*"}, {"frame": "AAAA"}, {"at": None}],
    ids=["sender", "text", "bytes", "at"],
)
def test_a_line_that_is_no_frame(tape: Path, change: dict[str, object]) -> None:
    lines = tape.read_text("utf-8").splitlines()
    lines[3] = json.dumps({**json.loads(lines[3]), **change})
    tape.write_text("\n".join(lines), "utf-8")
    with pytest.raises(CassetteError, match="line 4"):
        Cassette.load(tape)


def test_commands(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"

    def run(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def end(process: subprocess.Popen[str]) -> tuple[int, str]:
        process.send_signal(signal.SIGINT)
        try:
            _, said = process.communicate(timeout=10)
        finally:
            process.kill()
            process.wait()
        return process.returncode, said

    with FakeBroker(topics={"t": 1}) as broker:
        recording = run("record", "--upstream", broker.namesrv_address, "--out", str(path))
        assert recording.stdout is not None
        converse(json.loads(recording.stdout.readline())["address"], FIRST_ID, "c1")
        assert end(recording)[0] == 0
    playing = run("replay", str(path), "--pace", "0")
    assert playing.stdout is not None
    address = json.loads(playing.stdout.readline())["address"]
    converse(address, SECOND_ID, "c2")
    with WireClient(address) as client:
        client.call(GetRouteinfoByTopic(topic="another"))
    code, said = end(playing)
    assert code == 1
    assert "near miss: fields.topic is another, recorded t" in said
