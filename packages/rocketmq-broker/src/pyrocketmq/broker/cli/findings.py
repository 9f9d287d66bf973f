"""What `rmq doctor` finds: a row for each thing that it looks at, and what to do about what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pyrocketmq.broker.cli.table import Column, Table

if TYPE_CHECKING:
    from pyrocketmq.broker.cli.output import Output, Rows
    from pyrocketmq.remote import Address

_STYLES: Final = {"ok": "green", "warning": "yellow", "failed": "red"}
_INDENT: Final = 9
# Columns in front of advice: so many as the status takes in the table.

FINDINGS: Final = Table(
    (
        Column("status", "`ok`, `warning` or `failed`", width=7),
        Column("server", "address that it is about", width=21),
        Column("step", "what was looked at", width=11),
        Column("finding", "what was found", wraps=True),
        Column("next", "what to do about it", in_table=False),
    )
)


class Findings:
    """Shows findings, and counts what is wrong.

    Args:
        output: Where advice goes.
        rows: The table.

    Attributes:
        failures: How many findings are failures.
        warnings: How many are worth a look.
    """

    def __init__(self, output: Output, rows: Rows) -> None:
        self._output = output
        self._rows = rows
        self.failures = 0
        self.warnings = 0

    def ok(self, server: Address | str, step: str, finding: str) -> Literal[True]:
        """Show what is as it should be."""
        self._add("ok", server, step, finding, None)
        return True

    def warn(self, server: Address | str, step: str, finding: str, advice: str) -> None:
        """Show what may be wrong."""
        self.warnings += 1
        self._add("warning", server, step, finding, advice)

    def fail(self, server: Address | str, step: str, finding: str, advice: str) -> Literal[False]:
        """Show what is wrong."""
        self.failures += 1
        self._add("failed", server, step, finding, advice)
        return False

    def _add(self, status: str, server: Address | str, step: str, finding: str, advice: str | None) -> None:
        row = {"status": status, "server": str(server), "step": step, "finding": finding, "next": advice}
        self._rows.add(row, {"status": _STYLES[status]})
        if advice:
            self._output.note(f"next: {advice}", indent=_INDENT)
