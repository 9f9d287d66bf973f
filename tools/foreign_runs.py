"""Play the foreign clients' tests several times in a row, and print what became of each scenario.

    PYTHONPATH=tools uv run python -m foreign_runs --runs 20
    PYTHONPATH=tools uv run python -m foreign_runs --runs 3 -k fake

Exit codes: 0 if every case agreed in every run, 1 if not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final, TypeAlias
from xml.etree import ElementTree

Case: TypeAlias = tuple[str, str, str]
"""Scenario, client and server."""

_NAMES: Final = ("scenario", "client", "server")


class Tally:
    """What became of each case over all runs."""

    def __init__(self) -> None:
        self._runs: Counter[Case] = Counter()
        self._agreed: Counter[Case] = Counter()
        self._failed = 0

    def add(self, exit_code: int, report: Path) -> None:
        """Add what became of one run.

        Args:
            exit_code: That of pytest.
            report: Its JUnit report, written by a pytest of our own; none where pytest did not come so far.
        """
        self._failed += exit_code != 0
        outcomes = outcomes_of(report) if report.exists() else {}
        self._runs.update(outcomes.keys())
        self._agreed.update(case for case, agreed in outcomes.items() if agreed)

    @property
    def is_steady(self) -> bool:
        """Whether there were cases, and all of them agreed in every run."""
        return bool(self._runs) and not self._failed

    def table(self) -> str:
        """Return a Markdown table with a row for each case."""
        lines = ["| scenario | client | server | runs | agreed | |", "|---|---|---|---|---|---|"]
        for case, runs in sorted(self._runs.items()):
            agreed = self._agreed[case]
            verdict = "" if agreed == runs else "**flaky**" if agreed else "**differs**"
            lines.append(f"| {' | '.join(case)} | {runs} | {agreed} | {verdict} |")
        return "\n".join(lines)


def outcomes_of(report: Path) -> dict[Case, bool]:
    """Return whether each case of a JUnit report ended as declared; what is no case is left out."""
    outcomes: dict[Case, bool] = {}
    for found in ElementTree.parse(report).iter("testcase"):
        said = {one.get("name", ""): one.get("value", "") for one in found.iter("property")}
        if not said.keys() >= set(_NAMES):
            continue
        scenario, client, server = (said[name] for name in _NAMES)
        case = scenario, client, server
        agreed = all(found.find(kind) is None for kind in ("failure", "error", "skipped"))
        outcomes[case] = agreed and outcomes.get(case, True)  # one that fails again as it ends stands there twice
    return outcomes


def main() -> int:
    """Play and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m foreign_runs", description="Look for scenarios that flake.")
    parser.add_argument("--runs", type=int, default=20, metavar="N", help="how often (default: %(default)s)")
    parser.add_argument("-k", default="", metavar="EXPRESSION", help="only these cases, as pytest takes it")
    options = parser.parse_args()
    tally = Tally()
    for number in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.xml")
            command = [sys.executable, "-P", "-m", "pytest", "--real", "-m", "foreign", "-q", f"--junitxml={report}"]
            done = subprocess.run([*command, "-k", options.k], check=False, capture_output=True, text=True)
            print(f"run {number + 1}: {(done.stdout.strip().splitlines() or [done.stderr])[-1]}", flush=True)
            if done.returncode:
                print(done.stdout, done.stderr, sep="\n", flush=True)  # what comes once in many runs is not seen again
            tally.add(done.returncode, report)
    print(f"\n{tally.table()}")
    return int(not tally.is_steady)


if __name__ == "__main__":
    sys.exit(main())
