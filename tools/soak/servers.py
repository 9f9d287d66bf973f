"""The servers that a soak kills, freezes and starts again, always at the same address."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pyrocketmq.broker import create_broker_client
from real_rocketmq import RealRocketMQ
from soak.questions import TOPICS

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class Victim(Protocol):
    """A server that can be ill-treated."""

    address: str
    is_real: bool

    def kill(self) -> None:
        """End it at once."""

    def restart(self) -> None:
        """Start it again after `kill`."""

    def pause(self) -> None:
        """Freeze it: its connections stay open, and nothing answers."""

    def resume(self) -> None:
        """Let it go on."""


class FakeVictim:
    """The fake broker in a process of its own.

    Args:
        misbehaves: Whether it also does all that servers can do wrong while they run.
    """

    is_real = False

    def __init__(self, *, misbehaves: bool) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = int(listener.getsockname()[1])
        self.address = f"127.0.0.1:{self._port}"
        self._misbehaves = misbehaves
        self._seed = 0

    def __enter__(self) -> Self:
        self.restart()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """End it by SIGKILL."""
        self._process.kill()
        self._process.communicate()

    def restart(self) -> None:
        """Start it, with faults in another order than before."""
        self._seed += 100 * self._misbehaves
        command = [sys.executable, "-m", "soak.fake_server", str(self._port), str(self._seed)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            self.kill()
            raise RuntimeError("the fake broker does not start")

    def pause(self) -> None:
        """Freeze it (SIGSTOP)."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._process.send_signal(signal.SIGCONT)


class RealVictim:
    """A real broker; what goes wrong with it is that it is killed and frozen."""

    is_real = True

    def __init__(self, version: str) -> None:
        self._server = RealRocketMQ(version)

    def __enter__(self) -> Self:
        self._server.start()
        self.address = self._server.broker_address
        with create_broker_client(self.address, timeout=30.0) as client:
            for topic in TOPICS:
                client.create_topic(topic, 1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def kill(self) -> None:
        """End it by SIGKILL."""
        self._server.kill_broker()

    def restart(self) -> None:
        """Start it again on the same store and port."""
        self._server.start_broker()

    def pause(self) -> None:
        """Freeze it (SIGSTOP)."""
        self._server.pause_broker()

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._server.resume_broker()
