"""The example for Java: a project with JUnit whose tests run on `rmq-fake`, built and run as a Java developer does."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from real_rocketmq.errors import PrerequisiteError

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "java"


@pytest.mark.foreign
@pytest.mark.timeout(600)  # the first run fetches JUnit and Maven's plugins
def test_the_java_example(tmp_path: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise PrerequisiteError("mvn is missing: install Apache Maven (Debian: apt install maven)")
    project = Path(shutil.copytree(EXAMPLE, tmp_path / "java", ignore=shutil.ignore_patterns("target")))
    fake = Path(sys.executable).with_name("rmq-fake")
    done = subprocess.run(
        [maven, "-B", "test", f"-Drmq.fake={fake}", f"-DargLine=-Duser.home={tmp_path}"],
        cwd=project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=590,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert re.search(r"Tests run: 2, Failures: 0, Errors: 0, Skipped: 0", done.stdout), done.stdout[-8000:]
