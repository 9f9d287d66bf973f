"""Nothing outlives its owner: a small process that ends the servers when the process that started them is gone.

Servers run in sessions of their own, so neither Ctrl-C nor the death of their owner reaches them. The reaper waits on a
pipe from the owner. However the owner ends, SIGKILL included, the pipe closes, and the reaper kills what is left and
removes the temporary folder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

_DEATH_SECONDS = 5.0
_POLL_SECONDS = 0.02

# The shell announces itself before it becomes the server. Until then it holds the pipe open, so that the reaper hears
# of it even when the owner dies, or is interrupted, in the midst of starting it.
_ANNOUNCE = 'echo "+$$" >&0 && exec "$@" </dev/null'


class Reaper:
    """The owner's end of the pipe."""

    def __init__(self, folder: Path) -> None:
        """Start the process; it removes ``folder`` at the end."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )

    @property
    def pipe(self) -> IO[bytes]:
        """What a process that is to be watched has as its standard input."""
        assert self._process.stdin is not None
        return self._process.stdin

    def watched(self, command: Sequence[str]) -> list[str]:
        """Make a command one that puts its process group under watch; it has to be started in a new session."""
        return ["/bin/sh", "-c", _ANNOUNCE, "sh", *command]

    def forget(self, group: int) -> None:
        """Let go of a process group that has ended; its number may soon belong to somebody else."""
        with contextlib.suppress(BrokenPipeError):  # a reaper that is gone has forgotten it, too
            self.pipe.write(f"-{group}\n".encode())

    def close(self) -> None:
        """End the process; it kills what it still watches and removes the folder."""
        self.pipe.close()
        self._process.wait(2 * _DEATH_SECONDS)


def _serve(folder: str) -> None:
    groups: set[int] = set()
    for order in sys.stdin:
        group = int(order[1:])
        if order[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    _remove(folder)


def _remove(folder: str) -> None:
    deadline = time.monotonic() + _DEATH_SECONDS
    while Path(folder).exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)  # fails when a dying server still adds a file
        time.sleep(_POLL_SECONDS)


if __name__ == "__main__":
    _serve(sys.argv[1])
