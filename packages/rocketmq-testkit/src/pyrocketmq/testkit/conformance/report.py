"""What came of a run of the suite, for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyrocketmq.testkit.conformance.case import Case
    from pyrocketmq.testkit.conformance.compare import Difference
    from pyrocketmq.testkit.conformance.json_value import JsonObject


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case.

    Attributes:
        case: The case.
        error: What did not go as the case states; empty if all did.
        differences: Where the answers differ from the recording.
        is_recorded: Whether there is a recording to compare with.
        answers: The answers, normalised.
    """

    case: Case
    error: str
    differences: list[Difference]
    is_recorded: bool
    answers: JsonObject

    @property
    def agrees(self) -> bool:
        """Whether the server did what the case states, and what was recorded."""
        return not self.error and not self.differences

    def __str__(self) -> str:
        lines = [str(self.case)]
        if self.error:
            lines.append(f"  {self.error}")
        lines += [f"  {difference}" for difference in self.differences]
        return "\n".join(lines)


@dataclass(slots=True)
class Report:
    """What came of all cases on one server.

    Attributes:
        server: What it ran on.
        results: By case id.
        left_out: Cases that this server is not set for.
    """

    server: str
    results: dict[str, CaseResult] = field(default_factory=dict[str, CaseResult])
    left_out: list[Case] = field(default_factory=list["Case"])

    @property
    def failures(self) -> list[CaseResult]:
        """The cases that do not agree."""
        return [result for result in self.results.values() if not result.agrees]

    def __str__(self) -> str:
        cases, failures = len(self.results), self.failures
        differences = sum(len(result.differences) + bool(result.error) for result in failures)
        recorded = sum(result.is_recorded for result in self.results.values())
        lines = [str(result) for result in failures]
        lines += [
            f"{case.case_id}: left out, needs {', '.join(f'{name}={value}' for name, value in case.requires.items())}"
            for case in self.left_out
        ]
        lines.append(
            f"{self.server}: {cases} cases ({recorded} with whole answers), {cases - len(failures)} agreed,"
            f" differences: {differences}"
        )
        return "\n".join(lines)
