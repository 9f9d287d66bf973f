"""The blocks of every page run as printed, on the fake broker: Python, modules of tests, and lines for the shell."""

from __future__ import annotations

import argparse
import inspect
import logging
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from doc_blocks import ROOT, blocks_of, languages, pages
from inner_pytest import inner_pytest
from pyrocketmq.broker import BrokerManager
from pyrocketmq.broker.cli import main
from pyrocketmq.broker.cli.commands import COMMANDS
from pyrocketmq.broker.cli.parser import build_parser
from pyrocketmq.broker.connection import BlockingConnected
from pyrocketmq.testkit import FakeBroker, Fault
from pyrocketmq.testkit.cli import record, replay, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from doc_blocks import DocBlock

PYTHON = [block for page in pages() for block in blocks_of(page, "python")]
NARRATIVES = sorted({block.page for block in PYTHON if not block.reason and not block.tests})
TEST_MODULES = [block for block in PYTHON if block.tests and not block.reason]


@pytest.fixture
def _logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, "pyrocketmq", "pyrocketmq.remote")]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBroker]:
    for name in ("ROCKETMQ_BROKER_ACCESS_KEY", "NAMESRV_ADDR"):
        monkeypatch.delenv(name, raising=False)
    properties = {"enablePropertyFilter": "true", "recallMessageEnable": "true"}
    with FakeBroker(topics={"orders": 4, "bills": 4}, properties=properties) as fake:
        for number in range(3):
            fake.put("orders", b"order %d" % number, queue_id=0, tags="new", keys=[str(number)])
        yield fake


def run(block: DocBlock, source: str, broker: FakeBroker, namespace: dict[str, object]) -> None:
    here = source.replace("localhost:10911", broker.address).replace("localhost:9876", broker.namesrv_address)
    exec(compile(here, str(block.page), "exec"), namespace)


@pytest.mark.usefixtures("_logging_as_it_was")
@pytest.mark.parametrize("page", NARRATIVES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_run_as_printed(page: Path, broker: FakeBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "page"}
    made: list[object] = []
    try:
        for block in blocks_of(page, "python"):
            if not block.reason and not block.tests:
                run(block, block.given, broker, namespace)
                run(block, block.padded, broker, namespace)
                made += namespace.values()  # also what the next block puts another thing in place of
    finally:
        for value in made:
            if isinstance(value, BlockingConnected | BrokerManager):
                value.__exit__(None, None, None)


def test_modules_of_tests_pass(tmp_path: Path) -> None:
    for block in TEST_MODULES:
        name = re.sub(r"\W+", "_", str(block)) + "_test.py"
        tmp_path.joinpath(name).write_text(f"{block.given}{block.padded}", "utf-8")
    tmp_path.joinpath("pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\naddopts = --strict-markers\npython_files = *_test.py\n", "utf-8"
    )
    done = inner_pytest(tmp_path, plugins=("rocketmq", "asyncio"))
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= sum(block.tests for block in TEST_MODULES)


def test_python_is_called_python() -> None:
    # What has another name would not be run.
    assert languages() == {"python", "bash", "console", "json", "text", "java", "go"}


def test_what_cannot_run_is_python_with_a_reason() -> None:
    left_out = [block for block in PYTHON if block.reason]
    for block in left_out:
        compile(block.source, str(block), "exec")
        assert len(block.reason.split()) >= 3, f"{block}: {block.reason!r} is no reason"
    assert len(left_out) * 5 < len(PYTHON)


def test_every_fault_is_shown() -> None:
    shown = "".join(block.source for block in TEST_MODULES)
    made = [name for name, _ in inspect.getmembers(Fault, inspect.ismethod) if not name.startswith("_")]
    assert made
    for name in made:
        assert re.search(rf"Fault\.{name}\(", shown), f"no example shows Fault.{name}"


def parser_of_the_fake() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    for command in (serve, record, replay):
        command.add_parser(commands)
    return parser


def shell_lines() -> Iterator[tuple[Path, list[str]]]:
    """Return the words of every command, without what the shell does with its output."""
    for page in pages():
        for block in blocks_of(page, "bash"):
            for line in block.source.replace("\\\n", " ").splitlines():
                yield page, shlex.split(line.partition(" > ")[0], comments=True)
        for block in blocks_of(page, "console"):
            for line in block.source.splitlines():
                if line.startswith("$ "):
                    yield page, shlex.split(line[2:])


def test_commands_for_the_shell_exist() -> None:
    parsers = {"rmq": build_parser(COMMANDS), "rmq-fake": parser_of_the_fake()}
    seen = 0
    for _, words in shell_lines():
        for command in parsers.keys() & set(words):
            arguments = words[words.index(command) + 1 :]
            if arguments and "--help" not in arguments:
                parsers[command].parse_args(arguments)
                seen += 1
    assert seen >= 50


def test_commands_that_end_do_so(broker: FakeBroker, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pull", "orders", "--group", "billing", "--namesrv", broker.namesrv_address]) == 0
    assert main(["offset", "set", "billing", "orders", "0", "0", "--namesrv", broker.namesrv_address]) == 0
    ran = set()
    for page, words in shell_lines():
        # The examples of the command's own reference have a test of their own, and `tail -f` has no end.
        if words[:1] == ["rmq"] and page.name != "rmq.md" and "-f" not in words:
            arguments = [word.replace("localhost:9876", broker.namesrv_address) for word in words[1:]]
            assert main(arguments) == 0, f"{page}: {words}\n{capsys.readouterr().err}"
            ran.add(words[1])
    assert ran >= {"doctor", "send", "offset"}
