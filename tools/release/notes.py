"""Release notes: the fragments of one distribution become a section of its `CHANGELOG.md`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from release.commands import ReleaseError, run
from release.distributions import ROOT

if TYPE_CHECKING:
    from release.distributions import Distribution


def render(one: Distribution, *, is_draft: bool) -> None:
    """Collect the fragments under the version that `pyproject.toml` states; towncrier does the work.

    Args:
        one: The distribution.
        is_draft: Only print the section; otherwise it goes into the file and the fragments go away.

    Raises:
        ReleaseError: there is nothing to tell, or the version has its section already.
    """
    if not any((one.folder / "changes").glob("*.md")):
        raise ReleaseError(f"{one.name} has no fragments in {(one.folder / 'changes').relative_to(ROOT)}")
    mode = "--draft" if is_draft else "--yes"
    where = ("--config", ROOT / "towncrier.toml", "--dir", one.folder)
    run(sys.executable, "-m", "towncrier", "build", mode, "--version", one.version, *where)
