"""Every example of every command runs on the fake broker, as text and as JSON lines."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

from pyrocketmq.broker.cli import main
from pyrocketmq.broker.cli.command import Command, CommandGroup
from pyrocketmq.broker.cli.commands import COMMANDS
from pyrocketmq.testkit import FakeBroker

if TYPE_CHECKING:
    from collections.abc import Iterator


def _commands() -> Iterator[Command]:
    for each in COMMANDS:
        if isinstance(each, CommandGroup):
            yield from each.commands
        else:
            yield each


EXAMPLES = [
    example[example.index("rmq ") :]
    for command in _commands()
    for example in command.examples
    if "rmq demo" not in example
]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBroker]:
    properties = {"enablePropertyFilter": "true"}
    with FakeBroker(topics={"orders": 4, "bills": 1}, properties=properties) as fake:
        monkeypatch.setenv("NAMESRV_ADDR", fake.namesrv_address)
        for each in ("mail", "billing"):
            assert main(["group", "create", each]) == 0
        fake.put("orders", b"one", tags="new", keys=["17"], queue_id=0)
        assert main(["pull", "orders", "--group", "billing"]) == 0
        assert main(["offset", "set", "billing", "orders", "0", "0"]) == 0
        yield fake


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_example_runs(
    example: str,
    as_json: bool,
    broker: FakeBroker,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    words = shlex.split(example.replace("localhost:9876", broker.namesrv_address))[1:]
    if as_json and "--json" not in words and "--body" not in words:
        words.append("--json")
    if "-" in words:  # standard input
        words[words.index("-")] = __file__
    capsysbinary.readouterr()
    assert main(words) == 0, capsysbinary.readouterr().err
    out, err = capsysbinary.readouterr()
    assert not err
    if "--json" in words:
        for line in out.splitlines():
            json.loads(line)


def test_errors_are_one_line(broker: FakeBroker, unused_tcp_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    for words, code, said in (
        (["pull", "nowhere"], 1, "there is no topic 'nowhere'"),
        (["topic", "list", "--namesrv", f"127.0.0.1:{unused_tcp_port}"], 1, "rmq doctor --namesrv"),
        (["send", "bad topic", "x"], 2, "bad topic"),
        (["query", "orders", "--key", "none"], 1, "no message"),
        (["offset", "set", "billing", "orders", "0", "99"], 1, "outside the queue"),
        (["group", "show", "nobody"], 1, "there is no group"),
    ):
        got = main(words)
        out, err = capsys.readouterr()
        assert (got, err.count("\n")) == (code, 1), (words, out, err)
        assert said in err, (words, err)


def test_doctor_finds_nothing_listening(unused_tcp_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--broker", f"127.0.0.1:{unused_tcp_port}", "--json"]) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["status"], last["step"]) == ("failed", "tcp")
    assert "10911" in last["next"]


def test_doctor_tells_tls_from_plain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeBroker(tls="enforcing") as broker:
        assert main(["doctor", "--broker", broker.address]) == 1
        assert "wants TLS" in capsys.readouterr().out
    monkeypatch.setenv("ROCKETMQ_BROKER_TLS", "1")
    with FakeBroker(tls="disabled") as broker:
        assert main(["doctor", "--broker", broker.address]) == 1
        assert "without TLS" in capsys.readouterr().out


@pytest.mark.parametrize("version", ["4.9.7", "5.4.0"])
def test_doctor_is_content(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeBroker(version=version) as broker:
        assert main(["doctor", "--namesrv", broker.namesrv_address]) == 0, capsys.readouterr().out
        assert main(["doctor", "--broker", broker.address]) == 0, capsys.readouterr().out
