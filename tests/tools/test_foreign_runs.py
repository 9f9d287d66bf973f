"""Runs of foreign clients are summed up case by case, from the reports that pytest writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from foreign_runs import Tally

pytest_plugins = ["pytester"]

CASES = """
import pytest

@pytest.fixture
def case(record_property, request):
    name = request.node.name.removeprefix("test_")
    for key, value in {"scenario": name, "client": "java-1", "server": "fake 1"}.items():
        record_property(key, value)
    yield
    assert name != "fails_at_its_end" and name != "fails_twice"

def test_agrees(case): ...
def test_flakes(case): assert RUN == 2
def test_fails(case): assert False
def test_fails_at_its_end(case): ...
def test_fails_twice(case): assert False
def test_is_skipped(case): pytest.skip("no client")
def test_is_no_case(): assert RUN == 1
"""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "report.xml"


def test_each_case_has_a_verdict(pytester: pytest.Pytester, report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    tally = Tally()
    for run in (1, 2):
        pytester.makepyfile(**{f"test_run_{run}": f"RUN = {run}\n{CASES}"})
        done = pytester.runpytest_subprocess(f"test_run_{run}.py", f"--junitxml={report}")
        tally.add(int(done.ret), report)
    assert tally.table().splitlines() == [
        "| scenario | client | server | runs | agreed | |",
        "|---|---|---|---|---|---|",
        "| agrees | java-1 | fake 1 | 2 | 2 |  |",
        "| fails | java-1 | fake 1 | 2 | 0 | **differs** |",
        "| fails_at_its_end | java-1 | fake 1 | 2 | 0 | **differs** |",
        "| fails_twice | java-1 | fake 1 | 2 | 0 | **differs** |",
        "| flakes | java-1 | fake 1 | 2 | 1 | **flaky** |",
        "| is_skipped | java-1 | fake 1 | 2 | 0 | **differs** |",
    ]
    assert not tally.is_steady


CASE = """<testsuites><testsuite><testcase><properties><property name="scenario" value="send"/>
<property name="client" value="go"/><property name="server" value="real 1"/></properties></testcase></testsuite>
</testsuites>"""


@pytest.mark.parametrize(
    ("runs", "is_steady"),
    [
        ([(0, CASE), (0, CASE)], True),
        ([(0, CASE), (1, CASE)], False),
        ([(0, CASE), (4, None)], False),
        ([(0, "<testsuites/>")], False),
        ([], False),
    ],
    ids=["all well", "one run failed", "one run did not begin", "no case", "no run"],
)
def test_steady_is_what_agreed_in_every_run(runs: list[tuple[int, str | None]], is_steady: bool, report: Path) -> None:
    tally = Tally()
    for exit_code, text in runs:
        report.unlink(missing_ok=True)
        if text is not None:
            report.write_text(text)
        tally.add(exit_code, report)
    assert tally.is_steady is is_steady
