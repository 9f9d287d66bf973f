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


def main() -> int:
    """Play and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m foreign_runs", description="Look for scenarios that flake.")
    parser.add_argument("--runs", type=int, default=20, metavar="N", help="how often (default: %(default)s)")
    parser.add_argument("-k", default="", metavar="EXPRESSION", help="only these cases, as pytest takes it")
    options = parser.parse_args()
    runs: Counter[Case] = Counter()
    agreed: Counter[Case] = Counter()
    broken = 0
    for number in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.xml")
            command = [sys.executable, "-P", "-m", "pytest", "--real", "-m", "foreign", "-q", f"--junitxml={report}"]
            done = subprocess.run([*command, "-k", options.k], check=False, capture_output=True, text=True)
            print(f"run {number + 1}: {(done.stdout.strip().splitlines() or [done.stderr])[-1]}", flush=True)
            broken += done.returncode != 0
            if report.exists():
                count(report, runs, agreed)
    print("\n| scenario | client | server | runs | agreed | |\n|---|---|---|---|---|---|")
    for case in sorted(runs):
        verdict = "" if agreed[case] == runs[case] else "**flaky**" if agreed[case] else "**differs**"
        print(f"| {' | '.join(case)} | {runs[case]} | {agreed[case]} | {verdict} |")
    return int(broken > 0 or not runs)


def count(report: Path, runs: Counter[Case], agreed: Counter[Case]) -> None:
    """Add up what one run's JUnit report says.

    Args:
        report: The file, written by a pytest of our own.
        runs: How often each case was played.
        agreed: How often it ended as declared.
    """
    for found in ElementTree.parse(report).iter("testcase"):
        said = {one.get("name", ""): one.get("value", "") for one in found.iter("property")}
        if not said.keys() >= set(_NAMES):
            continue
        scenario, client, server = (said[name] for name in _NAMES)
        case = scenario, client, server
        runs[case] += 1
        agreed[case] += all(found.find(kind) is None for kind in ("failure", "error", "skipped"))


if __name__ == "__main__":
    sys.exit(main())
