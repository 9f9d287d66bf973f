"""What was measured, kept as JSON: one file a case, the blocks included, so that it can be plotted."""

from __future__ import annotations

import datetime
import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from bench import blocks
from bench.blocks import Block
from bench.cases import OURS, Case, Goal
from bench.probes import Probe, Reading
from bench.stage import VERSION

FOLDER: Final = Path(__file__).parents[2] / "docs" / "performance"

Result = dict[str, Any]  # a JSON object
"""A file's content."""


Stretch = Mapping[str, Sequence[Block]]
"""The blocks of each side that took turns."""


def of_case(case: Case, stretches: Sequence[Stretch]) -> Result:
    """Return what came of a comparison."""
    measured = {name: list(chain.from_iterable(one[name] for one in stretches)) for name in stretches[0]}
    return {
        **_head(case.name, case.table.value),
        "title": case.title,
        "figure": case.figure.name,
        "calls_per_block": case.calls,
        "messages_per_call": case.messages,
        "goals": [
            _reached(case, goal, measured) | {"stretches": [round(median(case, goal, one), 3) for one in stretches]}
            for goal in case.goals
        ],
        "sides": {
            name: {
                "seconds": [round(block.seconds, 6) for block in done],
                "cpu": [round(block.cpu, 6) for block in done],
                "p50": [round(block.p50, 8) for block in done],
            }
            for name, done in measured.items()
        },
    }


def median(case: Case, goal: Goal, stretch: Stretch) -> float:
    """Return the ratio that was reached in one stretch."""
    return statistics.median(_ratios(case, goal, stretch))


def of_probe(probe: Probe, readings: Sequence[Reading]) -> Result:
    """Return what was read."""
    return {
        **_head(probe.name, probe.table.value),
        "readings": [
            {"title": one.title, "value": round(one.value, 4), "must": one.must, "aim": one.aim} for one in readings
        ],
    }


def save(result: Result) -> Path:
    """Write a result to its file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{result['case']}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return path


def load(name: str) -> Result | None:
    """Read a case's file, if there is one."""
    path = FOLDER / f"{name}.json"
    result: Result | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return result


def _head(name: str, table: str) -> Result:
    return {
        "case": name,
        "table": table,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "python": platform.python_version(),
        "broker": VERSION,
        "machine": f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _reached(case: Case, goal: Goal, measured: Stretch) -> Result:
    ours, other = measured[OURS], measured[goal.to]
    low, middle, high = statistics.quantiles(_ratios(case, goal, measured), n=4)
    return {
        "to": goal.to,
        "ratio": round(middle, 3),
        "quartiles": [round(low, 3), round(high, 3)],
        "must": goal.must,
        "aim": goal.aim,
        "is_cost": case.figure.is_cost,
        "ours": statistics.median(map(case.figure.of, ours)),
        "other": statistics.median(map(case.figure.of, other)),
        "cpu": blocks.cpu_per_call(ours),
        "cpu_other": blocks.cpu_per_call(other),
    }


def _ratios(case: Case, goal: Goal, measured: Stretch) -> list[float]:
    return blocks.ratios(case.figure.of, measured[OURS], measured[goal.to])
