"""The tables of `docs/performance.md`, written between markers, so that the prose around them stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bench.cases import Table
from bench.results import FOLDER, Result

PAGE: Final = FOLDER.with_suffix(".md")


def update(results: Iterable[Result], page: Path = PAGE) -> None:
    """Put what was measured in the place of the tables."""
    text = page.read_text(encoding="utf-8")
    measured = list(results)
    for table in Table:
        rows = [result for result in measured if result["table"] == table.value]
        text = _replaced(text, table.value, "\n".join(_table(rows)))
    page.write_text(text, encoding="utf-8")


def lines(result: Result) -> Iterator[str]:
    """Return the rows of a result."""
    for goal in result.get("goals", ()):
        yield _row(
            result["title"],
            goal["to"],
            _limit(goal["must"], is_cost=goal["is_cost"]),
            _limit(goal["aim"], is_cost=goal["is_cost"]),
            "{:.2f} ({:.2f} to {:.2f})".format(goal["ratio"], *goal["quartiles"]),
            _verdict(goal["ratio"], goal["must"], goal["aim"], is_cost=goal["is_cost"]),
            f"{_figure(goal['ours'], result)}, {_figure(goal['other'], result)}",
            f"{goal['cpu'] * 1e6:.0f}, {goal['cpu_other'] * 1e6:.0f}",
        )
    for reading in result.get("readings", ()):
        must, aim, value = reading["must"], reading["aim"], reading["value"]
        limits = (_limit(must, is_cost=True), _limit(aim, is_cost=True))
        yield _row(reading["title"], "", *limits, f"{value:.2f}", _verdict(value, must, aim, is_cost=True), "", "")


def _table(results: list[Result]) -> Iterator[str]:
    if not results:
        yield "Not measured yet."
        return
    yield _row("case", "beside", "must reach", "aim for", "reached", "", "ours, theirs", "CPU µs a call: ours, theirs")
    yield "|---|---|---|---|---|---|---|---|"
    for result in results:
        yield from lines(result)
    yield ""
    yield "Measured " + "; ".join(dict.fromkeys(map(_circumstances, results))) + "."


def _circumstances(result: Result) -> str:
    return (
        f"on {result['date']} with CPython {result['python']} and Apache RocketMQ {result['broker']}"
        f" on one machine ({result['machine']})"
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _limit(limit: float | None, *, is_cost: bool) -> str:
    return "" if limit is None else f"{'≤' if is_cost else '≥'} {limit:g}"


def _verdict(value: float, must: float | None, aim: float | None, *, is_cost: bool) -> str:
    def holds(limit: float) -> bool:
        return value <= limit if is_cost else value >= limit

    if must is not None and not holds(must):
        return "**short**"
    if aim is not None:
        return "aim reached" if holds(aim) else "aim not reached" if must is None else "holds"
    return "" if must is None else "holds"


def _figure(value: float, result: Result) -> str:
    if result["figure"] == "rate":
        return f"{value * result['messages_per_call']:,.0f}/s"
    return f"{value * 1e6:.0f} µs" if value < 0.001 else f"{value * 1e3:.1f} ms"


def _replaced(text: str, name: str, table: str) -> str:
    start, end = f"<!-- {name}: written by tools/bench -->\n", f"\n<!-- {name}: end -->"
    before, found, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"the page has no place for the table {name!r}")
    return before + start + table + end + after
