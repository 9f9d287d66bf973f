"""Generate ``docs/reference/support.md``, which requests the fake servers support, from their tables of handlers.

From the root of the project, with ``tools`` on ``PYTHONPATH``::

    uv run python -m reference.support_page            writes the page
    uv run python -m reference.support_page --check    tells whether it is stale

Exit codes: 0 done, 1 the page is stale, 2 wrong usage.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyrocketmq.testkit.support import Support, support_table
from pyrocketmq.testkit.version import PROFILES
from reference.pages import run, table

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "support.md"

_HEAD: Final = """\
# What the fake broker supports

One row for each request code that servers know of; generated from the handlers. *yes* means: answered as a real server
of that version answers. *no* means: answered as a real server answers a request that it does not know,
`REQUEST_CODE_NOT_SUPPORTED`; a NameServer 4.9.7 does not answer such a request at all. Requests from servers to
clients, and among servers that a fake does not need, are in the table too, with *no*.
"""


def page() -> str:
    """Return the page."""
    rows = support_table()
    supported = sum(row.broker or row.nameserver for row in rows)
    versions = sorted(PROFILES)
    head = ("Code", "Name", "Served by", *versions, "Simplified")
    lines = [_HEAD, f"{supported} of {len(rows)} codes are supported.\n"]
    lines += table(head, [_cells(row, versions) for row in rows])
    return "\n".join(lines)


def _cells(row: Support, versions: Sequence[str]) -> list[str]:
    servers = " and ".join(name for name, serves in (("broker", row.broker), ("NameServer", row.nameserver)) if serves)
    known = ["yes" if row.is_known_to(PROFILES[version]) else "no" for version in versions]
    return [str(row.code), f"`{row.name}`", servers, *known, row.simplified or ""]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: Words after the command's name; by default those of the process.
    """
    return run("reference.support_page", page, PAGE, arguments)


if __name__ == "__main__":
    sys.exit(main())
