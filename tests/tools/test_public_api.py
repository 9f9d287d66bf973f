"""The public names are as they were written down: who changes them sees it here, and says so to users."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from reference.public_api import ROOT, SURFACES

PAGE = ROOT / "docs" / "public-surface.md"


def test_nothing_has_changed() -> None:
    # In a process of its own: declarations get further methods when they are used.
    done = subprocess.run(
        [sys.executable, "-m", "reference.public_api", "--check"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "tools")},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=50,
    )
    advice = "if that is meant, write a fragment in packages/*/changes; a name that goes or takes less is a `removal`"
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{advice}"


def test_every_distribution_is_there() -> None:
    assert sorted(surface.name for surface in SURFACES) == sorted(
        path.parent.name for path in Path(ROOT, "packages").glob("*/pyproject.toml")
    )


def test_the_page_names_nothing_else() -> None:
    """What `docs/public-surface.md` calls public is held to."""
    known = set(re.findall(r"\w+", "".join(surface.text() for surface in SURFACES)))
    cells = re.findall(r"^\| ([^|]*`[^|]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    operations = re.findall(r"^\| [a-z][^|`]* \| (`[^|]*`) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    names = {
        name
        for cell in (*cells, *operations)
        for code in re.findall(r"`([^`]*)`", cell)
        for name in re.findall(r"[A-Za-z_]+", re.sub(r"\(.*", "", code.removeprefix("python -m ")))
    }
    assert len(names) > 150
    assert names - known - NOT_NAMES == set()


NOT_NAMES = {"client", "manager", "rmq", "rocketmq", "protocol", "remote", "broker", "testkit", "retry"}
"""Words of the page that stand for an instance, a distribution or a keyword."""
