"""Build the four wheels, install each alone into an empty environment, and import what it promises.

Each environment gets the built wheels of the packages that the one under test depends on, and nothing else.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Distribution:
    """What one distribution promises.

    Attributes:
        name: Its name.
        imports: Modules that must import.
        absent: Modules that must not come along.
        commands: Console scripts that must show their help.
    """

    name: str
    imports: tuple[str, ...]
    absent: tuple[str, ...]
    commands: tuple[str, ...] = ()


DISTRIBUTIONS = (
    Distribution("rocketmq-protocol", ("pyrocketmq.model",), ("pyrocketmq.remote", "pyrocketmq.testkit")),
    Distribution("rocketmq-remote", ("pyrocketmq.remote", "pyrocketmq.logging"), ("pyrocketmq.broker",)),
    Distribution("rocketmq-broker", ("pyrocketmq.broker", "pyrocketmq.nameserver"), ("pyrocketmq.testkit",), ("rmq",)),
    Distribution(
        "rocketmq-testkit",
        ("pyrocketmq.testkit", "pyrocketmq.testkit.conformance"),
        ("pyrocketmq.remote",),
        ("rmq-fake",),
    ),
)


def run(*command: str | Path) -> None:
    """Run a command; its output is shown, its failure ends the check."""
    print("$", *command, flush=True)
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT)


def check(distribution: Distribution, wheels: Path, folder: Path) -> None:
    """Install one distribution alone and try what it promises.

    Raises:
        subprocess.CalledProcessError: a promise does not hold.
    """
    environment = folder / distribution.name
    run("uv", "venv", "--quiet", environment)
    bin_folder = environment / ("Scripts" if sys.platform == "win32" else "bin")
    python = bin_folder / "python"
    run("uv", "pip", "install", "--quiet", "--python", python, "--no-index", "--find-links", wheels, distribution.name)
    for module in distribution.imports:
        run(python, "-I", "-W", "error", "-c", f"import {module}")
    for module in distribution.absent:
        run(
            python,
            "-I",
            "-c",
            f"import importlib.util as u; assert u.find_spec({module!r}) is None, {module!r} + ' came along'",
        )
    for command in distribution.commands:
        run(bin_folder / command, "--help")


def main() -> int:
    """Build, install and import; returns the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheels = folder / "wheels"
        run("uv", "build", "--quiet", "--all-packages", "--wheel", "--out-dir", wheels)
        for distribution in DISTRIBUTIONS:
            check(distribution, wheels, folder)
    print(f"{len(DISTRIBUTIONS)} wheels built, installed alone and imported")
    return 0


if __name__ == "__main__":
    sys.exit(main())
