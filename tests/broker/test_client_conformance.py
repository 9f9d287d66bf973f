"""The conformance cases through the public clients: on the fake in both versions, and on real brokers."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from client_conformance import sameness, whole
from client_conformance.arguments import Site
from client_conformance.calls import CALLS
from client_conformance.case_plan import plan_of
from client_conformance.making import Made, made
from client_conformance.players import AsyncPlayer, SyncPlayer
from client_conformance.promises import CHOSEN, PROMISES
from client_conformance.reasons import Reason
from client_conformance.suite import run_on_fakes, run_on_target
from pyrocketmq.broker import AsyncBrokerClient, BrokerClient
from pyrocketmq.broker.operations import pull
from pyrocketmq.model import PullMessageResult, PullStatus, RequestCode
from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.model.requests import GetMaxOffset, HeartBeat, PullMessage, SendMessage
from pyrocketmq.nameserver import AsyncNameServerClient, NameServerClient
from pyrocketmq.testkit import FakeBroker, Fault
from pyrocketmq.testkit.conformance import SETTINGS, Target, load_cases
from pyrocketmq.testkit.conformance.steps import SendRequest

if TYPE_CHECKING:
    from client_conformance.case_plan import CasePlan
    from client_conformance.players import Player
    from pyrocketmq.testkit.conformance import Case, Report
    from real_rocketmq.pytest_plugin import ServerKind

CASES = load_cases()
AREAS = sorted({case.area for case in CASES})
CLIENTS: dict[str, tuple[type, type]] = {
    "broker": (BrokerClient, AsyncBrokerClient),
    "namesrv": (NameServerClient, AsyncNameServerClient),
}
SITE = Site("broker-a", "127.0.0.1:10911", "DefaultCluster")


def disagreement(report: Report) -> str:
    return str(report) if report.failures or report.left_out else ""


def case_of(case_id: str) -> Case:
    return next(case for case in CASES if case.case_id == case_id)


def left_out(reason: Reason) -> list[CasePlan]:
    return [plan for plan in map(plan_of, CASES) if plan.reason is reason]


@pytest.mark.parametrize("face", [SyncPlayer, AsyncPlayer])
@pytest.mark.parametrize("area", AREAS)
def test_applications_see_on_the_fake_what_the_cases_state(area: str, face: type[Player]) -> None:
    with face() as player:
        report = run_on_fakes("5.4.0", player, [case for case in CASES if case.area == area])
    assert disagreement(report) == ""


@pytest.mark.parametrize("face", [SyncPlayer, AsyncPlayer])
def test_applications_see_on_the_fake_of_4_9_what_the_cases_state(face: type[Player]) -> None:
    with face() as player:
        report = run_on_fakes("4.9.7", player, CASES)
    assert disagreement(report) == ""


@pytest.mark.real(only=True)
@pytest.mark.timeout(600)
def test_applications_see_on_real_brokers_what_the_cases_state(server_kind: ServerKind) -> None:
    from client_conformance.real import run_faces_on_real

    for report in run_faces_on_real(server_kind.version, CASES):
        assert disagreement(report) == ""


def test_what_is_left_out_is_known() -> None:
    assert Counter(plan.reason for plan in map(plan_of, CASES)) == {
        None: 366,  # played
        Reason.RAW_BYTES: 12,
        Reason.UNKNOWN_CODE: 5,
        Reason.WRONG_SERVER: 1,
        Reason.SERVERS_ONLY: 5,
        Reason.MALFORMED: 10,
        Reason.REFUSED: 10,
        Reason.OTHER_REQUEST: 7,
    }


def test_no_server_knows_the_unknown_codes() -> None:
    for plan in left_out(Reason.UNKNOWN_CODE):
        codes = {step.code for step in plan.case.steps if isinstance(step, SendRequest)}
        assert codes.isdisjoint(RequestCode), plan.case


@pytest.mark.parametrize("reason", [Reason.SERVERS_ONLY, Reason.WRONG_SERVER])
def test_no_public_method_sends_what_no_client_offers(reason: Reason) -> None:
    plans = left_out(reason)
    assert plans
    for plan in plans:
        for number, unmade in plan.unmade.items():
            step = plan.case.steps[number - 1]
            assert isinstance(step, SendRequest)
            assert unmade.reason is reason
            assert not sent_by(step.to, RequestCode(step.code)), plan.case


def sent_by(kind: str, code: RequestCode) -> list[str]:
    """The public methods that say that they send a request."""
    methods = inspect.getmembers(CLIENTS[kind][0], callable)
    said = re.compile(rf"\b{code.name}, {int(code)}\b")
    return [name for name, method in methods if not name.startswith("_") and said.search(method.__doc__ or "")]


def test_methods_say_what_they_send_so_that_one_that_sends_nothing_is_told() -> None:
    for kind, calls in CALLS.items():
        for call in {call for of_code in calls.values() for call in of_code}:
            spoken = {"WIPE_WRITE_PERM_OF_BROKER": call.method}.get(RequestCode(call.request.CODE).name)
            assert call.method in {*sent_by(kind, RequestCode(call.request.CODE)), spoken}


def test_the_client_refuses_no_more_than_the_broker() -> None:
    # Except a message without a body, which 4.9 stores and nobody can read: other clients refuse it, too.
    for plan in left_out(Reason.REFUSED):
        for number in plan.unmade:
            step = plan.case.steps[number - 1]
            assert isinstance(step, SendRequest)
            codes = {
                line: expected["code"] for line, expected in step.stated.by_line.items() if line in plan.case.lines
            }
            if plan.case.case_id == "send-004":
                assert codes == {"4.9": 0, "5.x": 1}
            else:
                assert 0 not in codes.values(), plan.case


def test_other_requests_are_few_and_said_to_be() -> None:
    assert {
        plan.case.case_id: [unmade.detail for unmade in plan.unmade.values()] for plan in left_out(Reason.OTHER_REQUEST)
    } == {
        "batch-009": ["sync_batch_send_message: a batch record breaks off (at byte 5)"],
        "batch-011": ["sync_send_message: batch"],
        "conn-030": ["get_consumer_list: one-way"],
        "ns-033": ["version 317 in the header"],
        "ns-034": ["version 317 in the header"],
        "pop-019": ["pop_message: born_time"],
        "tx-020": ["end_transaction: from_transaction_check"],
    }


def test_every_call_is_on_both_clients() -> None:
    for kind, calls in CALLS.items():
        for call in [call for of_code in calls.values() for call in of_code]:
            assert all(callable(getattr(client, call.method)) for client in CLIENTS[kind])


def test_every_excuse_for_a_difference_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()

    def watched(excuse: whole.Excuse) -> whole.Excuse:
        def holds(recorded: Any, found: Any) -> bool:
            if not excuse.holds(recorded, found):
                return False
            used.add(excuse.reason)
            return True

        return replace(excuse, holds=holds)

    reasons = {excuse.reason for excuse in whole.EXCUSES}
    monkeypatch.setattr(whole, "EXCUSES", tuple(map(watched, whole.EXCUSES)))
    few = (
        "admin-016",
        "admin-018",
        "batch-010",
        "client-013",
        "pop-001",
        "pop-002",
        "pull-001",
        "query-023",
        "reply-001",
    )
    with AsyncPlayer() as player:
        run_on_fakes("5.4.0", player, [case_of(case_id) for case_id in few])
    assert used == reasons


def test_every_promise_is_about_a_request_that_is_played() -> None:
    for case_id, number in [*PROMISES, *CHOSEN]:
        assert number in plan_of(case_of(case_id)).calls


def test_every_allowance_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[tuple[str, str]] = set()

    def watched(allowance: sameness.Allowance, name: str) -> sameness.Allowance:
        def holds(ours: Any, theirs: Any, request: Any) -> bool:
            if not allowance.holds(ours, theirs, request):
                return False
            used.add((name, allowance.reason))
            return True

        return replace(allowance, names=(name,), holds=holds)

    singly = [(allowance, name) for allowance in sameness.ALLOWANCES for name in allowance.names]
    monkeypatch.setattr(sameness, "ALLOWANCES", tuple(watched(*one) for one in singly))
    for case in CASES:
        plan_of(replace(case, case_id=f"{case.case_id} again"))
    assert used == {(name, allowance.reason) for allowance, name in singly}


@pytest.mark.parametrize("face", [SyncPlayer, AsyncPlayer])
def test_a_server_that_answers_wrong_is_found_out(face: type[Player]) -> None:
    with face() as player, FakeBroker(properties=SETTINGS) as fake:
        fake.faults.add(Fault.reply(77, "no"))
        target = Target(version="5.4.0", broker=fake.address, namesrv=fake.namesrv_address)
        report = run_on_target(target, player, [case_of("offset-001")])
    assert "step 1, SEND_MESSAGE(10) to the broker: code is 77, expected 0 (no)" in str(report)


def test_a_result_that_is_read_wrong_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PullStatus, "of", staticmethod(lambda code: PullStatus.FOUND))
    with SyncPlayer() as player:
        report = run_on_fakes("5.4.0", player, [case_of("pull-003")])
    assert "step 3" in str(report)


def test_a_field_that_no_case_states_is_held_to_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    def misread(status: PullStatus, messages: Any, next_offset: int, least: int, most: int, broker: int) -> Any:
        return PullMessageResult(status, messages, next_offset, least, most + 1, broker)

    monkeypatch.setattr(pull, "PullMessageResult", misread)
    with SyncPlayer() as player:
        report = run_on_fakes("5.4.0", player, [case_of("pull-037")])
    assert "step 4.fields.maxOffset: recorded '2', found '3'" in str(report)


def test_a_call_that_sends_something_else_does_not_make_a_step() -> None:
    request = PullMessage(consumer_group="g", topic="t", queue_id=0, queue_offset=0, sys_flag=4, subscription="*")
    assert isinstance(made("broker", request.to_command(version=493), SITE), Made)
    for changes in ({"request_source": 1}, {"namespace": "n"}):
        unmade = made("broker", request.replace(**changes).to_command(version=493), SITE)
        assert unmade == (Reason.OTHER_REQUEST, f"pull_message: {next(iter(changes))}")


def test_fields_that_no_declaration_knows_are_not_overlooked() -> None:
    request = GetMaxOffset(topic="t", queue_id=0).with_extra_fields({"a": "b"})
    assert made("broker", request.to_command(version=493), SITE) == (Reason.OTHER_REQUEST, "get_max_offset: a")


def test_what_a_send_adds_to_its_properties_is_its_own_alone() -> None:
    request = SendMessage(
        producer_group="g", topic="t", queue_id=0, born_timestamp=1, properties="a\x011\x02", body=b"b"
    )
    assert sameness.differences(request, request.replace(properties="a\x011\x02UNIQ_KEY\x012\x02")) == []
    assert sameness.differences(request, request.replace(properties="a\x011\x02b\x012\x02")) == ["properties"]
    assert sameness.differences(request, request.replace(properties="UNIQ_KEY\x012\x02")) == ["properties"]


def test_every_request_of_the_cases_is_declared_or_unknown() -> None:
    codes = {step.code for case in CASES for step in case.steps if isinstance(step, SendRequest)}
    assert {code for code in codes if code not in REGISTRY} == {9999, 31999}
    assert HeartBeat.CODE in codes
