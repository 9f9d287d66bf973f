"""What a docstring says, section by section; in this project they are Google's style with Markdown in it."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from itertools import pairwise
from typing import Final, NamedTuple

SECTIONS: Final = ("Args", "Attributes", "Returns", "Yields", "Raises", "Example")

PYTHON_BLOCK: Final = re.compile(r"(?ms)^```python\n(.*?)^```")
_SECTION: Final = re.compile(rf"(?m)^({'|'.join(SECTIONS)}):\n")


class Docstring(NamedTuple):
    """A docstring, taken apart.

    Attributes:
        text: What it says before its sections.
        sections: The sections' texts, without their indentation.
    """

    text: str
    sections: dict[str, str]

    def entries(self, section: str) -> dict[str, str]:
        """Return the entries of a section of `name: meaning` lines, each meaning in one line."""
        entries: dict[str, str] = {}
        for entry in re.split(r"\n(?=[*\w.]+: )", self.sections.get(section, "")):
            name, colon, meaning = entry.partition(": ")
            if colon:
                entries[name.strip()] = " ".join(meaning.split())
        return entries


def code_of(section: str) -> str:
    """Return the Python code in a section of Markdown."""
    return "\n".join(PYTHON_BLOCK.findall(section))


def docstring_of(documented: object) -> Docstring:
    """Return a class's, function's or property's docstring, taken apart; empty where it has none.

    What overrides a method and says nothing is described by the method that it overrides.
    """
    if inspect.isroutine(documented):
        return parse(inspect.getdoc(documented) or "")
    return parse(getattr(documented, "__doc__", None) or "")


def docstring_of_value(name: str, value: object) -> Docstring:
    """Return the text below the assignment that gives a value its name in this project; empty where it has none.

    Args:
        name: The name that the value has where it is made.
        value: The value, a type alias for instance.
    """
    for module in [module for name, module in sorted(sys.modules.items()) if name.startswith("pyrocketmq.")]:
        if vars(module).get(name) is value:
            body = ast.parse(inspect.getsource(module)).body
            for statement, after in pairwise(body):
                if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == name:
                    text = (
                        after.value.value
                        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                        else ""
                    )
                    return parse(str(text))
    return parse("")


def parse(text: str) -> Docstring:
    """Return a docstring, taken apart."""
    before, *rest = _SECTION.split(inspect.cleandoc(text))
    sections = {
        name: inspect.cleandoc("\n" + section).strip() for name, section in zip(rest[::2], rest[1::2], strict=True)
    }
    return Docstring(before.strip(), sections)
