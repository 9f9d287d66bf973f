"""Generate ``docs/reference/conformance-calls.md``: which public calls make each conformance case, or why none do.

From the root of the project, with ``tools`` on ``PYTHONPATH``::

    uv run python -m reference.client_conformance_page            writes the page
    uv run python -m reference.client_conformance_page --check    tells whether it is stale

Exit codes: 0 done, 1 the page is stale, 2 wrong usage.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from client_conformance.case_plan import plan_of
from client_conformance.promises import PROMISES
from client_conformance.reasons import Reason
from client_conformance.sameness import ALLOWANCES
from client_conformance.whole import EXCUSES
from pyrocketmq.testkit.conformance import load_cases
from reference.pages import run, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from client_conformance.case_plan import CasePlan

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "conformance-calls.md"

_HEAD: Final = """\
<!-- Made by tools/reference/client_conformance_page.py. Change tools/client_conformance, not this page. -->

# The conformance cases through the public clients

The [conformance cases](../conformance.md) say what brokers do, and play over the wire. They also play through
`BrokerClient`, `NameServerClient` and their asyncio counterparts: each request of a case becomes the public call that
sends it, and the typed result or error of the call is turned back into the answer that the case judges. So an
application gets to see what the case states, on fake brokers and on Apache RocketMQ 4.9.7 and 5.4.0. All that a result
shows besides, every attribute of every message, is held to the recordings of what real brokers answered.

Which call it is follows from asking: each call that is declared for a request code says what it would send for the
arguments that the case stands for. It makes the step if that is the same request.

- **Calls** are the public methods that make the steps of a case, in order, each once.
- **Not seen** is what the case states, besides, and no result shows: header fields that answer no question of an
  application, such as `TRACE_ON`, and the remark of an answer that is a success.
- **Why not** stands where no public call makes a step. The whole case is left out then.
"""


def page() -> str:
    """Return the page."""
    plans = [plan_of(case) for case in load_cases()]
    lines = [_HEAD, *_summary(plans), *_reasons(plans), *_allowances(), *_excuses(), *_promises()]
    areas = sorted({plan.case.area for plan in plans})
    for area in areas:
        lines += [f"## Area {area}\n", *_cases([plan for plan in plans if plan.case.area == area])]
    return "\n".join(lines).rstrip() + "\n"


def _summary(plans: Sequence[CasePlan]) -> Iterator[str]:
    played = sum(plan.is_played for plan in plans)
    yield f"{played} of {len(plans)} cases are played.\n"


def _reasons(plans: Sequence[CasePlan]) -> Iterator[str]:
    yield "## Why a case is left out\n"
    counts = Counter(plan.reason for plan in plans)
    rows = [(f"`{reason.name}`", reason.value, str(counts[reason])) for reason in Reason]
    yield from table(("Reason", "It means", "Cases"), rows)


def _allowances() -> Iterator[str]:
    yield "## What may differ between a step and its call\n"
    yield "The two requests are compared field by field. These may differ:\n"
    rows = [(", ".join(f"`{name}`" for name in one.names), one.reason) for one in ALLOWANCES]
    yield from table(("Attribute", "Because"), rows)


def _excuses() -> Iterator[str]:
    yield "## What may differ between a result and a recording\n"
    rows = [(f"`{excuse.paths}`", excuse.reason) for excuse in EXCUSES]
    yield from table(("Where, as a regular expression", "Because"), rows)


def _promises() -> Iterator[str]:
    yield "## Where the clients promise something else\n"
    yield "There the promise is judged instead of what the case states.\n"
    rows = [(case_id, str(step), promise.why) for (case_id, step), promise in PROMISES.items()]
    yield from table(("Case", "Step", "The clients"), rows)


def _cases(plans: Sequence[CasePlan]) -> Iterator[str]:
    rows = [
        (
            plan.case.case_id,
            plan.case.title,
            ", ".join(f"`{call}`" for call in dict.fromkeys(plan.calls.values())) if plan.is_played else "",
            ", ".join(dict.fromkeys(f"`{name}`" for names in plan.hidden.values() for name in names))
            if plan.is_played
            else "",
            "; ".join(f"`{unmade.reason.name}` {unmade.detail}" for unmade in plan.unmade.values()),
        )
        for plan in plans
    ]
    yield from table(("Case", "Shows", "Calls", "Not seen", "Why not"), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: Words after the command's name; by default those of the process.
    """
    return run("reference.client_conformance_page", page, PAGE, arguments)


if __name__ == "__main__":
    sys.exit(main())
