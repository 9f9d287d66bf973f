"""Reading the steps of cases from their JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.testkit.conformance.json_value import Members
from pyrocketmq.testkit.conformance.steps import (
    LINES,
    AwaitAnswer,
    Check,
    Close,
    ExpectConnection,
    ExpectNoPush,
    ExpectPush,
    SendRaw,
    SendRequest,
    SetVariables,
    Stated,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyrocketmq.testkit.conformance.json_value import Json
    from pyrocketmq.testkit.conformance.steps import Step

_ANSWER_WITHIN: Final = 5.0
_PUSH_WITHIN: Final = 3.0
# Seconds; a real broker under load needs some.


def read_step(value: Json, where: str) -> Step:
    """Read one step of a case.

    Args:
        value: What stands there.
        where: The place, for errors.

    Raises:
        CaseFormatError: it does nothing, or has a member too many.
    """
    members = Members(value, where)
    for key, read in _READERS.items():
        if key in members:
            step = read(members, key)
            members.end()
            return step
    raise members.error(f"a step that does nothing: {value!r}")


def _request(members: Members, key: str) -> SendRequest:
    request = members.take_members(key)
    step = SendRequest(
        to=request.take("to", str, "broker"),
        conn=request.take("conn", str, "c"),
        code=request.take("code", int),
        name=request.take("name", str),
        fields=request.take_object("fields"),
        body=request.take_any("body"),
        use_defaults=request.take("defaults", bool, True),
        is_oneway=request.take("oneway", bool, False),
        waits_as=request.take("async", str, ""),
        version=request.take("version", int, 0),
        timeout=members.take_seconds("timeout", _ANSWER_WITHIN),
        stated=_stated(members),
    )
    request.end()
    return step


def _await(members: Members, key: str) -> AwaitAnswer:
    return AwaitAnswer(members.take(key, str), members.take_seconds("timeout", _ANSWER_WITHIN), _stated(members))


def _expect_push(members: Members, key: str) -> ExpectPush:
    push = members.take_members(key)
    step = ExpectPush(
        conn=push.take("conn", str),
        code=push.take("code", int),
        within=push.take_seconds("within", _PUSH_WITHIN),
        reply=push.take_object("reply"),
        matchers={name: push.take_any(name) for name in ("fields", "oneway", "message") if name in push},
        stated=_stated(members),
    )
    push.end()
    return step


def _expect_no_push(members: Members, key: str) -> ExpectNoPush:
    push = members.take_members(key)
    step = ExpectNoPush(push.take("conn", str), push.take("code", int), push.take_seconds("within"))
    push.end()
    return step


def _raw(members: Members, key: str) -> SendRaw:
    data = bytes.fromhex(members.take(key, str))
    return SendRaw(members.take("to", str, "broker"), members.take("conn", str), data)


def _connection(members: Members, key: str) -> ExpectConnection:
    state = members.take(key, str)
    if state not in {"closed", "open"}:
        raise members.error(f"a connection is closed or open, not {state!r}")
    return ExpectConnection(
        to=members.take("to", str, "broker"),
        conn=members.take("conn", str),
        is_closed=state == "closed",
        within=members.take_seconds("within"),
    )


def _stated(members: Members) -> Stated:
    common = members.take_object("expect")
    return Stated(
        {line: members.take_object(f"expect_{line}") or common for line in LINES},
        members.take_texts("save"),
        members.take_texts("varies"),
    )


_READERS: Final[Mapping[str, Callable[[Members, str], Step]]] = {
    "request": _request,
    "await": _await,
    "expect_push": _expect_push,
    "expect_no_push": _expect_no_push,
    "raw": _raw,
    "connection": _connection,
    "close": lambda members, key: Close(members.take(key, str)),
    "wait": lambda members, key: Wait(members.take_seconds(key)),
    "set": lambda members, key: SetVariables(members.take_object(key)),
    "check": lambda members, key: Check(members.take_any(key), members.take_any("expect")),
}
"""By the member that makes a step one of a kind."""
