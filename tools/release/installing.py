"""Installing what was built, in empty environments, and using it."""

from __future__ import annotations

import sys
from pathlib import Path

from release.commands import run
from release.distributions import BY_NAME, DISTRIBUTIONS, Distribution

_ABSENT = "import importlib.util as u; assert u.find_spec({0!r}) is None, {0!r} + ' came along'"


def check(files: Path, folder: Path, interpreter: str) -> None:
    """Install each distribution alone, then all together, and do with them what they are for.

    Args:
        files: What was built; nothing is taken from elsewhere.
        folder: An empty folder for the environments.
        interpreter: The Python, as `uv venv --python` takes it.

    Raises:
        ReleaseError: one does not install, brings along what it should not, or does not work.
    """
    for one in DISTRIBUTIONS:
        _check_alone(one, _environment(folder / one.name, interpreter, files, one.name), folder)
    together = _environment(folder / "together", interpreter, files, *BY_NAME)
    run(together / "rmq", "demo", cwd=folder)


def _check_alone(one: Distribution, commands: Path, folder: Path) -> None:
    python = commands / "python"
    for module in one.imports:
        run(python, "-I", "-W", "error", "-c", f"import {module}", cwd=folder)
    for module in one.absent:
        run(python, "-I", "-c", _ABSENT.format(module), cwd=folder)
    for command in one.commands:
        run(commands / command, "--help", cwd=folder)
    run(python, "-I", "-W", "error", one.smoke_test, cwd=folder)


def _environment(target: Path, interpreter: str, files: Path, *wanted: str) -> Path:
    """Make an environment with what is wanted and its dependencies; return the folder of its commands."""
    run("uv", "venv", "--quiet", "--no-project", "--python", interpreter, target)
    commands = target / ("Scripts" if sys.platform == "win32" else "bin")
    install = ("uv", "pip", "install", "--quiet", "--python", commands / "python")
    run(*install, "--no-index", "--find-links", files, *wanted)
    return commands
