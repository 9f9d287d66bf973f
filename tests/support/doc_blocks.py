"""The code blocks of the documentation, and what can be done with each.

A block that cannot run has a comment before it, ``<!-- not run: reason -->``. What a block needs and a reader does not
want to see stands in a comment before it, ``<!-- given`` and code up to ``-->``.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "broker-module.zh.md"
"""The user's guide, which has tests of its own: it is printed as it is, without comments."""

_BLOCK = re.compile(
    r"^(?: *<!-- not run: (?P<reason>.+?) -->\n+|<!-- given\n(?P<given>.*?)^-->\n+)?"
    r" *```(?P<language>\w+)\n(?P<source>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class DocBlock:
    """One block.

    Attributes:
        page: The file.
        line: Line on which its code starts.
        language: What stands behind the fence.
        source: The code.
        given: What has to run before it and is not shown.
        reason: Why it cannot run; empty if it can.
    """

    page: Path
    line: int
    language: str
    source: str
    given: str
    reason: str

    @property
    def tests(self) -> int:
        """How many tests it has, if it is a module of tests."""
        nodes = ast.walk(ast.parse(self.source))
        functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        return sum(function.name.startswith("test_") for function in functions)

    @property
    def padded(self) -> str:
        """The code with as many lines before it as the page has, so that tracebacks name the page's own lines."""
        return "\n" * (self.line - 1) + self.source

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Return everything written for readers."""
    return [
        page
        for pattern in ("*.md", "docs/**/*.md", "packages/*/README.md")
        for page in sorted(ROOT.glob(pattern))
        if page != GUIDE
    ]


def languages() -> set[str]:
    """Return the languages of all blocks."""
    return {match["language"] for page in pages() for match in _BLOCK.finditer(page.read_text(encoding="utf-8"))}


def blocks_of(page: Path, language: str) -> list[DocBlock]:
    """Return the blocks of a page in one language, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        DocBlock(
            page,
            text.count("\n", 0, match.start("source")) + 1,
            match["language"],
            dedent(match["source"]),  # of a list's item
            match["given"] or "",
            match["reason"] or "",
        )
        for match in _BLOCK.finditer(text)
        if match["language"] == language
    ]
