"""Go programs of the tests: built once, and started."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from compiled import compiled
from line_program import LineProgram
from real_rocketmq.errors import PrerequisiteError

if TYPE_CHECKING:
    from pathlib import Path


def start_go(module: Path, folder: Path) -> LineProgram:
    """Build a module with one `main` package unless that is done already, and start it.

    Args:
        module: The folder with its `go.mod`.
        folder: Where it runs.

    Raises:
        PrerequisiteError: Go is missing.
        RuntimeError: it does not build, or what it needs could not be fetched.
    """
    go = shutil.which("go")
    if go is None:
        raise PrerequisiteError(
            "go is missing: install Go 1.22 or later (Debian: apt install golang-go) and put it on PATH"
        )
    sources = [*module.glob("*.go"), module / "go.mod", module / "go.sum"]
    program = compiled(
        f"go-{module.parent.name}",
        sources,
        os.environ.get("GOFLAGS", ""),
        lambda made: [go, "build", "-buildvcs=false", "-o", made / "program", "."],
    )
    return LineProgram([program / "program"], folder)
