"""A pytest in a process of its own, for tests of what pytest says."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def inner_pytest(
    folder: Path, *options: str, plugins: Sequence[str] | None = ("rocketmq",)
) -> subprocess.CompletedProcess[str]:
    """Run the tests of a folder, without what the outer run was told.

    Args:
        folder: Where the tests are.
        options: Further arguments of pytest.
        plugins: The installed plugins that it loads, because loading all of them takes longer than such tests do;
            with `None` pytest finds them itself, as it does for users.
    """
    chosen: list[str] = []
    if plugins is not None:
        chosen = ["--disable-plugin-autoload", *(word for name in plugins for word in ("-p", name))]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV", "ROCKETMQ"))
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *chosen, "-p", "no:cacheprovider", "-p", "no:randomly", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
