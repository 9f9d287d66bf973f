"""Nothing outlives its owner: a small process that ends the servers when the process that started them is gone.

Servers run in sessions of their own, so neither Ctrl-C nor the death of their owner reaches them. The reaper waits on a
pipe from the owner. However the owner ends, SIGKILL included, the pipe closes, and the reaper kills what is left and
removes the temporary folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

_DEATH_SECONDS = 5.0
_POLL_SECONDS = 0.02


class Reaper:
    """The owner's end of the pipe."""

    def __init__(self, folder: Path) -> None:
        """Start the process; it removes ``folder`` at the end."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def watch(self, group: int) -> None:
        """Take charge of a process group."""
        self._tell(f"+{group}")

    def forget(self, group: int) -> None:
        """Let go of a process group that has ended; its number may soon belong to somebody else."""
        self._tell(f"-{group}")

    def close(self) -> None:
        """End the process; it kills what it still watches and removes the folder."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(2 * _DEATH_SECONDS)

    def _tell(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()


def _serve(folder: str) -> None:
    groups: set[int] = set()
    for order in sys.stdin:
        group = int(order[1:])
        if order[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        _kill(group)
    shutil.rmtree(folder, ignore_errors=True)


def _kill(group: int) -> None:
    deadline = time.monotonic() + _DEATH_SECONDS
    while time.monotonic() < deadline:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(_POLL_SECONDS)


if __name__ == "__main__":
    _serve(sys.argv[1])
