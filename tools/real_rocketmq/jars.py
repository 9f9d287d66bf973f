"""The jars of one RocketMQ version, fetched once from Maven Central into a cache folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from real_rocketmq.errors import PrerequisiteError

VERSIONS = ("4.9.7", "5.4.0")
FETCH_SECONDS = 600.0


class Role(Enum):
    """What jars are for; the value begins the name of their folder."""

    SERVER = "rocketmq"
    CLIENT = "rocketmq-client"
    """The Java client and the admin tool, as an application has them."""


_ARTIFACTS = {
    Role.SERVER: ("rocketmq-namesrv", "rocketmq-broker"),
    Role.CLIENT: ("rocketmq-client", "rocketmq-tools"),
}


def cache_folder() -> Path:
    """Where the jars are kept: ``PYROCKETMQ_CACHE``, else ``pyrocketmq`` in the user's cache folder."""
    chosen = os.environ.get("PYROCKETMQ_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "pyrocketmq")


def fetch_jars(version: str, role: Role = Role.SERVER) -> Path:
    """Return the folder with the jars of a RocketMQ version; fetch them first if they are not cached yet.

    Several processes may ask at once: one fetches, the others wait for it. The folder appears only when it is complete.

    Args:
        version: a RocketMQ version as Maven Central names it, such as "5.4.0".
        role: what they are for.

    Raises:
        PrerequisiteError: Maven is missing, or it could not fetch the jars.
    """
    folder = cache_folder() / f"{role.value}-{version}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder.with_name(f"{folder.name}.lock")):
        if not folder.is_dir():
            _fetch(version, role, folder)
    return folder


def _fetch(version: str, role: Role, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise PrerequisiteError(
            f"mvn is missing and the jars of RocketMQ {version} are not in {folder.parent}:"
            " install Apache Maven (Debian: apt install maven) and put it on PATH"
        )
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.part-", dir=folder.parent) as work:
        Path(work, "pom.xml").write_text(_pom(version, role), encoding="utf-8")
        _run_maven([maven, "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"], work, version)
        Path(work, "lib").rename(folder)


def _run_maven(command: list[str], work: str, version: str) -> None:
    try:
        answer = subprocess.run(
            command,
            cwd=work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PrerequisiteError(
            f"mvn did not fetch the jars of RocketMQ {version} within {FETCH_SECONDS:.0f} s"
        ) from error
    if answer.returncode != 0:
        # Maven follows its first line with advice on its own options.
        reason = answer.stdout.strip().partition("\n")[0]
        raise PrerequisiteError(f"mvn could not fetch the jars of RocketMQ {version}: {reason}")


def _pom(version: str, role: Role) -> str:
    dependencies = "".join(
        f"<dependency><groupId>org.apache.rocketmq</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version></dependency>"
        for artifact in _ARTIFACTS[role]
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>pyrocketmq</groupId><artifactId>real-rocketmq</artifactId><version>1</version>"
        f"<dependencies>{dependencies}</dependencies></project>\n"
    )


@contextmanager
def _lock(path: Path) -> Generator[None]:
    # Late, so that the pytest plugin loads where nothing but pytest is installed.
    from filelock import FileLock, Timeout

    try:
        with FileLock(path, timeout=FETCH_SECONDS):
            yield
    except Timeout as error:
        raise PrerequisiteError(f"another process has held {path} for {FETCH_SECONDS:.0f} s") from error
