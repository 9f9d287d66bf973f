"""A pytest plugin: ``--foreign-report FILE`` writes what came of each scenario with each client on each server."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

_INTRODUCTION: Final = """\
# Foreign clients

Scenarios of the Java client, its admin tool and the Go client, played on the fake broker and on Apache RocketMQ. Each
has one declared outcome, which all columns have to show. Written by
`uv run pytest --real -m foreign --foreign-report docs/reference/foreign-clients.md`.
"""

_NAMES: Final = {"passed": "same", "failed": "**differs**", "skipped": "**skipped**"}


class OutcomeReport:
    """Collects outcomes where all reports arrive, and writes the table at the end.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[tuple[str, str], dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a case; what fails before or after its call fails it."""
        case = dict(report.user_properties)
        if "scenario" not in case or (report.when != "call" and report.passed):
            return
        row = self._rows.setdefault((str(case["scenario"]), str(case["client"])), {})
        if row.get(str(case["server"])) != _NAMES["failed"]:
            row[str(case["server"])] = _NAMES[report.outcome]

    def pytest_sessionfinish(self) -> None:
        """Write the table."""
        servers = sorted({server for row in self._rows.values() for server in row})
        outcomes = [outcome for row in self._rows.values() for outcome in row.values()]
        lines = [
            _INTRODUCTION,
            f"{len(outcomes)} cases, {outcomes.count('same')} the same, "
            f"{len(outcomes) - outcomes.count('same')} not.\n",
            f"| scenario | client | {' | '.join(servers)} |",
            "|---|---|" + "---|" * len(servers),
        ]
        for (scenario, client), row in sorted(self._rows.items()):
            lines.append(f"| {scenario} | {client} | {' | '.join(row.get(server, '') for server in servers)} |")
        self._path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("real", "a real Apache RocketMQ").addoption(
        "--foreign-report", type=Path, metavar="FILE", help="write the outcomes of the tests marked `foreign`"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect in the process where all reports arrive."""
    path: Path | None = config.getoption("foreign_report")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(OutcomeReport(path.resolve()))
