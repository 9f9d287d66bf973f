"""The package works where POSIX is not: nothing that Windows does not have is needed to import and serve."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pyrocketmq.testkit.server as somewhere

SOURCES = sorted(Path(somewhere.__file__).parent.rglob("*.py"))

NOT_EVERYWHERE = frozenset(("curses", "fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"))
"""Modules of the standard library that Windows does not have."""

NAMES_NOT_EVERYWHERE = {
    "os": {"fork", "forkpty", "getuid", "geteuid", "getpgid", "killpg", "mkfifo", "pipe2", "setsid", "uname", "chown"},
    "signal": {"SIGKILL", "SIGUSR1", "SIGUSR2", "SIGHUP", "SIGALRM", "SIGCHLD", "SIGPIPE", "alarm", "pause", "sigwait"},
    "socket": {"AF_UNIX", "SO_REUSEPORT", "MSG_DONTWAIT", "MSG_NOSIGNAL", "sendfile"},
    "selectors": {"EpollSelector", "KqueueSelector", "PollSelector", "DevpollSelector"},
    "select": {"epoll", "kqueue", "poll"},
}

# The standard library itself stands on `posix` here, and on AF_UNIX for socket pairs.
WITHOUT_POSIX = f"""
import os, select, selectors, signal, socket, sys
for name in {sorted(NOT_EVERYWHERE - {"posix"})!r}:
    sys.modules[name] = None
for module, names in {NAMES_NOT_EVERYWHERE!r}.items():
    for name in names - {{"AF_UNIX"}}:
        if hasattr(sys.modules[module], name):
            delattr(sys.modules[module], name)
selectors.DefaultSelector = selectors.SelectSelector
from pyrocketmq.testkit import FakeBroker, FakeCluster
with FakeBroker(topics={{"t": 1}}) as broker, FakeCluster(brokers=1):
    host, _, port = broker.address.rpartition(":")
    with socket.create_connection((host, int(port)), 5) as client:
        client.sendall(b"these bytes are no frame")
        assert client.recv(1) == b""
    assert broker.put("t", b"x").queue_offset == 0
import pyrocketmq.testkit.cli, pyrocketmq.testkit.pytest_plugin, pyrocketmq.testkit.cassette
print("served")
"""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_is_used_that_windows_does_not_have(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert not {alias.name for alias in node.names} & NOT_EVERYWHERE
        elif isinstance(node, ast.ImportFrom):
            assert node.module not in NOT_EVERYWHERE
            assert not {alias.name for alias in node.names} & NAMES_NOT_EVERYWHERE.get(node.module or "", set())
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert node.attr not in NAMES_NOT_EVERYWHERE.get(node.value.id, set()), node.attr


def test_it_serves_without_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_POSIX], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "served\n", done.stderr
