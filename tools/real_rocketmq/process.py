"""One Java process, its output and its signals."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from real_rocketmq.reaper import Reaper

KILL_SECONDS = 10.0


class JavaProcess:
    """A process in a session of its own, so that a Ctrl-C for its owner does not end it before its owner does."""

    def __init__(self, command: Sequence[str], output: Path, reaper: Reaper) -> None:
        """Start it; what it prints is appended to ``output``, which outlasts restarts."""
        self._output = output
        self._output_start = output.stat().st_size if output.exists() else 0
        self._reaper = reaper
        with output.open("ab") as sink:
            self._process = subprocess.Popen(
                reaper.watched(command),
                cwd=output.parent,
                stdin=reaper.pipe,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id, which is its process group's too."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet; a paused one is running."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended, as :attr:`subprocess.Popen.returncode` has it; ``None`` while it runs."""
        return self._process.poll()

    def output(self) -> str:
        """What it has printed so far, without what an earlier process left in the same file."""
        with self._output.open("rb") as file:
            file.seek(self._output_start)
            return file.read().decode(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its process group."""
        if self.running:
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it by SIGKILL and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self._wait(KILL_SECONDS)

    def terminate(self, seconds: float) -> None:
        """Ask it to shut down in order, paused or not; kill it when it takes longer than ``seconds``."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        try:
            self._wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def _wait(self, seconds: float) -> None:
        self._process.wait(seconds)
        self._reaper.forget(self.pid)
