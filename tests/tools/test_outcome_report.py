"""The report of foreign clients says what every case came to, wherever it ran."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import outcome_report

pytest_plugins = ["pytester"]

CASES = """
import pytest

@pytest.mark.parametrize("server", ["fake 1", "real 1"])
def test_case(record_property, server):
    for name, value in {"scenario": "send", "client": "java-1", "server": server}.items():
        record_property(name, value)
    assert server == "fake 1"

def test_other(): ...
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_report_has_a_row_for_a_scenario_and_a_column_for_a_server(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(sys.modules[outcome_report.__name__].__file__ or "").parent))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(CASES)
    pytester.runpytest_subprocess(
        "-p", "outcome_report", "-p", "xdist", "-n", workers, "--foreign-report", "report.md"
    ).assert_outcomes(passed=2, failed=1)
    assert (pytester.path / "report.md").read_text().splitlines()[-5:] == [
        "2 cases, 1 the same, 1 not.",
        "",
        "| scenario | client | fake 1 | real 1 |",
        "|---|---|---|---|",
        "| send | java-1 | same | **differs** |",
    ]
