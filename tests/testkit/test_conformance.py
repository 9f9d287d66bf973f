"""The conformance suite: on the fake in both versions against what real brokers answered, and on real brokers."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pyrocketmq.model.enums import RequestCode
from pyrocketmq.testkit import FakeBroker, Fault
from pyrocketmq.testkit.conformance import (
    RECORDED_VERSIONS,
    SETTINGS,
    CaseFormatError,
    ConformanceError,
    Report,
    Target,
    load_cases,
    load_recordings,
    run_on_fakes,
    run_suite,
)
from pyrocketmq.testkit.conformance.case import Case
from pyrocketmq.testkit.conformance.compare import differences
from pyrocketmq.testkit.conformance.functions import match
from pyrocketmq.testkit.conformance.normalise import NORMALISERS, normalised
from pyrocketmq.testkit.conformance.steps import SendRequest
from pyrocketmq.testkit.conformance.suite import cases_for
from pyrocketmq.testkit.conformance.timing import SuiteClock, VirtualTiming
from pyrocketmq.testkit.conformance.transcript import Transcript
from pyrocketmq.testkit.conformance.variables import unique_name
from real_rocketmq.jars import VERSIONS

if TYPE_CHECKING:
    from real_rocketmq.pytest_plugin import ServerKind

_CASES = load_cases()
_AREAS = sorted({case.area for case in _CASES})


def disagreement(report: Report) -> str:
    return str(report) if report.failures or report.left_out else ""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("area", _AREAS)
def test_the_fake_answers_as_the_real_broker_did(area: str, version: str) -> None:
    report = run_on_fakes(version, [case for case in _CASES if case.area == area])
    assert disagreement(report) == ""
    assert all(result.is_recorded for result in report.results.values())


@pytest.mark.real(only=True)
@pytest.mark.timeout(600)
def test_the_real_broker_answers_as_it_did(server_kind: ServerKind) -> None:
    from conformance.real import run_on_real

    assert disagreement(run_on_real(server_kind.version, _CASES)) == ""


@pytest.mark.parametrize("version", VERSIONS)
def test_time_that_passes_by_itself_changes_nothing(version: str) -> None:
    with FakeBroker(version=version, properties=SETTINGS) as broker:
        target = Target(version=version, broker=broker.address, namesrv=broker.namesrv_address)
        assert disagreement(run_suite(target, [case for case in _CASES if case.area == "batch"])) == ""


@pytest.mark.parametrize("version", VERSIONS)
def test_all_cases_share_a_server_in_any_order_and_again(version: str) -> None:
    cases = [case for case in _CASES if not case.requires]
    clock = SuiteClock()
    with FakeBroker(version=version, clock=clock, properties=SETTINGS) as broker:
        timing = VirtualTiming(broker, clock)
        target = Target(version=version, broker=broker.address, namesrv=broker.namesrv_address, timing=timing)
        for _ in range(2):
            random.shuffle(cases)
            assert disagreement(run_suite(target, cases)) == ""


@pytest.mark.parametrize("version", RECORDED_VERSIONS)
def test_every_case_is_recorded(version: str) -> None:
    assert {case.case_id for case in cases_for(version, _CASES)} == set(load_recordings(version))


def test_no_two_cases_register_a_broker_at_one_address() -> None:
    registered = Counter(
        address
        for case in _CASES
        for address in {
            step.fields["brokerAddr"]
            for step in case.steps
            if isinstance(step, SendRequest) and step.code == RequestCode.REGISTER_BROKER
        }
    )
    assert registered
    assert set(registered.values()) == {1}


def test_a_server_that_answers_wrong_is_found_out_field_by_field() -> None:
    case = next(case for case in _CASES if case.case_id == "offset-001")
    with FakeBroker(properties=SETTINGS) as broker:
        broker.faults.add(Fault.reply(77, "no"))
        report = run_suite(Target(version="5.4.0", broker=broker.address, namesrv=broker.namesrv_address), [case])
    assert "offset-001" in str(report)
    assert "code is 77" in str(report)
    assert "step 1.remark: recorded " in str(report)
    assert "0 agreed" in str(report)


def test_a_case_whose_settings_the_server_does_not_have_is_reported() -> None:
    cases = [case for case in _CASES if case.requires]
    with FakeBroker(properties=SETTINGS) as broker:
        report = run_suite(Target(version="5.4.0", broker=broker.address, namesrv=broker.namesrv_address), cases)
    assert report.left_out == cases
    assert "needs recallMessageEnable=true" in str(report)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (None, ""),
        ("7", 7),
        ("true", True),
        ({"$present": True}, "x"),
        ({"$matches": "^a.c$"}, "abc"),
        ({"$at_least": 3}, "3"),
        ({"$at_most": 3}, 2),
        ({"a": "1"}, {"a": 1, "b": 2}),
        ([{"$present": True}, "2"], [1, 2]),
    ],
)
def test_what_matches(expected: object, found: object) -> None:
    match("it", expected, found)  # type: ignore[arg-type]  # any JSON


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("x", None),
        (None, "x"),
        ({"$present": True}, None),
        ({"$matches": "b"}, "a"),
        ({"$at_least": 3}, "2"),
        ({"$at_most": 3}, None),
        ({"a": "1"}, {"b": 1}),
        ({"a": "1"}, "a"),
        ([1], [1, 2]),
    ],
)
def test_what_does_not_match(expected: object, found: object) -> None:
    with pytest.raises(ConformanceError, match="it"):
        match("it", expected, found)  # type: ignore[arg-type]  # any JSON


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ({"wiat": 1}, "does nothing"),
        ({"wait": 1, "expct": {}}, "unknown members: expct"),
        ({"request": {"code": 1, "name": "X", "feilds": {}}}, "unknown members: feilds"),
        ({"request": {"code": "1", "name": "X"}}, "code is '1'"),
        ({"connection": "ajar", "conn": "c", "within": 1}, "closed or open"),
    ],
)
def test_a_misspelt_case_is_refused(step: dict[str, object], complaint: str) -> None:
    with pytest.raises(CaseFormatError, match=complaint):
        Case.read({"id": "x-1", "title": "X", "steps": [step]}, "x")  # type: ignore[dict-item]  # any JSON


def test_differences_are_told_field_by_field() -> None:
    recorded = {"code": 0, "fields": {"a": "1", "b": "2"}, "messages": [{"body": "x"}]}
    found = {"code": 0, "fields": {"a": "1", "c": "3"}, "messages": [{"body": "y"}]}
    assert [str(one) for one in differences(recorded, found)] == [  # type: ignore[arg-type]  # any JSON
        "fields.b: recorded '2', found '(nothing)'",
        "fields.c: recorded '(nothing)', found '3'",
        "messages[0].body: recorded 'x', found 'y'",
    ]


def test_what_may_differ_is_named_and_what_is_equal_stays_equal() -> None:
    unique = unique_name(1, 2)
    transcript = Transcript()
    transcript.connected("c", "127.0.0.1:50001")
    offset_id = "7F00000100002A9F0000000000000010"
    transcript.events["step 1"] = {
        "fields": {"msgId": offset_id, "queueOffset": "5"},
        "messages": [
            {"topic": f"t_{unique}", "bornHost": "127.0.0.1:50001", "physicOffset": 16, "storeTimestamp": 1795833867761}
        ],
        "json": {"topicList": ["b", f"t_{unique_name(1, 3)}", "a"]},
    }
    transcript.events["step 2"] = {"fields": {"msgId": offset_id}, "remark": "127.0.0.1:500012"}
    assert normalised(transcript, unique, {"127.0.0.1:10911": "broker"}) == {
        "step 1": {
            "fields": {"msgId": "<id 1>", "queueOffset": "5"},
            "messages": [
                {"topic": "t_${u}", "bornHost": "<c>", "physicOffset": "<commit offset 1>", "storeTimestamp": "<time>"}
            ],
            "json": {"topicList": ["a", "b"]},
        },
        "step 2": {"fields": {"msgId": "<id 1>"}, "remark": "127.0.0.1:500012"},
    }


def test_every_normaliser_that_a_step_names_exists() -> None:
    for case in _CASES:
        for step in case.steps:
            named = getattr(step, "stated", None)
            assert named is None or set(named.varies.values()) <= set(NORMALISERS), case


def test_recordings_hold_nothing_of_the_machine_they_were_made_on() -> None:
    for version in RECORDED_VERSIONS:
        text = json.dumps(load_recordings(version))
        assert "/tmp/" not in text
        assert "/root/" not in text
        ports = [int(word.rpartition(":")[2]) for word in text.split('"') if word.startswith("127.0.0.1:")]
        assert ports
        assert max(ports) < 100  # of brokers that cases make up; none listens there
