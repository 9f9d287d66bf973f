"""The Java runtime of this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from real_rocketmq.errors import PrerequisiteError

MINIMUM_MAJOR = 8
VERSION_SECONDS = 30.0

# RocketMQ reaches into these packages, which the module system closes from Java 9 on.
_OPENED = ("java.base/java.nio", "java.base/sun.nio.ch", "java.base/java.lang")
_EXPORTED = ("java.base/jdk.internal.ref", "java.base/sun.nio.ch")


@dataclass(frozen=True)
class Java:
    """A Java launcher and its major version (8, 11, 17, ...)."""

    executable: Path
    major: int

    @property
    def module_options(self) -> list[str]:
        """The options that open the packages RocketMQ needs; none before Java 9, which has no modules."""
        if self.major < 9:
            return []
        opened = [f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED]
        return opened + [f"--add-exports={package}=ALL-UNNAMED" for package in _EXPORTED]


def find_java() -> Java:
    """Find Java in ``JAVA_HOME``, else on ``PATH``.

    Raises:
        PrerequisiteError: there is none, it does not run, or it is older than Java 8.
    """
    executable = _executable()
    major = parse_major(_version_text(executable))
    if major < MINIMUM_MAJOR:
        raise PrerequisiteError(f"{executable} is Java {major}; RocketMQ needs Java {MINIMUM_MAJOR} or later")
    return Java(executable, major)


def parse_major(version_text: str) -> int:
    """Read the major version out of what ``java -version`` prints ("1.8.0_402" is 8, "17.0.15" is 17).

    Raises:
        PrerequisiteError: the text names no version.
    """
    found = re.search(r'version "(?:1\.)?(\d+)', version_text)
    if found is None:
        raise PrerequisiteError(f"java -version does not tell its version: {version_text.strip()!r}")
    return int(found.group(1))


def _executable() -> Path:
    home = os.environ.get("JAVA_HOME")
    if home:
        executable = Path(home, "bin", "java")
        if not executable.is_file():
            raise PrerequisiteError(f"JAVA_HOME is {home}, but {executable} does not exist: correct or unset JAVA_HOME")
        return executable
    found = shutil.which("java")
    if found is None:
        raise PrerequisiteError(
            f"java is missing: install a Java runtime, version {MINIMUM_MAJOR} or later"
            " (Debian: apt install default-jre-headless), and put it on PATH or set JAVA_HOME"
        )
    return Path(found)


def _version_text(executable: Path) -> str:
    try:
        answer = subprocess.run(
            [executable, "-version"], capture_output=True, text=True, timeout=VERSION_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PrerequisiteError(f"{executable} -version does not run: {error}") from error
    return answer.stderr + answer.stdout
