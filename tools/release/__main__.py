"""The command line: check what would be released and the lowest dependencies, or write the notes of a release.

From the root of the project, with ``tools`` on ``PYTHONPATH``: ``uv run --group release python -m release check``, and
``... python -m release notes rocketmq-broker``. Exit codes: 0 done, 1 something does not hold, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from interpreters import find
from real_rocketmq.errors import PrerequisiteError
from release import building, installing, lowest, metadata, notes
from release.commands import ReleaseError
from release.distributions import BY_NAME, DISTRIBUTIONS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "notes":
            notes.render(BY_NAME[options.distribution], is_draft=options.draft)
        elif options.command == "lowest":
            with tempfile.TemporaryDirectory() as name:
                lowest.check(Path(name), sys.executable)
        else:
            _check(options.python or [sys.executable], options.keep)
    except (PrerequisiteError, ReleaseError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _check(interpreters: Sequence[str], keep: Path | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = keep or folder / "files"
        building.build(files)
        metadata.check(files)
        building.check_reproducible(files, folder)
        for number, interpreter in enumerate(interpreters):
            python = find(interpreter) if interpreter[0].isdigit() else interpreter
            installing.check(files, folder / str(number), str(python))
    versions = ", ".join(f"{one.name} {one.version}" for one in DISTRIBUTIONS)
    print(f"{versions}: built twice alike, installed and used")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="release", description="Check a release, or write its notes.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="build, install and use what would be uploaded")
    check.add_argument(
        "--python",
        action="append",
        metavar="VERSION|PATH",
        help="a Python to install for; default: the one of this process",
    )
    check.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the built files in this empty folder")
    commands.add_parser("lowest", help="test with the lowest declared version of every dependency")
    wanted = commands.add_parser("notes", help="turn the fragments of a distribution into a section of its changelog")
    wanted.add_argument("distribution", choices=BY_NAME)
    wanted.add_argument("--draft", action="store_true", help="only print the section")
    return parser


if __name__ == "__main__":
    sys.exit(main())
