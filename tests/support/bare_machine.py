"""A machine with nothing installed, for tests of what is started from its PATH."""

from __future__ import annotations

import os
import select
import stat
import sys
from pathlib import Path

from real_rocketmq import VERSIONS, RealRocketMQ

TOOLS = Path(sys.modules[RealRocketMQ.__module__].__file__ or "").parent.parent
VERSION = VERSIONS[-1]
DEADLINE_SECONDS = 20.0


class Lifeline:
    """A named pipe that a stand-in for Java holds open as long as it lives."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def wait_for_start(self) -> None:
        assert self._read() == b"started\n"

    def wait_for_end(self) -> None:
        while self._read():
            pass

    def is_cut(self) -> bool:
        try:
            while os.read(self._descriptor, 100):
                pass
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._descriptor)

    def _read(self) -> bytes:
        readable, _, _ = select.select([self._descriptor], [], [], DEADLINE_SECONDS)
        assert readable
        return os.read(self._descriptor, 100)


class Machine:
    """A machine with nothing on its PATH but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.temporary = folder / "tmp"
        self.cache = folder / "cache"
        for made in (self.bin, self.temporary, self.cache):
            made.mkdir()
        self._lifeline = folder / "lifeline"
        self.java_life = Lifeline(self._lifeline)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": str(self.bin),
            "TMPDIR": str(self.temporary),
            "PYROCKETMQ_CACHE": str(self.cache),
            "PYTHONPATH": str(TOOLS),
        }

    @property
    def leftovers(self) -> list[str]:
        return [path.name for path in self.temporary.iterdir()]

    def install(self, name: str, script: str) -> Path:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def install_java(self, when_run: str, version: str = "17.0.15") -> Path:
        return self.install(
            "java", f'if [ "$1" = -version ]; then echo \'openjdk version "{version}"\' >&2; exit; fi\n{when_run}'
        )

    def install_java_that_hangs(self) -> None:
        self.install_java(f"exec 3> {self._lifeline}; echo started >&3; exec /bin/sleep 1000")
        self.install_jars()

    def install_jars(self) -> None:
        (self.cache / f"rocketmq-{VERSION}").mkdir()
