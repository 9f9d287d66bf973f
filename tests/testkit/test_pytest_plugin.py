"""The plugin, in a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from inner_pytest import inner_pytest
from pyrocketmq.testkit import FakeBroker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def run_pytest(folder: Path, source: str, *options: str, plugins: Sequence[str] | None = ("rocketmq",)) -> str:
    """Run tests and return what pytest says."""
    folder.joinpath("test_it.py").write_text(source, "utf-8")
    result = inner_pytest(folder, "-rs", *options, plugins=plugins)
    return result.stdout + result.stderr


def test_fixtures_and_marker(tmp_path: Path) -> None:
    said = run_pytest(
        tmp_path,
        """
import pytest

pytestmark = pytest.mark.rocketmq(version="4.9.7")


def test_default(rocketmq_broker):
    assert rocketmq_broker.version == "4.9.7"
    assert rocketmq_broker.messages("t") == []
    rocketmq_broker.put("t", b"x")


def test_each_test_has_its_own(rocketmq_broker):
    assert rocketmq_broker.messages("t") == []


@pytest.mark.rocketmq(version="5.4.0", clock="virtual", topics={"orders": 2})
def test_marked(rocketmq_broker, rocketmq_clock):
    assert rocketmq_broker.version == "5.4.0"
    assert rocketmq_broker.clock is rocketmq_clock


@pytest.mark.rocketmq(brokers=3)
def test_cluster(rocketmq_cluster):
    assert len(rocketmq_cluster().brokers) == 3
    assert len(rocketmq_cluster(brokers=1, version="5.4.0").brokers) == 1


class TestUnittest:
    @pytest.fixture(autouse=True)
    def broker(self, rocketmq_broker):
        self.broker = rocketmq_broker

    def test_it(self):
        assert self.broker.put("t", b"x").body == b"x"
""",
        "--strict-markers",
        plugins=None,  # pytest finds ours as soon as it is installed, and all live side by side
    )
    assert "5 passed" in said


def test_an_unused_fault_fails_the_test(tmp_path: Path) -> None:
    said = run_pytest(
        tmp_path,
        """
from pyrocketmq.testkit import Fault


def test_it(rocketmq_broker):
    rocketmq_broker.faults.add(Fault.reply(2))
""",
    )
    assert "never happened: <fault Reply: 0 hits>" in said


def test_the_same_tests_on_servers_elsewhere(tmp_path: Path) -> None:
    with FakeBroker(broker_name="elsewhere", cluster_name="far") as other:
        said = run_pytest(
            tmp_path,
            f"""
def test_names(rocketmq_broker):
    assert rocketmq_broker.address == {other.address!r}
    assert rocketmq_broker.namesrv_address == {other.namesrv_address!r}
    assert (rocketmq_broker.broker_name, rocketmq_broker.cluster_name) == ("elsewhere", "far")


def test_fake_only(rocketmq_broker):
    rocketmq_broker.put("t", b"x")


def test_cluster(rocketmq_cluster):
    rocketmq_cluster()
""",
            f"--rocketmq={other.namesrv_address}",
        )
    assert "1 passed, 2 skipped" in said
    assert "needs a fake broker: put is not there with --rocketmq" in said


def test_an_address_without_a_namesrv(tmp_path: Path) -> None:
    source = "def test_it(rocketmq_broker): ..."
    with FakeBroker() as other:
        said = run_pytest(tmp_path, source, f"--rocketmq={other.address}")
    assert "answered 3:  request type 106 not supported" in said


def test_loading_it_imports_nothing_of_the_fake() -> None:
    code = "import sys, pyrocketmq.testkit.pytest_plugin; print([name for name in sys.modules if 'pyrocketmq' in name])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pyrocketmq.testkit.broker" not in result.stdout
    assert "pyrocketmq.model" not in result.stdout


def test_a_failing_handler_shows_its_traceback(tmp_path: Path) -> None:
    said = run_pytest(
        tmp_path,
        """
import socket
from pyrocketmq.model.requests import GetMaxOffset


def test_it(rocketmq_broker):
    rocketmq_broker.server.store.queue = None
    host, _, port = rocketmq_broker.address.rpartition(":")
    with socket.create_connection((host, int(port)), 5) as client:
        client.sendall(GetMaxOffset(topic="t", queue_id=0).to_frame(1))
        assert b"java.lang.RuntimeException" in client.recv(65536)
""",
    )
    assert "'NoneType' object is not callable" in said
    assert "in get_max_offset" in said or "get_max_offset(" in said
    assert "1 passed, 1 error" in said


def test_cassettes(tmp_path: Path) -> None:
    source = """
import socket
from pyrocketmq.model.requests import GetMaxOffset


def test_it(rocketmq_cassette):
    host, _, port = rocketmq_cassette("tapes/it.jsonl").address.rpartition(":")
    with socket.create_connection((host, int(port)), 5) as client:
        client.sendall(GetMaxOffset(topic="t", queue_id=0).to_frame(1))
        assert b"offset" in client.recv(65536)
"""
    with FakeBroker() as other:
        said = run_pytest(tmp_path, source, f"--rocketmq={other.address}", "--rocketmq-record")
        assert "1 passed" in said
        assert len(other.requests) == 1
    assert "1 passed" in run_pytest(tmp_path, source)
    assert "--rocketmq-record needs --rocketmq" in run_pytest(tmp_path, source, "--rocketmq-record")
