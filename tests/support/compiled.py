"""Programs compiled from the sources of the tests, kept in the cache until something they are made of changes."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from line_program import LineProgram
from real_rocketmq.jars import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

COMPILE_SECONDS = 300.0


def compiled(name: str, sources: Iterable[Path], settings: str, build: Callable[[Path], list[str | Path]]) -> Path:
    """Return the folder with what a compiler makes of sources; run it if there is none yet.

    Args:
        name: Begins the folder's name.
        sources: The files that the result depends on.
        settings: What else it depends on, such as versions.
        build: From the folder to fill to the compiler's command, which runs in the folder of the first source.

    Raises:
        RuntimeError: the compiler refuses the sources; the text is its own.
    """
    files = sorted(sources)
    digest = hashlib.sha256(settings.encode())
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    folder = cache_folder() / "compiled" / f"{name}-{digest.hexdigest()[:16]}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock"), timeout=COMPILE_SECONDS):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(prefix=f"{folder.name}.part-", dir=folder.parent) as work:
                made = Path(work, "made")
                made.mkdir()
                done = subprocess.run(
                    build(made),
                    cwd=files[0].parent,
                    capture_output=True,
                    text=True,
                    timeout=COMPILE_SECONDS,
                    check=False,
                )
                if done.returncode:
                    raise RuntimeError(f"{name} does not compile: {done.stderr}")
                made.rename(folder)
    return folder


class Programs:
    """The programs of a session, each started when it is first asked for.

    Args:
        folder: Where they run, each in a folder of its own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs: dict[str, LineProgram] = {}
        self._resources = ExitStack()

    def get(self, name: str, start: Callable[[Path], LineProgram]) -> LineProgram:
        """Return a program by name.

        Args:
            name: Its name, that of its folder too.
            start: Starts it in its folder.
        """
        if name not in self._programs:
            folder = self._folder / name
            folder.mkdir()
            self._programs[name] = self._resources.enter_context(start(folder))
        return self._programs[name]

    def close(self) -> None:
        """End them all."""
        self._resources.close()
