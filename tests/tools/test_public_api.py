"""The public names are as they were written down: who changes them sees it here, and says so to users."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reference.public_api import ROOT, SURFACES, Surface

PAGE = ROOT / "docs" / "public-surface.md"


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_nothing_has_changed(surface: Surface) -> None:
    written = surface.path.read_text(encoding="utf-8").splitlines()
    found = surface.text().splitlines()
    differences = [f"- {line.strip()}" for line in written if line not in found]
    differences += [f"+ {line.strip()}" for line in found if line not in written]
    advice = (
        f"The public names of {surface.name} differ from {surface.path.relative_to(ROOT)}. If that is meant, run\n"
        "    PYTHONPATH=tools uv run python -m reference.public_api\n"
        f"and write a fragment in packages/{surface.name}/changes; a name that goes or takes less is a `removal`."
    )
    assert written == found, "\n".join([advice, *differences])


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
