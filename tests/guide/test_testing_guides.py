"""The guides to testing work as printed: each of their Python blocks is a module of tests, and all of them pass."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

from inner_pytest import inner_pytest
from pyrocketmq.testkit import Fault

GUIDES = sorted((Path(__file__).parents[2] / "docs" / "testing").glob("*.md"))
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_blocks_run_as_printed(tmp_path: Path) -> None:
    tests = 0
    for guide in GUIDES:
        text = guide.read_text("utf-8")
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start(1))
            functions = [
                node.name for node in ast.walk(ast.parse(match[1])) if hasattr(node, "args") and hasattr(node, "name")
            ]
            assert any(name.startswith("test_") for name in functions), f"{guide.name}:{line} tests nothing"
            tests += sum(name.startswith("test_") for name in functions)
            name = f"test_{guide.stem.replace('-', '_')}_{line}.py"
            tmp_path.joinpath(name).write_text("\n" * line + match[1], "utf-8")
    tmp_path.joinpath("pytest.ini").write_text("[pytest]\nasyncio_mode = auto\naddopts = --strict-markers\n", "utf-8")
    done = inner_pytest(tmp_path, "-p", "no:xdist")
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= tests


def test_every_fault_is_shown() -> None:
    text = "".join(guide.read_text("utf-8") for guide in GUIDES)
    made = [name for name, _ in inspect.getmembers(Fault, inspect.ismethod) if not name.startswith("_")]
    assert made
    for name in made:
        assert re.search(rf"Fault\.{name}\(", "".join(_BLOCK.findall(text))), f"no example shows Fault.{name}"
