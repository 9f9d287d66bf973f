"""The command line: measure some cases, or write the tables and draw the pictures of what was measured."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import Final

from bench import client_cases, page, plot, results, transport_cases
from bench.blocks import alternate, in_turn
from bench.cases import JAVA, Case
from bench.probes import PROBES, Probe
from bench.results import Result
from bench.stage import Stage

_ALL: Final[dict[str, Case | Probe]] = {one.name: one for one in (*transport_cases.CASES, *client_cases.CASES, *PROBES)}
_JAVA_WARM_UP: Final = 24_000
_JAVA_WARM_UP_MANY: Final = 8_000
# Calls, the latter of those that move many messages. Virtual machines compile what they run often, and take the
# processor from everybody while they do: Java's pulls, and the broker's, become faster for some 8,000 calls.
_JAVA_ROUND: Final = 2000
_STRETCHES: Final = 4
# How often a case is measured, minutes apart and with another broker: a machine that is shared, and a broker as its
# virtual machine has happened to compile it, favour one side or the other for as long as they stay as they are.


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command."""
    options = _parser().parse_args(arguments)
    if options.command in {"table", "plot"}:
        saved = [result for name in _ALL if (result := results.load(name)) is not None]
        plot.draw(saved)
        if options.command == "table":
            page.update(saved)
        return
    for result in _measure([_ALL[name] for name in options.cases], options.stretches, options.rounds):
        for line in page.lines(result):
            print(line)
        if not options.dry:
            results.save(result)


def _measure(chosen: Sequence[Case | Probe], stretches: int, rounds: int | None) -> Iterator[Result]:
    """Measure one thing after the other, and cases over and over again, each time with another broker."""
    cases = [one for one in chosen if isinstance(one, Case)]
    measured: dict[str, list[results.Stretch]] = {case.name: [] for case in cases}
    for _ in range(stretches if cases else 0):
        with Stage() as stage:
            for case in cases:
                start = time.monotonic()
                measured[case.name].append(_compare(stage, case, -(-(rounds or case.rounds) // stretches)))
                medians = ", ".join(f"{value:.3f}" for value in results.medians(case, measured[case.name][-1]))
                print(f"{case.name}: {medians} ({time.monotonic() - start:.0f} s)", flush=True)
    for case in cases:
        yield results.of_case(case, measured[case.name])
    for one in chosen:
        if isinstance(one, Probe):
            with Stage() as stage:
                yield results.of_probe(one, one.take(stage))


def _compare(stage: Stage, case: Case, rounds: int) -> results.Stretch:
    sides = in_turn([case.sides(stage) for _ in range(case.connections)])
    for name, side in sides.items():
        if name == JAVA:
            calls = _JAVA_WARM_UP if case.messages == 1 else _JAVA_WARM_UP_MANY
            for _ in range(calls // _JAVA_ROUND):
                side(_JAVA_ROUND)
        else:
            side(case.warm_up)
    return alternate(sides, case.calls, rounds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Speed beside a bare socket and the Java client.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure, and keep the figures")
    run.add_argument("cases", nargs="+", choices=_ALL, metavar="CASE", help=", ".join(_ALL))
    run.add_argument("--stretches", type=int, default=_STRETCHES, help="default: %(default)s")
    run.add_argument("--rounds", type=int, help="blocks of each side, in all; default: as the case says")
    run.add_argument("--dry", action="store_true", help="only print what was measured")
    commands.add_parser("table", help="write what was measured last into docs/performance.md, and draw it")
    commands.add_parser("plot", help="only draw it")
    return parser


if __name__ == "__main__":
    main()
