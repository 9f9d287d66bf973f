"""A pytest plugin: where Python is told to write no bytecode, the processes of a run share some all the same.

Tests start many processes, and each of them would compile pytest and our packages again, which takes longer than most
of these tests. What they share is in a temporary folder, so that nothing is written beside the sources.
"""

from __future__ import annotations

import os
import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Have the processes that this one starts, workers among them, share their bytecode."""
    if not sys.dont_write_bytecode or hasattr(config, "workerinput"):
        return
    folder = TemporaryDirectory(prefix="pyrocketmq-bytecode-", ignore_cleanup_errors=True)
    before = os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = folder.name

    def end() -> None:
        del os.environ["PYTHONPYCACHEPREFIX"]
        if before is not None:
            os.environ["PYTHONDONTWRITEBYTECODE"] = before
        folder.cleanup()

    config.add_cleanup(end)
