"""Generate the reference page of the command `rmq`, ``docs/reference/rmq.md``, from its declarations.

From the root of the project, with ``tools`` on ``PYTHONPATH``: ``uv run python -m reference.cli_page [--check]``.
Exit codes: 0 done, 1 the page is stale, 2 wrong usage.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.cli.command import Argument, Command, CommandGroup, OneOf
from pyrocketmq.broker.cli.commands import COMMANDS
from pyrocketmq.broker.cli.parser import DESCRIPTION, ENVIRONMENT, SHARED
from reference.pages import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "rmq.md"


def page() -> str:
    """Return the text of the page."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield "<!-- Made by tools/reference/cli_page.py. Change the declarations, not this page. -->\n"
    yield f"# rmq\n\n{DESCRIPTION}\n"
    yield f"Arguments of every command:\n\n{_arguments(SHARED)}\n\n```text\n{ENVIRONMENT}```\n"
    for each in COMMANDS:
        if isinstance(each, CommandGroup):
            for command in each.commands:
                yield from _command(f"{each.name} {command.name}", command)
        else:
            yield from _command(each.name, each)


def _command(name: str, command: Command) -> Iterator[str]:
    examples = "\n".join(command.examples)
    yield f"## rmq {name}\n\n{command.description}\n\n```bash\n{examples}\n```\n"
    if command.arguments:
        yield _arguments(command.arguments) + "\n"
    for table in command.tables:
        rows = "\n".join(f"| `{column.name}` | {column.meaning} |" for column in table.columns)
        kind = f", with `kind` `{table.kind}`" if table.kind else ""
        yield f"JSON lines{kind}:\n\n| member | meaning |\n| --- | --- |\n{rows}\n"


def _arguments(declared: Sequence[Argument | OneOf]) -> str:
    flat = [one for each in declared for one in (each.arguments if isinstance(each, OneOf) else (each,))]
    return "\n".join(f"- `{', '.join(each.names)}`: {_help(each)}" for each in flat)


def _help(declared: Argument) -> str:
    return str(declared.settings["help"]).replace("%(default)s", str(declared.settings.get("default")))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or tell with `--check` whether it is stale; returns the exit code."""
    return run("reference.cli_page", page, PAGE, arguments)


if __name__ == "__main__":
    sys.exit(main())
