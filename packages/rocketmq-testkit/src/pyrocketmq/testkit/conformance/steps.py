"""The steps of cases: each does one thing, or waits for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from pyrocketmq.testkit.conformance.json_value import CaseFormatError, JsonObject, Members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.testkit.conformance.json_value import Json

ANSWER_WITHIN: Final = 5.0
PUSH_WITHIN: Final = 3.0
# Seconds; a real broker under load needs some.

LINES: Final = ("4.9", "5.x")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a step states about what comes, by line of servers where the lines differ.

    Attributes:
        by_line: Matchers, for each line.
        save: Variables to set, each from a path into what came.
        varies: Paths into what came that no server promises, each with the name of the normaliser that says why.
    """

    by_line: Mapping[str, JsonObject]
    save: Mapping[str, str]
    varies: Mapping[str, str]

    @classmethod
    def read(cls, members: Members) -> Stated:
        """Take it out of a step."""
        common = members.take_object("expect")
        return cls(
            {line: members.take_object(f"expect_{line}") or common for line in LINES},
            members.take_texts("save"),
            members.take_texts("varies"),
        )


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Send a request and, unless nothing is to come or someone waits for it later, wait for its answer.

    Attributes:
        to: "broker" or "namesrv".
        conn: Name of the connection; it is opened when it is first used.
        code: Request code.
        name: Its name, for readers, and for its default fields.
        fields: Header fields; `None` takes a default away.
        body: Text, or an object that says how the body is made; see `frames.body_of`.
        use_defaults: Whether missing fields are filled from the defaults of its name.
        is_oneway: Whether it asks for no answer.
        waits_as: Name under which a later step waits for the answer; empty to wait at once.
        version: Version number in the header; 0 for that of the line's own clients.
        timeout: Seconds that the answer may take.
        stated: What the answer has to be.
    """

    KEY: ClassVar = "request"
    to: str
    conn: str
    code: int
    name: str
    fields: JsonObject
    body: Json
    use_defaults: bool
    is_oneway: bool
    waits_as: str
    version: int
    timeout: float
    stated: Stated

    def __str__(self) -> str:
        return f"{self.name}({self.code}) to the {self.to}"

    @classmethod
    def read(cls, members: Members, where: str) -> SendRequest:
        """Take it out of a step."""
        request = Members(members.take_any(cls.KEY), where)
        read = cls(
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
            timeout=members.take_seconds("timeout", ANSWER_WITHIN),
            stated=Stated.read(members),
        )
        request.end()
        return read


@dataclass(frozen=True, slots=True)
class AwaitAnswer:
    """Wait for the answer to an earlier request.

    Attributes:
        name: The name that the request gave.
        timeout: Seconds that it may still take.
        stated: What it has to be.
    """

    KEY: ClassVar = "await"
    name: str
    timeout: float
    stated: Stated

    def __str__(self) -> str:
        return f"wait for the answer {self.name}"

    @classmethod
    def read(cls, members: Members, where: str) -> AwaitAnswer:
        """Take it out of a step."""
        del where
        return cls(members.take(cls.KEY, str), members.take_seconds("timeout", ANSWER_WITHIN), Stated.read(members))


@dataclass(frozen=True, slots=True)
class ExpectPush:
    """Wait for a request of the broker's.

    Attributes:
        conn: The connection that it comes on.
        code: Its code.
        within: Seconds that it may take.
        matchers: What it has to be: `fields`, `oneway`, `message`.
        reply: What to answer: `code`, `remark`, `body`; empty for nothing.
        stated: Variables to save and what may differ.
    """

    KEY: ClassVar = "expect_push"
    conn: str
    code: int
    within: float
    matchers: JsonObject
    reply: JsonObject
    stated: Stated

    def __str__(self) -> str:
        return f"a request {self.code} of the broker's on {self.conn}"

    @classmethod
    def read(cls, members: Members, where: str) -> ExpectPush:
        """Take it out of a step."""
        push = Members(members.take_any(cls.KEY), where)
        read = cls(
            conn=push.take("conn", str),
            code=push.take("code", int),
            within=push.take_seconds("within", PUSH_WITHIN),
            reply=push.take_object("reply"),
            matchers={name: push.take_any(name) for name in ("fields", "oneway", "message") if name in push},
            stated=Stated.read(members),
        )
        push.end()
        return read


@dataclass(frozen=True, slots=True)
class ExpectNoPush:
    """See that no request of the broker's comes.

    Attributes:
        conn: The connection.
        code: The code that must not come.
        within: Seconds to look.
    """

    KEY: ClassVar = "expect_no_push"
    conn: str
    code: int
    within: float

    def __str__(self) -> str:
        return f"no request {self.code} of the broker's on {self.conn}"

    @classmethod
    def read(cls, members: Members, where: str) -> ExpectNoPush:
        """Take it out of a step."""
        push = Members(members.take_any(cls.KEY), where)
        read = cls(push.take("conn", str), push.take("code", int), push.take_seconds("within"))
        push.end()
        return read


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Send bytes that need not be a frame.

    Attributes:
        to: "broker" or "namesrv".
        conn: The connection.
        data: The bytes.
    """

    KEY: ClassVar = "raw"
    to: str
    conn: str
    data: bytes

    def __str__(self) -> str:
        return f"send {len(self.data)} bytes on {self.conn}"

    @classmethod
    def read(cls, members: Members, where: str) -> SendRaw:
        """Take it out of a step."""
        del where
        data = bytes.fromhex(members.take(cls.KEY, str))
        return cls(members.take("to", str, "broker"), members.take("conn", str), data)


