"""The command `rmq-fake`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from wire_client import WireClient

from pyrocketmq.model.requests import GetBrokerConfig, GetRouteinfoByTopic
from pyrocketmq.testkit import FakeBroker
from pyrocketmq.testkit.cli import main

RUN = "import sys; from pyrocketmq.testkit.cli import main; sys.exit(main())"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_serve(ending: signal.Signals) -> None:
    arguments = ["--namesrv-port", "0", "--broker-port", "0", "--brokers", "2", "--version", "4.9.7"]
    more = ["--topic", "orders:3", "--property", "maxMessageSize=77"]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "serve", *arguments, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["version"] == "4.9.7"
        assert list(ready["brokers"]) == ["broker-a", "broker-b"]
        with WireClient(ready["namesrv"]) as client:
            route = client.reply(GetRouteinfoByTopic(topic="orders")).route
            assert {queue.read_queue_nums for queue in route.queue_datas} == {3}
        with WireClient(ready["brokers"]["broker-b"]["0"]) as client:
            assert client.reply(GetBrokerConfig()).settings["maxMessageSize"] == "77"
        process.send_signal(ending)
        _, logged = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert ending.name in logged


def test_a_failure_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with FakeBroker() as broker:
        port = broker.address.rpartition(":")[2]
        assert main(["serve", "--namesrv-port", "0", "--broker-port", port]) == 1
    error = capsys.readouterr().err
    assert error.startswith("rmq-fake: ")
    assert error.count("\n") == 1
    assert main(["serve", "--namesrv-port", "0", "--broker-port", "0", "--property", "messageDelayLevel=1x"]) == 1
    assert main(["serve", "--debug", "--namesrv-port", "0", "--property", "messageDelayLevel=1x"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["serve", "--topic", "orders"], ["serve", "--property", "x"], ["serve", "--version", "3"]],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "examples:" in capsys.readouterr().out
