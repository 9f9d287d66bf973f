"""The page of the reference tells which public calls make each conformance case."""

from __future__ import annotations

from pyrocketmq.testkit.conformance import load_cases
from reference.client_conformance_page import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m reference.client_conformance_page`"


def test_every_case_has_calls_or_a_reason() -> None:
    rows = [line.split(" | ") for line in page().splitlines()]
    told = {row[0].removeprefix("| "): (row[2].strip(), row[4].strip(" |")) for row in rows if len(row) == 5}
    for case in load_cases():
        calls, reason = told[case.case_id]
        assert bool(calls) is not bool(reason), case
