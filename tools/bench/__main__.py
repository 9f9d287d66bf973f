"""The command line: measure some cases, or write the tables and draw the pictures of what was measured."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Final

from bench import client_cases, page, plot, results, transport_cases
from bench.blocks import Block, alternate, in_turn
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command."""
    options = _parser().parse_args(arguments)
    if options.command in {"table", "plot"}:
        saved = [result for name in _ALL if (result := results.load(name)) is not None]
        plot.draw(saved)
        if options.command == "table":
            page.update(saved)
        return
    with Stage() as stage:
        for name in options.cases:
            start = time.monotonic()
            result = _measure(stage, _ALL[name], options.rounds)
            for line in page.lines(result):
                print(line)
            print(f"{name}: {time.monotonic() - start:.0f} s")
            if not options.dry:
                results.save(result)


def _measure(stage: Stage, one: Case | Probe, rounds: int | None) -> Result:
    if isinstance(one, Probe):
        return results.of_probe(one, one.take(stage))
    return results.of_case(one, _compare(stage, one, rounds or one.rounds))


def _compare(stage: Stage, case: Case, rounds: int) -> dict[str, list[Block]]:
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
    run.add_argument("--rounds", type=int, help="blocks of each side; default: as the case says")
    run.add_argument("--dry", action="store_true", help="only print what was measured")
    commands.add_parser("table", help="write what was measured last into docs/performance.md, and draw it")
    commands.add_parser("plot", help="only draw it")
    return parser


if __name__ == "__main__":
    main()
