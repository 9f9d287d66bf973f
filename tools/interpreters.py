"""Find a CPython of a given minor version, to see that the distributions work on it.

uv's own are taken where it has one. Elsewhere the copy that Maven Central has for Java programs is fetched, once: a
build machine may reach package registries and nothing else.

From the root of the project: ``uv run python tools/interpreters.py 3.14`` prints the path of the interpreter.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from real_rocketmq.errors import PrerequisiteError
from real_rocketmq.jars import cache_folder

_TIMEOUT: Final = 600.0
_IN_MAVEN_CENTRAL: Final = {"3.12": "3.12.1-1.5.10", "3.13": "3.13.5-1.5.12", "3.14": "3.14.3-1.5.13"}
_INSIDE: Final = "org/bytedeco/cpython/linux-x86_64/"


def find(minor: str) -> Path:
    """Return the path of an interpreter.

    Args:
        minor: The version, such as "3.14".

    Raises:
        PrerequisiteError: there is none here, and none can be fetched.
    """
    done = subprocess.run(
        ["uv", "python", "find", "--no-project", "--no-python-downloads", minor],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=_TIMEOUT,
    )
    return Path(done.stdout.strip()) if done.returncode == 0 else _from_maven_central(minor)


def _from_maven_central(minor: str) -> Path:
    if minor not in _IN_MAVEN_CENTRAL or sys.platform != "linux":
        raise PrerequisiteError(f"CPython {minor} is missing: `uv python install {minor}`")
    version = _IN_MAVEN_CENTRAL[minor]
    folder = cache_folder() / f"cpython-{version}"
    interpreter = folder / _INSIDE / "bin" / f"python{minor}"
    if not interpreter.is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{folder.name}.part-", dir=folder.parent) as work:
            _unpack(_fetch(version, Path(work)), Path(work, "unpacked"))
            Path(work, "unpacked").rename(folder)
    return interpreter


def _fetch(version: str, work: Path) -> Path:
    maven = shutil.which("mvn")
    if maven is None:
        raise PrerequisiteError("mvn is missing: install Apache Maven (Debian: apt install maven)")
    artifact = f"-Dartifact=org.bytedeco:cpython:{version}:jar:linux-x86_64"
    try:
        for words in (("dependency:get", "-Dtransitive=false"), ("dependency:copy", f"-DoutputDirectory={work}")):
            subprocess.run(
                [maven, "-q", "-B", words[0], artifact, words[1]],
                cwd=work,
                check=True,
                stdout=sys.stderr,
                timeout=_TIMEOUT,
            )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise PrerequisiteError(f"mvn could not fetch CPython {version}: {error}") from error
    return next(work.glob("*.jar"))


def _unpack(jar: Path, target: Path) -> None:
    with zipfile.ZipFile(jar) as packed:
        packed.extractall(target, [name for name in packed.namelist() if name.startswith(_INSIDE)])
    for program in (target / _INSIDE / "bin").iterdir():
        program.chmod(0o755)  # jars keep no permissions


if __name__ == "__main__":
    try:
        for wanted in sys.argv[1:]:
            print(find(wanted))
    except PrerequisiteError as problem:
        sys.exit(str(problem))
