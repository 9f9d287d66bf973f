"""What a person sees: the commands on a pseudo-terminal."""

from __future__ import annotations

import errno
import os
import re
import struct
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from pyrocketmq.broker.cli import main, progress
from pyrocketmq.broker.cli.table import width_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Shop

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)

import fcntl
import pty
import termios

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

STYLE = re.compile(r"\x1b\[[0-9]+m")
CHILD = """\
import fcntl, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches this process
signal.signal(signal.SIGINT, signal.default_int_handler)  # even if the tests run where a shell has it ignored
from pyrocketmq.broker.cli import main
sys.exit(main())
"""


class Terminal:
    """A pseudo-terminal of some width, and everything that was written to it."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self._written = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self.master, 65536)
            except OSError as error:
                assert error.errno == errno.EIO  # nobody has the other end any more
                return
            if not part:
                return
            self._written += part

    @property
    def text(self) -> str:
        """What was written, as the terminal got it."""
        return self._written.decode().replace("\r\n", "\n")

    @property
    def screen(self) -> list[str]:
        """The lines as they stand at the end, without styles."""
        lines = []
        for line in STYLE.sub("", self.text).split("\n"):
            shown, position = "", 0
            for part in re.split(r"(\r|\x1b\[K)", line):
                if part == "\r":
                    position = 0
                elif part == "\x1b[K":
                    shown = shown[:position]
                else:
                    shown = shown[:position] + part + shown[position + len(part) :]
                    position += len(part)
            lines.append(shown.rstrip())
        return lines

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 30
        while text not in self.text:
            assert time.monotonic() < deadline, self.text
            time.sleep(0.01)

    def end(self) -> None:
        """Let go of the end that programs write to, and wait for the rest."""
        os.close(self.slave)
        self._reader.join(10)
        os.close(self.master)


class Screen:
    """Runs commands of this process on pseudo-terminals."""

    def __init__(self, shop: Shop, patch: pytest.MonkeyPatch) -> None:
        self._shop = shop
        self._patch = patch

    def __call__(self, line: str, columns: int = 100) -> Terminal:
        terminal = Terminal(columns)
        with open(terminal.slave, "w", closefd=False) as stream, self._patch.context() as patch:
            patch.delenv("COLUMNS", raising=False)
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stderr", stream)
            assert main(self._shop.words(line)) == 0
        terminal.end()
        return terminal


@pytest.fixture
def screen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Screen(shop, monkeypatch)


class Program:
    """A command in a process of its own, whose terminal a test types on."""

    def __init__(self, words: list[str]) -> None:
        self.terminal = Terminal(100)
        end = self.terminal.slave
        command = [sys.executable, "-c", CHILD, *words]
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        self._process = subprocess.Popen(
            command, stdin=end, stdout=end, stderr=end, start_new_session=True, env=environment
        )

    def interrupt(self) -> int:
        """Type Ctrl-C; return the exit code."""
        # A terminal echoes it after it has sent the signal, so that on a busy machine the program may be first. Here
        # the echo comes first, always.
        attributes = termios.tcgetattr(self.terminal.slave)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(self.terminal.slave, termios.TCSANOW, attributes)
        os.write(self.terminal.slave, b"^C")
        self.terminal.wait_for("^C")
        os.write(self.terminal.master, b"\x03")
        code = self._process.wait(30)
        self.terminal.end()
        return code

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(30)


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    running: list[Program] = []
    yield running
    for each in running:
        each.kill()


def test_progress_of_long_work(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    monkeypatch.setattr(progress, "_PERIOD", 0.0)
    shown = screen("send orders ping --count 40 --quiet")
    assert re.search(r"\[#{12}\.{12}\]  50%  20 messages, [0-9,]+/s, [0-9,]+ s left", shown.text)
    assert shown.screen == ["40 messages sent", ""]  # and nothing is left of it
    narrow = screen("send orders ping --count 40 --quiet", columns=30)
    assert "#" not in narrow.text
    assert " 50%  20 messages, " in narrow.text


def test_no_progress_of_short_work(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 3600.0)
    assert "#" not in screen("send orders ping --count 3").text


@pytest.mark.parametrize("columns", [36, 80])
def test_lines_fit(columns: int, screen: Screen) -> None:
    screen("send orders '订单 is a wide body, and a long one: 0123456789 0123456789 0123456789' --tag a-tag --queue 0")
    for line in (
        "topic list",
        "topic show orders",
        "pull orders --queue 0",
        "tail orders",
        "offset show billing",
        "group list",
        "group show billing",
        "cluster",
        "doctor --topic orders",
        "bench send orders --count 50",
    ):
        shown = screen(line, columns)
        widest = max(shown.screen, key=width_of)
        assert width_of(widest) <= columns, (line, widest)


def test_tables_and_records(screen: Screen, shop: Shop) -> None:
    wide = screen("pull orders", columns=100).screen
    assert wide[0].split() == ["QUEUE", "QUEUE", "OFFSET", "STORE", "TIMESTAMP", "TAGS", "KEYS", "BODY"]
    assert wide[1].startswith("broker-a/0 ")
    assert wide[1].endswith("new       17        one")
    narrow = screen("pull orders", columns=40).screen
    assert narrow[:2] == ["QUEUE            broker-a/0", "QUEUE OFFSET     0"]
    assert narrow[3:6] == ["TAGS             new", "KEYS             17", "BODY             one"]


def test_long_findings_go_on_below(screen: Screen) -> None:
    lines = screen("doctor", columns=72).screen
    (row,) = [index for index, line in enumerate(lines) if " permissions " in line]
    start = lines[row].index("broker-a")
    assert lines[row + 1][:start].strip() == ""
    assert " ".join([lines[row][start:], lines[row + 1][start:]]) == "broker-a lets this client read its configuration"


def test_colours(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = screen("send orders x").text
    assert "\x1b[1mBROKER NAME" in shown
    assert "\x1b[32mSEND_OK\x1b[0m" in shown
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in screen("send orders x").text
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    assert "\x1b" not in screen("send orders x --count 3").text


def test_bench_draws_latencies(screen: Screen) -> None:
    lines = screen("bench send orders --count 200").screen
    assert {"P50 MS", "P99 MS", "MSG/S", "MIB/S"} <= set(re.split(r"  +", lines[0]))
    plot = lines[lines.index("latencies in milliseconds, and how many calls had them:") + 1 : -1]
    bars = [re.fullmatch(r" *[0-9.]+ to +[0-9.]+  (#*) +([0-9,]+)", line) for line in plot]
    assert all(bars)
    assert sum(int(found[2].replace(",", "")) for found in bars if found) == 200
    assert max(len(found[1]) for found in bars if found) == 40


def test_tail_ends_by_ctrl_c(shop: Shop, programs: list[Program]) -> None:
    program = Program(shop.words("tail -f orders"))
    programs.append(program)
    program.terminal.wait_for("one")
    shop.send("two")
    program.terminal.wait_for("two\n")  # with its end, which may come by itself
    assert program.interrupt() == 0
    assert program.terminal.screen[-2:] == ["^C", ""]
    assert "Traceback" not in program.terminal.text


def test_bench_ends_by_ctrl_c(shop: Shop, programs: list[Program]) -> None:
    program = Program(shop.words("bench send orders --duration 1h"))
    programs.append(program)
    program.terminal.wait_for("messages, ")
    assert program.interrupt() == 1
    lines = program.terminal.screen
    assert lines[-2:] == ["rmq: interrupted", ""]
    assert any(line.startswith("send, 1 thread ") for line in lines), lines
    assert "Traceback" not in program.terminal.text
