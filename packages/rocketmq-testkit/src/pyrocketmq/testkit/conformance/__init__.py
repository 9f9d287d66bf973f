"""The conformance suite: what brokers do, as cases that play over the wire, and what real brokers answered to them.

Cases are data. Each states what has to come of it, and beside it lies what real brokers of two versions answered,
whole; a server agrees when it does as stated and as recorded. `python -m pyrocketmq.testkit.conformance` runs it.
"""

from __future__ import annotations

from pyrocketmq.testkit.conformance.case import Case
from pyrocketmq.testkit.conformance.compare import Difference
from pyrocketmq.testkit.conformance.data import RECORDED_VERSIONS, load_cases, load_recordings
from pyrocketmq.testkit.conformance.functions import ConformanceError
from pyrocketmq.testkit.conformance.json_value import CaseFormatError
from pyrocketmq.testkit.conformance.report import CaseResult, Report
from pyrocketmq.testkit.conformance.suite import SETTINGS, Target, run_on_fakes, run_suite

__all__ = [
    "RECORDED_VERSIONS",
    "SETTINGS",
    "Case",
    "CaseFormatError",
    "CaseResult",
    "ConformanceError",
    "Difference",
    "Report",
    "Target",
    "load_cases",
    "load_recordings",
    "run_on_fakes",
    "run_suite",
]
