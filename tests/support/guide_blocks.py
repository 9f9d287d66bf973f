"""The Python blocks of the user's guide, and which of them can run as printed.

Run as a script it executes, in one namespace and in the order of the document, every block that is whole.
"""

from __future__ import annotations

import ast
import sys
from enum import Enum

from doc_blocks import GUIDE, DocBlock, blocks_of

PRELUDE = "import json\nfrom pyrocketmq.broker.errors import BrokerResponseError, MessagePullError, OffsetError\n"
"""Names that the guide uses before, or without, importing them."""


class Treatment(Enum):
    """What can be done with a block."""

    RUN = "run"
    COMPILE = "compile"
    """A fragment: it calls something with `(...)`."""

    SIGNATURE = "signature"
    """A class with the signature of its constructor, without a body."""


def treatment_of(block: DocBlock) -> Treatment:
    """Tell what can be done with a block."""
    try:
        tree = ast.parse(block.source)
    except SyntaxError:
        return Treatment.SIGNATURE
    elided = any(
        isinstance(node, ast.Call) and any(isinstance(a, ast.Constant) and a.value is ... for a in node.args)
        for node in ast.walk(tree)
    )
    return Treatment.COMPILE if elided else Treatment.RUN


def blocks() -> list[DocBlock]:
    """Return all Python blocks of the guide, in order."""
    return blocks_of(GUIDE, "python")


def main() -> None:
    """Run every whole block; the first that raises ends it, with the guide's line in the traceback."""
    namespace: dict[str, object] = {"__name__": "guide"}
    exec(PRELUDE, namespace)
    for block in blocks():
        if treatment_of(block) is Treatment.RUN:
            print(f"--- {block}", flush=True)
            exec(compile(block.padded, str(GUIDE), "exec"), namespace)
    print("--- end", flush=True)


if __name__ == "__main__":
    sys.exit(main())
