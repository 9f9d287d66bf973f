"""The command; see CONTRIBUTING, "Add a conformance case"."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyrocketmq.testkit.conformance as package
from conformance.json_text import json_text
from conformance.real import run_on_real
from pyrocketmq.testkit.conformance import RECORDED_VERSIONS, load_cases, load_recordings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrocketmq.testkit.conformance import Case, Report
    from pyrocketmq.testkit.conformance.json_value import Json, JsonObject

_RECORDINGS = Path(package.__file__).with_name("recordings")


def main() -> int:
    """Run the command; returns 0 if everything agreed, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    parser.add_argument("verb", choices=("record", "check"), help="write recordings anew, or compare with them")
    parser.add_argument("--version", action="append", choices=RECORDED_VERSIONS, default=[])
    parser.add_argument("--case", action="append", default=[], metavar="ID", help="only these cases, or areas")
    options = parser.parse_args()
    wanted = set(options.case)
    cases = [case for case in load_cases() if not wanted or case.case_id in wanted or case.area in wanted]
    reports = {version: run_on_real(version, cases) for version in options.version or RECORDED_VERSIONS}
    if options.verb == "record":
        record(reports)
        for report in reports.values():
            for result in report.results.values():
                result.differences.clear()
    for report in reports.values():
        print(report)
    return int(any(report.failures for report in reports.values()))


def record(reports: dict[str, Report]) -> None:
    """Write what was answered; recordings of what was not run stay."""
    recordings = {version: load_recordings(version) for version in RECORDED_VERSIONS}
    for version, report in reports.items():
        recordings[version] |= {name: result.answers for name, result in report.results.items() if not result.error}
    _RECORDINGS.mkdir(exist_ok=True)
    for area, cases in _by_area(load_cases()).items():
        content = {case.case_id: _entry(case, recordings) for case in cases}
        (_RECORDINGS / f"{area}.json").write_text(json_text({k: v for k, v in content.items() if v}) + "\n", "utf-8")


def _entry(case: Case, recordings: dict[str, dict[str, JsonObject]]) -> dict[str, Json]:
    """Return what versions answered to a case; once, if all answered the same."""
    found = {version: one[case.case_id] for version, one in recordings.items() if case.case_id in one}
    texts = {json.dumps(answers, sort_keys=True) for answers in found.values()}
    if len(texts) == 1 and len(found) == len(RECORDED_VERSIONS):
        return {"both": next(iter(found.values()))}
    return dict(found)


def _by_area(cases: Sequence[Case]) -> dict[str, list[Case]]:
    areas: dict[str, list[Case]] = {}
    for case in cases:
        areas.setdefault(case.area, []).append(case)
    return areas


if __name__ == "__main__":
    sys.exit(main())
