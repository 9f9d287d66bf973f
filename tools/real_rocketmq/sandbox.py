"""The temporary folder and the processes of one RocketMQ, and their common end."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from real_rocketmq.process import JavaProcess
from real_rocketmq.reaper import Reaper


class Sandbox:
    """Owns a temporary folder and every process launched in it."""

    def __init__(self, name: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self._reaper = Reaper(self.folder)
        self._processes: list[JavaProcess] = []

    def launch(self, command: Sequence[str], output: Path) -> JavaProcess:
        """Start a process whose output is appended to a file."""
        process = JavaProcess(command, output, self._reaper)
        self._processes.append(process)
        return process

    def close(self) -> None:
        """Kill every process that still runs and remove the folder."""
        try:
            for process in self._processes:
                process.kill()
        finally:
            self._reaper.close()
