"""Every example of every command runs, as text and as JSON lines, and what commands say is so."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyrocketmq.broker.cli import main
from pyrocketmq.broker.cli.command import Command, CommandGroup
from pyrocketmq.broker.cli.commands import COMMANDS
from pyrocketmq.broker.cli.parser import build_parser
from pyrocketmq.broker.cli.table import show_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Rmq, Shop

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


def _commands() -> Iterator[Command]:
    for each in COMMANDS:
        if isinstance(each, CommandGroup):
            yield from each.commands
        else:
            yield each


EXAMPLES = [
    example[example.index("rmq ") :] for command in _commands() for example in command.examples if example != "rmq demo"
]


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_example_runs(example: str, as_json: bool, shop: Shop, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    words = shop.words(example)[1:]
    if as_json and "--json" not in words and "--body" not in words:
        words.append("--json")
    if "-" in words:  # standard input
        words[words.index("-")] = __file__
    if words[0] == "query":
        shop.wait_for_index()
    capsysbinary.readouterr()
    assert main(words) == 0, capsysbinary.readouterr().err
    out, err = capsysbinary.readouterr()
    assert not err
    if "--json" in words:
        for line in out.splitlines():
            json.loads(line)


def test_the_guide_is_right() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "rmq.md").read_text(encoding="utf-8")
    lines = re.findall(r"^(?:\$ )?(rmq .*)$", guide, re.MULTILINE)
    assert len(lines) > 10
    for line in lines:
        build_parser(COMMANDS).parse_args(shlex.split(line.split(" > ")[0])[1:])


def test_demo_brings_its_own_broker(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("NAMESRV_ADDR", raising=False)
    assert main(["demo", "--json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 9


def test_messages_come_back(rmq: Rmq, shop: Shop) -> None:
    (sent,) = rmq.json("send orders 'zwei ☺' --tag paid --key a --key b --property source=shell --queue 0")
    assert (sent["status"], sent["queue_id"], sent["queue_offset"]) == ("SEND_OK", 0, 1)
    first, second = rmq.json("pull orders --queue 0")
    assert (first["msg_id"], first["body"]["text"]) == (shop.msg_id, "one")
    assert (second["msg_id"], second["offset_msg_id"]) == (sent["msg_id"], sent["offset_msg_id"])
    assert (second["body"]["text"], second["tags"], second["keys"]) == ("zwei ☺", "paid", ["a", "b"])
    assert second["message"]["properties"]["source"] == "shell"
    assert rmq.json("tail orders -n 1") == [second]
    assert rmq.json("pull orders --tag 'old || paid'") == [second]
    assert rmq.json("pull orders --sql \"source = 'shell'\"") == [second]
    assert rmq.json("pull orders --from latest") == []
    assert rmq.json("tail -f orders --count 2") == [first, second]
    assert rmq("pull orders --body").out == "one\nzwei ☺\n"


def test_batches_and_files(rmq: Rmq, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_bytes(b"a\nb\r\n\nc\n")
    (sent,) = rmq.json(f"send orders --lines {lines} --batch 3 --queue 2")
    assert len(sent["msg_id"].split(",")) == 3
    assert [row["body"]["text"] for row in rmq.json("pull orders --queue 2")] == ["a", "b", "c"]
    rmq.json(f"send orders --file {lines} --count 2 --queue 3")
    assert [row["body"]["size"] for row in rmq.json("pull orders --queue 3")] == [8, 8]


def test_query_by_every_id(rmq: Rmq, shop: Shop) -> None:
    shop.wait_for_index()
    (by_key,) = rmq.json("query orders --key 17")
    assert by_key["msg_id"] == shop.msg_id
    for option in (
        f"--id {shop.msg_id}",
        f"--id {shop.offset_msg_id}",
        f"--unique-key {shop.msg_id}",
        f"--offset-id {shop.offset_msg_id}",
    ):
        assert rmq.json(f"query orders {option}") == [by_key], option


def test_offsets_move(rmq: Rmq) -> None:
    (row,) = [row for row in rmq.json("offset show billing orders") if row["queue_id"] == 0]
    assert (row["committed"], row["end"], row["lag"]) == (0, 1, 1)
    (moved,) = rmq.json("offset set billing orders 0 1")
    assert (moved["queue_id"], moved["offset"]) == (0, 1)
    (row,) = [row for row in rmq.json("offset show billing") if row["queue_id"] == 0]
    assert (row["committed"], row["lag"]) == (1, 0)
    for to, offset in (("earliest", 0), ("latest", 1), ("1h", 0)):
        rows = rmq.json(f"offset reset billing orders --to {to}")
        assert [(row["queue_id"], row["offset"]) for row in rows] == [(0, offset), (1, 0), (2, 0), (3, 0)], to


def test_topics_live_and_die(rmq: Rmq, shop: Shop) -> None:
    bills = shop.names["bills"]
    assert [row["read_queues"] for row in rmq.json("topic list") if row["topic"] == bills] == [1]
    rmq.json("topic create bills --queues 2 --permission r")
    assert [(row["queue_id"], row["permission"]) for row in rmq.json("topic show bills")] == [(0, "r"), (1, "r")]
    (queue, *_) = rmq.json("topic show orders")
    assert (queue["start"], queue["end"], queue["messages"]) == (0, 1, 1)
    rmq.json("topic delete bills")
    assert bills not in [row["topic"] for row in rmq.json("topic list --all")]
    assert rmq("topic show bills").code == 1


def test_groups_live_and_die(rmq: Rmq, shop: Shop) -> None:
    rmq.json("group create mail --retries 3 --disabled")
    (row,) = [row for row in rmq.json("group list") if row["group"] == shop.names["mail"]]
    assert (row["may_read"], row["retries"], row["members"]) == (False, 3, 0)
    (lag,) = rmq.json("group show billing")
    assert (lag["kind"], lag["topic"], lag["lag"]) == ("lag", shop.names["orders"], 1)
    rmq.json("group delete mail")
    assert rmq("group show mail").code == 1


def test_cluster_tells_version_and_address(rmq: Rmq, shop: Shop) -> None:
    (row,) = rmq.json("cluster")
    assert (row["broker_name"], row["address"], row["version"]) == (
        shop.server.broker_name,
        shop.server.broker_address,
        shop.server.version,
    )
    assert row["uptime"] >= 0
    assert 0 <= row["disk"] <= 1


def test_a_broker_without_a_nameserver(rmq: Rmq, shop: Shop) -> None:
    """All commands that read work on the broker's own address as on its NameServer's."""
    shop.wait_for_index()
    broker = f"--broker {shop.server.broker_address}"
    for line in ("pull orders", "tail orders", "query orders --key 17", "topic show orders", "offset show billing"):
        assert rmq.json(f"{line} {broker}") == rmq.json(line), line
    (sent,) = rmq.json(f"send orders two --queue 0 {broker}")
    assert (sent["broker_name"], sent["queue_offset"]) == (shop.server.broker_name, 1)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("pull nowhere", 1, "there is no topic 'nowhere': `rmq topic list` shows all"),
        ("topic show nowhere", 1, "there is no topic 'nowhere'"),
        ("topic delete nowhere", 1, "there is no topic 'nowhere'"),
        ("send 'bad topic' x", 2, "bad topic"),
        ("send orders x --queue 4", 1, "has no such writable queue: it has 4 on broker-a"),
        ("send orders ''", 1, "brokers store no message without one"),
        ("query orders --key none", 1, "no message of topic"),
        ("query orders --offset-id 7", 1, "7"),
        ("pull orders --sql 'a ='", 1, "SUBSCRIPTION_PARSE_FAILED"),
        ("offset show nobody", 1, "has no offsets"),
        ("offset set billing orders 0 99", 1, "outside the queue, which reaches from 0 to 1"),
        ("group show nobody", 1, "there is no group 'nobody'"),
        ("group delete nobody", 1, "there is no group 'nobody'"),
        ("bench pull bills", 1, "is empty: `rmq bench send bills"),
        ("bench send orders --size 5000000 --count 2 --threads 2", 2, "body of 5000000 bytes exceeds the limit"),
        ("bench send orders --size 5000000 --count 2 --in-flight 2", 2, "body of 5000000 bytes exceeds the limit"),
        ("cluster --timeout 0.000001", 1, "rmq doctor --namesrv"),
    ],
)
def test_errors_are_one_line(line: str, code: int, said: str, rmq: Rmq) -> None:
    ran = rmq(line)
    assert (ran.code, ran.err.count("\n")) == (code, 1), ran
    assert said in ran.err
    assert not ran.out


@pytest.mark.parametrize("line", ["pull orders --from 0001-01-01", "send orders x --at 0001-01-01"])
def test_times_that_no_calendar_has(line: str, rmq: Rmq, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        rmq(line)
    assert ended.value.code == 2
    assert "'0001-01-01' is no " in capsys.readouterr().err
    assert show_time(2**63 - 1) == str(2**63 - 1)
