"""`pyrocketmq.logging`."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from scripted_server import ignore

from pyrocketmq.logging import StructuredFormatter, configure_logging, get_logger
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.requests.offset import GetMaxOffset
from pyrocketmq.remote import RemoteTimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers import Driver
    from scripted_server import ScriptedServer


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


def format_record(message: str, *args: object, is_json: bool = False, **options: Any) -> str:
    extra = options.pop("extra", {})
    record = logging.getLogger("shop").makeRecord(
        "shop", logging.INFO, "shop.py", 1, message, args, options.pop("exc_info", None), extra=extra, **options
    )
    record.created = 1767225600.25
    return StructuredFormatter(json=is_json).format(record)


def test_logger_is_the_standard_one() -> None:
    assert get_logger("shop.orders") is logging.getLogger("shop.orders")
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("pyrocketmq").handlers)


def test_text() -> None:
    extra = {"topic": "orders", "queue_id": 0, "error": 'no "route"', "empty": "", "assigned": "a=b", "none": None}
    assert format_record("sent %d", 3, extra=extra) == (
        "2026-01-01T00:00:00.250+00:00 INFO shop sent 3"
        ' topic=orders queue_id=0 error="no \\"route\\"" empty="" assigned="a=b" none=None'
    )


def test_record_is_one_line() -> None:
    line = format_record("two\nlines\x1b[31m", extra={"remark": "a\nb", "key": "\u2028"})
    assert len(line.splitlines()) == 1
    assert "two\\nlines\\x1b[31m" in line
    assert 'remark="a\\nb"' in line


def test_unicode_is_kept() -> None:
    assert format_record("消息", extra={"topic": "订单"}).endswith("消息 topic=订单")


def test_json() -> None:
    found = json.loads(format_record("sent %d", 3, is_json=True, extra={"topic": "orders", "at": {1}, "n": 1.5}))
    assert found == {
        "time": "2026-01-01T00:00:00.250+00:00",
        "level": "INFO",
        "logger": "shop",
        "message": "sent 3",
        "topic": "orders",
        "at": "{1}",
        "n": 1.5,
    }


@pytest.mark.parametrize("is_json", [False, True])
def test_traceback(is_json: bool) -> None:
    try:
        raise LookupError("gone")  # noqa: TRY301
    except LookupError:
        written = format_record("failed", is_json=is_json, exc_info=sys.exc_info())
    trace = json.loads(written)["traceback"] if is_json else written
    assert "Traceback" in trace
    assert "LookupError: gone" in trace


def test_stack() -> None:
    assert "the stack" in format_record("here", sinfo="the stack")


def test_configure_again_and_again() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logging("DEBUG", stream=first)
    configure_logging(logging.INFO, json=True, stream=second)
    get_logger("shop").info("hello", extra={"n": 1})
    get_logger("shop").debug("unheard")
    assert first.getvalue() == ""
    (line,) = second.getvalue().splitlines()
    assert json.loads(line)["n"] == 1


def test_unknown_level() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        configure_logging("LOUD")


async def test_debug_record_of_a_call(driver: Driver, server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "pyrocketmq.remote")
    remote = driver.remote(server.address)
    answer = await remote.invoke(GetMaxOffset(topic="orders", queue_id=3))
    (record,) = [record for record in caplog.records if record.levelno == logging.DEBUG]
    assert record.getMessage() == "GET_MAX_OFFSET: 0"
    fields = vars(record)
    assert fields["address"] == server.address
    assert fields["operation"] == "GET_MAX_OFFSET"
    assert fields["opaque"] == answer.opaque
    assert 0 < fields["elapsed"] < 10
    server.script = ignore
    with pytest.raises(RemoteTimeoutError):
        await remote.invoke(GetMaxOffset(topic="orders", queue_id=3), timeout=0.01)
    assert "no answer in time" in caplog.text


async def test_calls_pay_nothing_for_records_that_nobody_wants(
    driver: Driver, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = driver.remote(server.address)
    await remote.connect()
    asked: list[int] = []
    monkeypatch.setattr(logging.getLogger("pyrocketmq.remote"), "isEnabledFor", asked.append)
    await remote.invoke(RemotingCommand(1))
    assert asked == []


async def test_life_of_a_connection_is_logged(
    driver: Driver, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pyrocketmq.remote")
    remote = driver.remote(server.address)
    await remote.connect()
    local = str(remote.local_address)
    await remote.close()
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [f"connected to {server.address}", f"connection to {server.address} ended: closed"]
    assert [vars(record)["local_address"] for record in caplog.records] == [local, local]


def test_library_is_silent_by_default() -> None:
    script = "from pyrocketmq.logging import get_logger; get_logger('pyrocketmq.remote').error('unheard')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_field_does_not_hide_what_a_record_has() -> None:
    found = json.loads(format_record("sent", is_json=True, extra={"level": "gold", "time": "noon", "traceback": "no"}))
    assert (found["level"], found["level_"], found["time_"], found["traceback_"]) == ("INFO", "gold", "noon", "no")
    assert found["time"].startswith("2026")


def test_values_that_json_does_not_have() -> None:
    endless: list[object] = []
    endless.append(endless)
    extra = {"by_queue": {("orders", 0): 17}, "rate": float("nan"), "endless": endless, "good": [1]}
    line = format_record("sent", is_json=True, extra=extra)
    found = json.loads(line, parse_constant=pytest.fail)
    assert found["by_queue"] == "{('orders', 0): 17}"
    assert (found["rate"], found["endless"], found["good"]) == ("nan", "[[...]]", [1])


def test_a_name_is_on_the_line_of_its_record() -> None:
    assert format_record("sent", extra={"two\nlines": 1}).endswith("sent two\\nlines=1")
