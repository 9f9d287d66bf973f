"""The batch loader: every line once, and an interrupted load goes on where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyrocketmq.model import RequestCode
from pyrocketmq.testkit import Fault
from shop import load

if TYPE_CHECKING:
    from pathlib import Path

    from pyrocketmq.testkit import FakeBroker

LINES = [b'{"order": %d}' % number for number in range(1000)]


@pytest.fixture
def source(tmp_path: Path, broker: FakeBroker, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NAMESRV_ADDR", broker.namesrv_address)
    monkeypatch.setattr(load, "MAX_BATCH", 20_000)
    path = tmp_path / "orders.jsonl"
    path.write_bytes(b"\n".join(LINES) + b"\n")
    return str(path)


def test_every_line_is_sent(source: str, broker: FakeBroker, capsys: pytest.CaptureFixture[str]) -> None:
    assert load.main([source]) == 0
    assert capsys.readouterr().out == "1000 messages sent, 1000 in all\n"
    assert sorted(message.body for message in broker.messages("orders")) == sorted(LINES)
    assert {message.queue_id for message in broker.messages("orders")} == {0, 1}
    assert load.main([source]) == 0
    assert capsys.readouterr().out == "0 messages sent, 1000 in all\n"


def test_it_goes_on_where_it_was(source: str, broker: FakeBroker, capsys: pytest.CaptureFixture[str]) -> None:
    broker.faults.add(Fault.reply(14, "the broker's disk is full").on(code=RequestCode.SEND_BATCH_MESSAGE).nth(3))
    assert load.main([source]) == 1
    said = capsys.readouterr().err
    assert "the broker's disk is full" in said
    assert "run it again" in said
    stored = len(broker.messages("orders"))
    assert 0 < stored < 1000
    assert f"{stored} messages are stored" in said
    assert load.main([source]) == 0
    assert sorted(message.body for message in broker.messages("orders")) == sorted(LINES)


def test_no_server_listens(source: str, broker: FakeBroker, capsys: pytest.CaptureFixture[str]) -> None:
    broker.stop()
    assert load.main([source]) == 1
    assert "nothing listens there" in capsys.readouterr().err
