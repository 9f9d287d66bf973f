"""The data of the suite: cases, default fields and recordings, which lie beside this file as JSON."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from pyrocketmq.testkit.conformance.case import Case
from pyrocketmq.testkit.conformance.json_value import CaseFormatError, Members

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from pyrocketmq.testkit.conformance.json_value import Json, JsonObject

_DATA: Final = files("pyrocketmq.testkit.conformance")
_DEFAULTS: Final = "defaults.json"

RECORDED_VERSIONS: Final = ("4.9.7", "5.4.0")
"""Versions of real brokers whose answers are recorded."""


@cache
def load_defaults() -> Mapping[str, JsonObject]:
    """Return the default fields of requests, by the request's name."""
    members = Members(_read(_DATA / "cases" / _DEFAULTS), _DEFAULTS)
    return {name: members.take_object(name) for name in list(members)}


def load_cases() -> list[Case]:
    """Return all cases, area by area.

    Raises:
        CaseFormatError: a file does not read as described, or two cases have the same id.
    """
    cases: list[Case] = []
    for file in sorted((_DATA / "cases").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".json") and file.name != _DEFAULTS:
            members = Members(_read(file), file.name)
            area = members.take("area", str)
            cases += [Case.read(value, area) for value in members.take_list("cases")]
            members.end()
    twice = {case.case_id for case in cases if sum(case.case_id == other.case_id for other in cases) > 1}
    if twice:
        raise CaseFormatError(f"ids that are there twice: {', '.join(sorted(twice))}")
    return cases


def load_recordings(version: str) -> dict[str, JsonObject]:
    """Return what a real broker of a version answered, normalised, by case id; nothing for other versions.

    Raises:
        CaseFormatError: a file does not read as described.
    """
    if version not in RECORDED_VERSIONS:
        return {}
    recordings: dict[str, JsonObject] = {}
    for file in (_DATA / "recordings").iterdir():
        if file.name.endswith(".json"):
            area = Members(_read(file), file.name)
            for case_id in list(area):
                case = area.take_object(case_id)
                recorded = case.get(version, case.get("both"))
                if recorded is not None:
                    recordings[case_id] = Members(recorded, case_id).rest()
    return recordings


def _read(file: Traversable) -> Json:
    value: Json = json.loads(file.read_text("utf-8"))
    return value
