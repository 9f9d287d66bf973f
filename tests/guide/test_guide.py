"""The user's guide works as printed, on the fake broker and on real ones."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from doc_blocks import GUIDE, DocBlock
from guide_blocks import Treatment, blocks, treatment_of
from pyrocketmq.broker import AsyncBrokerClient, BrokerClient, BrokerManager
from pyrocketmq.testkit import FakeBroker
from real_rocketmq.server import RealRocketMQ

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from real_rocketmq.pytest_plugin import ServerKind

BROKER_PORT = 10911
NAMESRV_PORT = 9876
"""The ports that the guide's blocks name; this test alone uses fixed ones."""


@pytest.fixture
def server_on_guide_ports(server_kind: ServerKind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # Workers of one run share the parent of their own base folders.
    with FileLock(tmp_path_factory.getbasetemp().parent / "guide-ports.lock"):
        server: AbstractContextManager[object] = (
            RealRocketMQ(server_kind.version, broker_port=BROKER_PORT, namesrv_port=NAMESRV_PORT)
            if server_kind.is_real
            else FakeBroker(version=server_kind.version, port=BROKER_PORT, namesrv_port=NAMESRV_PORT)
        )
        with server:
            yield


@pytest.mark.real
@pytest.mark.timeout(180)
@pytest.mark.usefixtures("server_on_guide_ports")
def test_blocks_run_as_printed(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ROCKETMQ_")}
    environment["PYTHONIOENCODING"] = "utf-8"
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(GUIDE.parents[1] / "tests" / "support" / "guide_blocks.py")],
        capture_output=True,
        encoding="utf-8",
        timeout=150,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    output = f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    assert done.returncode == 0, output
    assert done.stdout.endswith("--- end\n"), output
    # The guide prints its failures and goes on, so what it prints is looked at too.
    assert "失败" not in done.stdout, output
    assert "错误 (尝试" not in done.stdout, output
    assert "成功发送: 100/100 条消息" in done.stdout, output
    assert done.stdout.count("Worker ") == 50, output


def test_every_block_is_accounted_for() -> None:
    by_treatment = {
        treatment: [block.line for block in blocks() if treatment_of(block) is treatment] for treatment in Treatment
    }
    # A block that moves between the lists is a change of the guide or of this test that somebody should look at.
    assert by_treatment[Treatment.SIGNATURE] == [72, 313, 376]
    assert by_treatment[Treatment.COMPILE] == [459, 499, 533, 1126, 1146]
    assert len(by_treatment[Treatment.RUN]) == 26


@pytest.mark.parametrize("block", [b for b in blocks() if treatment_of(b) is Treatment.COMPILE], ids=str)
def test_fragments_compile(block: DocBlock) -> None:
    compile(block.source, str(GUIDE), "exec")


@pytest.mark.parametrize(
    ("cls", "parameters"),
    [
        (BrokerClient, ["self", "remote: Remote", "timeout: float = 5.0"]),
        (AsyncBrokerClient, ["self", "remote: AsyncRemote", "timeout: float = 5.0"]),
        (BrokerManager, ["self", "host: str", "port: int", "timeout: float = 5.0"]),
    ],
)
def test_printed_signatures_hold(cls: type, parameters: list[str]) -> None:
    printed = f"class {cls.__name__}:\n    def __init__({', '.join(parameters)})\n"
    assert printed in [block.source for block in blocks() if treatment_of(block) is Treatment.SIGNATURE]
    positional = [
        str(parameter).replace("'", "")
        for parameter in inspect.signature(cls.__init__).parameters.values()
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    assert positional == parameters
