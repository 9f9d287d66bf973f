"""Whole answers: what public results show, held to what real brokers answered over the wire.

The recordings of the conformance suite hold every field of every answer. A result shows a part of it, which has to be
the same; what may differ is declared here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from client_conformance.members import ROLES
from client_conformance.promises import PROMISES
from client_conformance.results import BODY, Body
from client_conformance.visible import empty_code
from pyrocketmq.testkit.conformance.compare import NOTHING, differences
from pyrocketmq.testkit.conformance.steps import ExpectPush

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from client_conformance.calls import Call
    from client_conformance.case_plan import CasePlan
    from pyrocketmq.testkit.conformance import Difference
    from pyrocketmq.testkit.conformance.json_value import Json, JsonObject

_CLIENTS_OWN_PROPERTIES: Final = frozenset(("UNIQ_KEY", "POP_CK", "1ST_POP_TIME"))
_OWN_ADDRESS: Final = re.compile(r"<(?:[a-z]{1,2}|replication)>|127\.0\.0\.1:\d+")
# In recordings the name of a connection, which is short, in results an address: perhaps one that a broker gives as that
# of its replication, which with a fake is free for clients to have.
_BODY_MEMBERS: Final = ("json", "messages", "body")


@dataclass(frozen=True)
class Excuse:
    """A difference that says nothing against the client.

    Attributes:
        paths: Where it stands, as a regular expression for the whole path without indexes.
        holds: Whether it is one, from what was recorded and what was found.
        reason: Why it is none.
    """

    paths: str
    holds: Callable[[Json, Json], bool]
    reason: str


def _is_added(recorded: Json, found: Json) -> bool:
    del found
    return recorded == NOTHING


def _are_own_properties(recorded: Json, found: Json) -> bool:
    return recorded == NOTHING and isinstance(found, dict) and found.keys() <= _CLIENTS_OWN_PROPERTIES


def _is_own_address(recorded: Json, found: Json) -> bool:
    one, other = (_OWN_ADDRESS.subn("<client>", str(value)) for value in (recorded, found))
    return one == other and one[1] > 0


def _is_empty_object(recorded: Json, found: Json) -> bool:
    return recorded == NOTHING and isinstance(found, dict) and not any(found.values())


def _always(recorded: Json, found: Json) -> bool:
    del recorded, found
    return True


EXCUSES: Final = (
    Excuse(r"messages\.size", _always, "with its unique key a message is larger"),
    Excuse(
        rf"messages\.properties\.({'|'.join(sorted(_CLIENTS_OWN_PROPERTIES))})",
        _is_added,
        "the client gives messages a unique key, and popped ones their handle",
    ),
    Excuse(r"messages\.properties", _are_own_properties, "the same, of a message without other properties"),
    Excuse(
        r"remark|messages\.bornHost|fields\.bornHost|json.*\.(clientAddr|remoteIP)",
        _is_own_address,
        "the client's own address, which it does not tell",
    ),
    Excuse(r"json.*\.(language|version)", _always, "the client's own language and version"),
    Excuse(r"json", _is_empty_object, "no body reads as an object with nothing in it"),
    Excuse(r"json\.\w+", lambda recorded, found: recorded == NOTHING and not found, "what is absent reads as empty"),
    Excuse(r"fields\.\w+", lambda recorded, found: not recorded and found == NOTHING, "what is empty reads as absent"),
    Excuse(
        r"fields\.reviveQid",
        lambda _, found: found == NOTHING,
        "is told by the handles of messages, where there are any",
    ),
    Excuse(
        r"json\.(autoCommit|spentTimeMills)", _is_added, "a member that is the public client tells how long it took"
    ),
    Excuse(r"fields\.properties\..*", _always, "the public client asks for a reply in its own way"),
)
"""Where results may differ from recordings."""


def differences_seen(plan: CasePlan, recorded: JsonObject, found: JsonObject) -> Iterator[Difference]:
    """Yield where what public results show is not what was recorded.

    Args:
        plan: How the case was played.
        recorded: What a real broker answered, by event.
        found: What the results showed, by event.
    """
    for event, whole in recorded.items():
        number = _number_of(event)
        if number is None or (plan.case.case_id, number) in PROMISES or plan.hears_nothing_of(number):
            continue
        for difference in differences(_seen(plan, number, whole), found.get(event, NOTHING)):
            path = re.sub(r"\[\d+\]", "", difference.path)
            if not any(
                re.fullmatch(excuse.paths, path) and excuse.holds(difference.recorded, difference.found)
                for excuse in EXCUSES
            ):
                yield difference._replace(path=f"{event}.{difference.path}")


def _number_of(event: str) -> int | None:
    """Return the number of the step that an event belongs to; pushes that no step asked for belong to none."""
    head, _, number = event.partition(" ")
    return int(number) if head == "step" else None


def _seen(plan: CasePlan, number: int, whole: Json) -> Json:
    """Return what public results show of a recorded answer, or callbacks of a recorded question."""
    if not isinstance(whole, dict) or "code" not in whole:
        return whole
    step = plan.case.steps[number - 1]
    if isinstance(step, ExpectPush):
        role = ROLES[step.code]
        brings_message = "messages" in whole or "body" in whole
        return _restricted(whole, role.shows | {BODY} if brings_message else role.shows, "")
    call = plan.results[number]
    if call is None or whole["code"] not in call.request.RESULTS:
        kept = {"code": whole["code"], "remark": whole.get("remark", NOTHING)}
        is_told = call is not None and whole["code"] != empty_code(call)
        return {name: value for name, value in kept.items() if name == "code" or (is_told and value != NOTHING)}
    return _restricted(whole, call.result.shows(call.request), _member_of(call))


def _restricted(whole: dict[str, Json], shows: frozenset[str], member: str) -> Json:
    seen: dict[str, Json] = {"code": whole["code"]}
    fields = whole.get("fields")
    if isinstance(fields, dict):
        kept = {name: value for name, value in fields.items() if name in shows}
        seen |= {"fields": kept} if kept else {}
    for name in _BODY_MEMBERS:
        if name in whole and BODY in shows:
            value = whole[name]
            seen[name] = {member: value[member]} if member and isinstance(value, dict) and member in value else value
    return seen


def _member_of(call: Call) -> str:
    return call.result.wire_name(call.request) if isinstance(call.result, Body) and call.result.member else ""
