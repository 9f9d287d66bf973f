"""Turn an example of a sync client into the same for asyncio."""

from __future__ import annotations

import ast
from typing import TypeGuard

from reference.docstrings import PYTHON_BLOCK


def awaited(markdown: str) -> str:
    """Return Markdown whose Python blocks await what they call on `client` or `manager`; those that await already stay.

    A `with` of what is called becomes an `async with`.
    """
    return PYTHON_BLOCK.sub(lambda block: f"```python\n{_awaited(block[1])}```", markdown)


def is_call_of_client(node: ast.AST) -> TypeGuard[ast.Call]:
    """Tell whether a node calls a method of `client`."""
    return _is_call_of(node, "client")


def _is_call_of(node: ast.AST, *names: str) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in names
    )


def _awaited(source: str) -> str:
    if "await " in source or "async " in source:
        return source
    tree = ast.parse(source)
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    lines = source.splitlines(keepends=True)
    inserts: list[tuple[int, int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.With):
            inserts.append((node.lineno, node.col_offset, "async "))
        elif _is_call_of(node, "client", "manager") and not isinstance(parents[node], ast.withitem):
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            is_part = isinstance(parents[node], (ast.Attribute, ast.Subscript, ast.Call))
            inserts.append((node.lineno, node.col_offset, "(await " if is_part else "await "))
            if is_part:
                inserts.append((node.end_lineno, node.end_col_offset, ")"))
    for line, column, text in sorted(inserts, reverse=True):
        lines[line - 1] = lines[line - 1][:column] + text + lines[line - 1][column:]
    return "".join(lines)
