"""The package stands alone: on the standard library, in the environment that was made for it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyrocketmq.model.header_encoding import json_scanner

IMPORTS = """
import sys
before = set(sys.modules)
import pyrocketmq.model, pyrocketmq.model.requests
top = {name.partition(".")[0] for name in set(sys.modules) - before}
foreign = top - sys.stdlib_module_names - {"pyrocketmq", "orjson"}  # orjson: the extra `speed`, where it is installed
print(",".join(sorted(foreign | {name for name in sys.modules if name.startswith("pyrocketmq.") and
                                 not name.startswith("pyrocketmq.model")})))
"""


def test_imports_nothing_but_the_standard_library() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == ""


def test_runs_in_the_environment_that_was_made_for_it() -> None:
    # Where the package's own group lacks pytest, `uv run --isolated` quietly takes one from elsewhere.
    assert Path(pytest.__file__).is_relative_to(sys.prefix)
    if "UV_RUN_RECURSION_DEPTH" in os.environ:  # made by `uv run`
        assert Path(os.environ["VIRTUAL_ENV"]).samefile(sys.prefix)
    alone = os.environ.get("PYROCKETMQ_ALONE")
    others = [name for name in ("remote", "broker", "testkit") if importlib.util.find_spec(f"pyrocketmq.{name}")]
    assert others in ([], ["remote", "broker", "testkit"])
    if alone:  # as said by who runs it; and with the extra `speed` where it says so
        assert others == []
        assert json_scanner.is_pure() == (alone != "speed")
