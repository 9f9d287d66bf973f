"""What of a step's expectations an application can see: what the results and errors of public calls show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from client_conformance.making import Made
from client_conformance.members import ROLES
from client_conformance.results import BODY, Body, OrRefused
from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.testkit.conformance.functions import call_of

if TYPE_CHECKING:
    from client_conformance.calls import Call
    from client_conformance.promises import Promise
    from pyrocketmq.testkit.conformance.json_value import Json, JsonObject
    from pyrocketmq.testkit.conformance.steps import ExpectPush, Stated

_BODY_MEMBERS: Final = frozenset(("body", "body_json", "count", "messages"))
_ALWAYS_SHOWN: Final = frozenset(("code", "elapsed_min", "elapsed_max", "no_response"))


def shown_answer(
    stated: Stated, call: Made | str, code: int, promise: Promise | None
) -> tuple[Stated, tuple[str, ...]]:
    """Return what a step states about an answer as far as it can be seen, and what can not.

    Args:
        stated: What the step states.
        call: The call that makes the step; the name of one whose result is `None` for those that members make.
        code: Code of the request.
        promise: What the call promises in place of what the step states.
    """
    hidden: list[str] = []
    by_line = {
        line: _shown_expectation(expected if promise is None else promise.expected, call, code, hidden)
        for line, expected in stated.by_line.items()
    }
    return replace(stated, by_line=by_line), tuple(dict.fromkeys(hidden))


def shown_push(step: ExpectPush) -> tuple[ExpectPush, tuple[str, ...]]:
    """Return a step that waits for a question of the broker's as far as it can be seen, and what can not."""
    shows = ROLES[step.code].shows
    hidden: list[str] = []
    matchers: dict[str, Json] = {"fields": _kept_fields(step.matchers.get("fields", {}), shows, "fields", hidden)}
    if "message" in step.matchers:
        matchers["message"] = step.matchers["message"]
    if "oneway" in step.matchers:
        hidden.append("oneway")
    return replace(step, matchers=matchers), tuple(hidden)


def empty_code(call: Call) -> int | None:
    """Return the code of the refusal that an empty result of a call stands for, if it does."""
    result: Any = call.result
    if isinstance(result, OrRefused):
        return result.code
    return result.empty_is if isinstance(result, Body) else None


def _shown_expectation(expected: JsonObject, call: Made | str, code: int, hidden: list[str]) -> JsonObject:
    wanted = expected.get("code", 0)
    is_refusal = wanted not in REGISTRY[code].RESULTS
    shows: frozenset[str] = frozenset()
    if isinstance(call, Made) and not is_refusal:
        shows = call.call.result.shows(call.call.request)
    has_remark = is_refusal and not (isinstance(call, Made) and wanted == empty_code(call.call))
    kept: dict[str, Json] = {}
    for name, value in expected.items():
        if name in _ALWAYS_SHOWN or (name == "remark" and has_remark):
            kept[name] = value
        elif name in ("fields", "absent_fields"):
            kept[name] = _kept_fields(value, shows, name, hidden)
        elif name in _BODY_MEMBERS and BODY in shows and isinstance(call, Made):
            kept[name] = _as_python_client(_shown_body(value, call) if name == "body_json" else value)
        else:
            hidden.append(name)
    return kept


def _kept_fields(value: Json, shows: frozenset[str], name: str, hidden: list[str]) -> Json:
    if isinstance(value, Mapping):
        hidden += [f"{name}.{field}" for field in value if field not in shows]
        return {field: one for field, one in value.items() if field in shows}
    assert isinstance(value, list)
    hidden += [f"{name}.{field}" for field in value if field not in shows]
    return [field for field in value if field in shows]


def _shown_body(value: Json, call: Made) -> Json:
    """Return of an expected body what the call returns: one member of it, or all."""
    result = call.call.result
    if not isinstance(result, Body) or not result.member or not isinstance(value, Mapping):
        return value
    wire_name = result.wire_name(call.call.request)
    return {name: member for name, member in value.items() if name == wire_name}


def _as_python_client(value: Json) -> Json:
    """Return an expectation as a client in Python sees it: servers tell others a client's language."""
    if isinstance(value, Mapping) and call_of(value) is None:
        return {
            name: "PYTHON" if name == "language" and member == "JAVA" else _as_python_client(member)
            for name, member in value.items()
        }
    return [_as_python_client(item) for item in value] if isinstance(value, list) else value
