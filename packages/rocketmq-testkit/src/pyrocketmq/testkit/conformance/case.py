"""Cases: what is sent, in which order, and what has to come of it.

The data under `cases/` reads into these classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyrocketmq.testkit.conformance.json_value import CaseFormatError, Members
from pyrocketmq.testkit.conformance.read_step import read_step
from pyrocketmq.testkit.conformance.steps import LINES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.testkit.conformance.json_value import Json
    from pyrocketmq.testkit.conformance.steps import Step


def line_of(version: str) -> str:
    """Return the line of servers that a version belongs to: "4.9" or "5.x"."""
    return "4.9" if version.startswith("4.") else "5.x"


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        case_id: Its name, such as "pull-004".
        area: What it is about.
        title: What it shows, in a sentence.
        lines: Lines of servers that it is for: "4.9", "5.x" or both.
        requires: Properties that the broker must have beyond those of `SETTINGS`.
        steps: What is done, in order.
    """

    case_id: str
    area: str
    title: str
    lines: tuple[str, ...]
    requires: Mapping[str, str]
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.title}"

    @classmethod
    def read(cls, value: Json, area: str) -> Case:
        """Read one case of a file.

        Raises:
            CaseFormatError: it does not read as one.
        """
        members = Members(value, f"a case of {area}")
        case_id = members.take("id", str)
        title = members.take("title", str)
        lines = members.take("lines", str, " ".join(LINES)).split()
        requires = members.take_texts("requires")
        steps = members.take_any("steps")
        members.end()
        if not isinstance(steps, list) or not steps:
            raise CaseFormatError(f"{case_id} has no steps")
        if not set(lines) <= set(LINES):
            raise CaseFormatError(f"{case_id}: lines are {' and '.join(LINES)}, not {lines}")
        return cls(
            case_id,
            area,
            title,
            tuple(lines),
            requires,
            tuple(read_step(step, f"{case_id} step {number}") for number, step in enumerate(steps, start=1)),
        )
