"""Running the commands that a release check consists of."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from release.distributions import ROOT

_TIMEOUT: Final = 300.0


class ReleaseError(Exception):
    """Something that a release promises does not hold."""


def run(*command: str | Path, cwd: Path = ROOT, umask: int = -1, **environment: str) -> None:
    """Run a command; its output is shown.

    Args:
        command: The words.
        cwd: Where it runs.
        umask: Which permissions its files are not given; by default those of this process.
        environment: Variables to set besides this process's.

    Raises:
        ReleaseError: it failed, or did not end in five minutes.
    """
    words = [str(part) for part in command]
    print("$", *words, flush=True)
    try:
        subprocess.run(words, check=True, cwd=cwd, umask=umask, timeout=_TIMEOUT, env={**os.environ, **environment})
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise ReleaseError(str(error)) from error
