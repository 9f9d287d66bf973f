"""What the generated pages of the reference have in common."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return the lines of a table and an empty one; none without rows."""
    if not rows:
        return
    yield _row(head)
    yield _row(["---"] * len(head))
    for row in rows:
        yield _row([cell.replace("|", r"\|") for cell in row])
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def run(module: str, page: Callable[[], str], path: Path, arguments: Sequence[str] | None) -> int:
    """Write a page, or tell whether it is stale; returns the exit code.

    Args:
        module: The module that is run.
        page: Makes the page.
        path: Where it belongs.
        arguments: Words after the command's name; by default those of the process.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description="Write the page.")
    parser.add_argument("--check", action="store_true", help="do not write the page, tell whether it is stale")
    is_check: bool = parser.parse_args(arguments).check
    text = page()
    if is_check:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return 0
        print(f"{path} is stale: run `python -m {module}`", file=sys.stderr)
        return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return 0
