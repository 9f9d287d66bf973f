"""The Python blocks of the user's guide, and which of them can run as printed.

Run as a script it executes, in one namespace and in the order of the document, every block that is whole.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "broker-module.zh.md"

PRELUDE = "import json\nfrom pyrocketmq.broker.errors import BrokerResponseError, MessagePullError, OffsetError\n"
"""Names that the guide uses before, or without, importing them."""

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Treatment(Enum):
    """What can be done with a block."""

    RUN = "run"
    COMPILE = "compile"
    """A fragment: it calls something with `(...)`."""

    SIGNATURE = "signature"
    """A class with the signature of its constructor, without a body."""


@dataclass(frozen=True)
class Block:
    """One block.

    Attributes:
        line: Line of the guide on which its code starts.
        source: The code.
    """

    line: int
    source: str

    @property
    def treatment(self) -> Treatment:
        """What can be done with it."""
        try:
            tree = ast.parse(self.source)
        except SyntaxError:
            return Treatment.SIGNATURE
        elided = any(
            isinstance(node, ast.Call) and any(isinstance(a, ast.Constant) and a.value is ... for a in node.args)
            for node in ast.walk(tree)
        )
        return Treatment.COMPILE if elided else Treatment.RUN

    def __str__(self) -> str:
        return f"line {self.line}"


def blocks() -> list[Block]:
    """Return all Python blocks of the guide, in order."""
    text = GUIDE.read_text(encoding="utf-8")
    return [Block(text.count("\n", 0, match.start(1)) + 1, match[1]) for match in _BLOCK.finditer(text)]


def main() -> None:
    """Run every whole block; the first that raises ends it, with the guide's line in the traceback."""
    namespace: dict[str, object] = {"__name__": "guide"}
    exec(PRELUDE, namespace)
    for block in blocks():
        if block.treatment is Treatment.RUN:
            print(f"--- {block}", flush=True)
            padded = "\n" * (block.line - 1) + block.source  # so that tracebacks name the guide's own lines
            exec(compile(padded, str(GUIDE), "exec"), namespace)
    print("--- end", flush=True)


if __name__ == "__main__":
    sys.exit(main())
