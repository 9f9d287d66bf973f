"""How a case is played by public calls: which call makes each step, or why none does."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from client_conformance.arguments import Site
from client_conformance.making import Made, made
from client_conformance.members import ROLES, Role
from client_conformance.promises import CHOSEN, PROMISES
from client_conformance.reasons import Reason, Unmade
from client_conformance.visible import shown_answer, shown_push
from pyrocketmq.model import RemotingCommand, RequestCode
from pyrocketmq.testkit.conformance.data import load_defaults
from pyrocketmq.testkit.conformance.frames import frame_of_request
from pyrocketmq.testkit.conformance.run import fields_of
from pyrocketmq.testkit.conformance.steps import (
    LINES,
    AwaitAnswer,
    ExpectNoPush,
    ExpectPush,
    SendRaw,
    SendRequest,
    SetVariables,
)
from pyrocketmq.testkit.conformance.variables import Variables, unique_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from client_conformance.calls import Call
    from pyrocketmq.testkit.conformance import Case
    from pyrocketmq.testkit.conformance.json_value import Json
    from pyrocketmq.testkit.conformance.steps import Stated, Step

CHECKER: Final = "what the checker returns"
"""Stands among the calls for the end of a transaction that the broker has asked about."""

_SAVED: Final[Mapping[str, Json]] = {"physicOffset": 1000, "recallHandle": "a handle"}
# What stands for values that a case saves, while nothing is played; any number for others.


@dataclass
class CasePlan:
    """How a case is played.

    Attributes:
        case: The case; once planned, with those expectations that public results show.
        role: What the members of groups do that the case has, if the broker is to ask them something.
        calls: By number of a step, the method that makes it.
        results: By number of a step that an answer comes to, the call whose result shows it; `None` for members.
        unmade: By number of a step, why no public call makes it; the case is not played if there is any.
        hidden: By number of a step, what it expects and no public result shows.
        chosen: By number of a step, the call that makes it where the request alone does not tell.
    """

    case: Case
    role: Role | None
    calls: dict[int, str] = field(default_factory=dict[int, str])
    results: dict[int, Call | None] = field(default_factory=dict[int, "Call | None"])
    unmade: dict[int, Unmade] = field(default_factory=dict[int, Unmade])
    hidden: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    chosen: dict[int, str] = field(default_factory=dict[int, str])

    @property
    def is_played(self) -> bool:
        """Whether public calls make all of it."""
        return not self.unmade

    @property
    def reason(self) -> Reason | None:
        """Why it is not played: the first of the reasons, in their order, that one of its steps has."""
        found = {unmade.reason for unmade in self.unmade.values()}
        return next((reason for reason in Reason if reason in found), None)

    def hears_nothing_of(self, number: int) -> bool:
        """Whether what the application does in a step is not answered: the checker returns how a transaction ends."""
        return self.calls.get(number) == CHECKER


def plan_of(case: Case) -> CasePlan:
    """Return how a case is played, on whichever server."""
    if case.case_id not in _plans:
        _plans[case.case_id] = _Planner(case).plan()
    return _plans[case.case_id]


_SITE: Final = Site("broker-a", "127.0.0.1:10911", "DefaultCluster")
_plans: Final[dict[str, CasePlan]] = {}


def _a_second_ago() -> float:
    """Tell the time of a case; never just that of the client's own clock, whatever is compared with it."""
    return time.time() - 1


class _Planner:
    def __init__(self, case: Case) -> None:
        questions = {step.code for step in case.steps if isinstance(step, ExpectPush | ExpectNoPush)}
        self._plan = CasePlan(case, ROLES[questions.pop()] if questions else None)
        self._plan.chosen = {number: method for (name, number), method in CHOSEN.items() if name == case.case_id}
        self._defaults = load_defaults()
        self._waiting: dict[str, tuple[Made | str, int]] = {}
        self._variables = Variables(
            unique_name(0, 0),
            _a_second_ago,
            broker_name=_SITE.broker_name,
            cluster_name=_SITE.cluster_name,
            broker_address=_SITE.broker,
        )

    def plan(self) -> CasePlan:
        plan = self._plan
        steps: list[Step] = []
        for number, step in enumerate(plan.case.steps, start=1):
            steps.append(self._step(number, step))
            if isinstance(step, SendRequest | AwaitAnswer | ExpectPush):
                for name, path in step.stated.save.items():
                    self._variables.set(name, self._placeholder(path))
        plan.case = replace(plan.case, steps=tuple(steps))
        return plan

    def _step(self, number: int, step: Step) -> Step:
        """Note how a step is made; returns it with what can be seen of its expectations."""
        match step:
            case SendRaw():
                self._plan.unmade[number] = Unmade(Reason.RAW_BYTES, f"{len(step.data)} bytes")
            case SetVariables():
                for name, value in step.values.items():
                    self._variables.set(name, self._variables.filled(value))
            case SendRequest():
                return self._request(number, step)
            case AwaitAnswer() if step.name in self._waiting:
                call, code = self._waiting[step.name]
                return replace(step, stated=self._shown(number, step.stated, call, code))
            case ExpectPush():
                shown, hidden = shown_push(step)
                self._hide(number, hidden)
                return shown
            case _:
                pass
        return step

    def _request(self, number: int, step: SendRequest) -> Step:
        call = self._call_of(number, step)
        if isinstance(call, Unmade):
            self._plan.unmade[number] = call
            return step
        self._plan.calls[number] = call if isinstance(call, str) else call.call.method
        if step.waits_as:
            self._waiting[step.waits_as] = (call, step.code)
        stated = self._shown(number, step.stated, call, step.code)
        return replace(step, stated=stated, is_oneway=step.is_oneway or call == CHECKER)

    def _call_of(self, number: int, step: SendRequest) -> Made | Unmade | str:
        role = self._plan.role
        if role is not None and step.code in role.calls:
            return role.calls[step.code]
        fields = fields_of(step, self._variables, self._defaults)
        is_end = role is not None and step.code == RequestCode.END_TRANSACTION
        if is_end and fields.get("fromTransactionCheck") == "true":
            return CHECKER
        frame = frame_of_request(step, fields, self._variables.filled(step.body), 1, LINES[-1])
        return made(step.to, RemotingCommand.decode(frame), _SITE, self._plan.chosen.get(number))

    def _shown(self, number: int, stated: Stated, call: Made | str, code: int) -> Stated:
        self._plan.results[number] = call.call if isinstance(call, Made) else None
        shown, hidden = shown_answer(stated, call, code, PROMISES.get((self._plan.case.case_id, number)))
        self._hide(number, hidden)
        return shown

    def _hide(self, number: int, hidden: tuple[str, ...]) -> None:
        if hidden:
            self._plan.hidden[number] = hidden

    def _placeholder(self, path: str) -> Json:
        name = path.rpartition(".")[2]
        return _SITE.offset_id(1000) if name == "msgId" else _SAVED.get(name, "1")
