"""The command line: measure some cases, or write the tables and draw the pictures of what was measured."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from itertools import chain
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
    chosen = [_ALL[name] for name in options.cases]
    cases = [one for one in chosen if isinstance(one, Case)]
    probes = [one for one in chosen if isinstance(one, Probe)]
    for result in chain(_measured(cases, options.stretches, options.rounds), _read(probes)):
        for line in page.lines(result):
            print(line)
        if not options.dry:
            results.save(result)


def _measured(cases: Sequence[Case], stretches: int, rounds: int | None) -> Iterator[Result]:
    """Measure all cases, over and over again, each time with another broker."""
    if not cases:
        return
    done = [_stretch(cases, stretches, rounds) for _ in range(stretches)]
    for case in cases:
        yield results.of_case(case, [one[case.name] for one in done])


def _stretch(cases: Sequence[Case], stretches: int, rounds: int | None) -> dict[str, results.Stretch]:
    done: dict[str, results.Stretch] = {}
    with Stage() as stage:
        for case in cases:
            start = time.monotonic()
            done[case.name] = _compare(stage, case, math.ceil((rounds or case.rounds) / stretches))
            medians = ", ".join(f"{results.median(case, goal, done[case.name]):.3f}" for goal in case.goals)
            print(f"{case.name}: {medians} ({time.monotonic() - start:.0f} s)", flush=True)
    return done


def _read(probes: Sequence[Probe]) -> Iterator[Result]:
    if not probes:
        return
    with Stage() as stage:
        for one in probes:
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
