"""Building the distributions, and building them again to see that the bytes are the same."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from release.commands import ReleaseError, run
from release.distributions import DISTRIBUTIONS, ROOT

_BUILT_FROM: Final = ("packages", "pyproject.toml", ".gitignore")
# What sdists are made of: the last tells what is left out, and goes into them.


def build(files: Path) -> None:
    """Build every sdist, and every wheel from its sdist.

    Args:
        files: Where they go.

    Raises:
        ReleaseError: one does not build, or there are others than expected.
    """
    run("uv", "build", "--quiet", "--all-packages", "--out-dir", files)
    expected = {f"{one.file_name}{end}" for one in DISTRIBUTIONS for end in (".tar.gz", "-py3-none-any.whl")}
    found = {path.name for path in files.iterdir()} - {".gitignore"}
    if found != expected:
        raise ReleaseError(f"built {sorted(found)} instead of {sorted(expected)}")


def check_reproducible(files: Path, folder: Path) -> None:
    """Build again from a copy of the tree, elsewhere, later and with other permissions, and compare the bytes.

    Wheels are built from the tree this time and not from sdists, so the sdists are shown to be complete as well.

    Args:
        files: What was built.
        folder: An empty folder for the copy.

    Raises:
        ReleaseError: a file differs.
    """
    tree, again = folder / "tree", folder / "again"
    _copy_tree(tree)
    for kind in ("--sdist", "--wheel"):
        run("uv", "build", "--quiet", "--all-packages", kind, "--out-dir", again, cwd=tree, umask=0o077)
    built = sorted(path for path in files.iterdir() if path.name != ".gitignore")
    differing = [path.name for path in built if _digest(path) != _digest(again / path.name)]
    if differing:
        raise ReleaseError(f"not reproducible: {', '.join(differing)}")


def _copy_tree(target: Path) -> None:
    """Copy what is under version control, the changes that are not committed included."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *_BUILT_FROM],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():  # and not deleted meanwhile
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
