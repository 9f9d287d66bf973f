"""The lowest versions that the distributions declare of what they use: installed, and tested where they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from release.commands import run
from release.distributions import DISTRIBUTIONS

if TYPE_CHECKING:
    from pathlib import Path

_USERS_OF_EXTRAS: Final = (
    "tests/protocol/test_command.py",
    "tests/protocol/test_compression.py",
    "tests/protocol/test_golden.py",
    "tests/protocol/test_message_ext.py",
    "tests/remote/test_telemetry.py",
    "tests/broker/test_opentelemetry.py",
    "tests/testkit/test_pytest_plugin.py",
)
# What touches orjson, lz4, zstd, OpenTelemetry and pytest; the rest of the tests knows no other package.


def check(folder: Path, interpreter: str) -> None:
    """Install all distributions with all extras, every direct dependency at its lowest, and run those tests.

    Args:
        folder: An empty folder for the environment.
        interpreter: The Python, as `uv venv --python` takes it.

    Raises:
        ReleaseError: they do not install together, or a test fails.
    """
    environment = folder / "lowest"
    python = environment / "bin" / "python"
    run("uv", "venv", "--quiet", "--no-project", "--python", interpreter, environment)
    wanted = [f"{one.folder}[{','.join(one.project.get('optional-dependencies', {}))}]" for one in DISTRIBUTIONS]
    run(
        *("uv", "pip", "install", "--quiet", "--python", python, "--resolution", "lowest-direct", "--group", "dev"),
        *(word for one in wanted for word in ("--editable", one)),
    )
    run("uv", "pip", "list", "--python", python)
    run(python, "-m", "pytest", *_USERS_OF_EXTRAS)