@dataclass(frozen=True, slots=True)
class ExpectConnection:
    """See whether a connection is still open.

    Attributes:
        to: "broker" or "namesrv".
        conn: The connection.
        is_closed: Whether it has to be closed within the time, or open at its end.
        within: Seconds.
    """

    KEY: ClassVar = "connection"
    to: str
    conn: str
    is_closed: bool
    within: float

    def __str__(self) -> str:
        return f"{self.conn} is {'closed' if self.is_closed else 'open'}"

    @classmethod
    def read(cls, members: Members, where: str) -> ExpectConnection:
        """Take it out of a step."""
        state = members.take(cls.KEY, str)
        if state not in {"closed", "open"}:
            raise CaseFormatError(f"{where}: a connection is closed or open, not {state!r}")
        return cls(
            members.take("to", str, "broker"),
            members.take("conn", str),
            state == "closed",
            members.take_seconds("within"),
        )


@dataclass(frozen=True, slots=True)
class Close:
    """Close a connection, to the broker and to the NameServer if both have that name."""

    KEY: ClassVar = "close"
    conn: str

    def __str__(self) -> str:
        return f"close {self.conn}"

    @classmethod
    def read(cls, members: Members, where: str) -> Close:
        """Take it out of a step."""
        del where
        return cls(members.take(cls.KEY, str))


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass, in seconds."""

    KEY: ClassVar = "wait"
    seconds: float

    def __str__(self) -> str:
        return f"wait {self.seconds:g} s"

    @classmethod
    def read(cls, members: Members, where: str) -> Wait:
        """Take it out of a step."""
        del where
        return cls(members.take_seconds(cls.KEY))


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Set variables: texts, or calls of named functions; see `functions`."""

    KEY: ClassVar = "set"
    values: JsonObject

    def __str__(self) -> str:
        return f"set {', '.join(self.values)}"

    @classmethod
    def read(cls, members: Members, where: str) -> SetVariables:
        """Take it out of a step."""
        del where
        return cls(members.take_object(cls.KEY))


@dataclass(frozen=True, slots=True)
class Check:
    """Compare a value with what it has to be.

    Attributes:
        value: Usually a variable.
        expected: A matcher; see `functions`.
    """

    KEY: ClassVar = "check"
    value: Json
    expected: Json

    def __str__(self) -> str:
        return f"check {self.value}"

    @classmethod
    def read(cls, members: Members, where: str) -> Check:
        """Take it out of a step."""
        del where
        return cls(members.take_any(cls.KEY), members.take_any("expect"))


Step: TypeAlias = (
    SendRequest
    | AwaitAnswer
    | ExpectPush
    | ExpectNoPush
    | SendRaw
    | ExpectConnection
    | Close
    | Wait
    | SetVariables
    | Check
)
_KINDS: Final = (
    SendRequest,
    AwaitAnswer,
    ExpectPush,
    ExpectNoPush,
    SendRaw,
    ExpectConnection,
    Close,
    Wait,
    SetVariables,
    Check,
)


def read_step(value: Json, where: str) -> Step:
    """Read one step of a case.

    Raises:
        CaseFormatError: it does nothing, or has a member too many.
    """
    members = Members(value, where)
    for kind in _KINDS:
        if kind.KEY in members:
            step = kind.read(members, where)
            members.end()
            return step
    raise CaseFormatError(f"{where} does nothing: {value!r}")
