"""The steps of cases: each does one thing, or waits for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.testkit.conformance.json_value import Json, JsonObject

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


@dataclass(frozen=True, slots=True)
class AwaitAnswer:
    """Wait for the answer to an earlier request.

    Attributes:
        name: The name that the request gave.
        timeout: Seconds that it may still take.
        stated: What it has to be.
    """

    name: str
    timeout: float
    stated: Stated

    def __str__(self) -> str:
        return f"wait for the answer {self.name}"


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

    conn: str
    code: int
    within: float
    matchers: JsonObject
    reply: JsonObject
    stated: Stated

    def __str__(self) -> str:
        return f"a request {self.code} of the broker's on {self.conn}"


@dataclass(frozen=True, slots=True)
class ExpectNoPush:
    """See that no request of the broker's comes.

    Attributes:
        conn: The connection.
        code: The code that must not come.
        within: Seconds to look.
    """

    conn: str
    code: int
    within: float

    def __str__(self) -> str:
        return f"no request {self.code} of the broker's on {self.conn}"


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Send bytes that need not be a frame.

    Attributes:
        to: "broker" or "namesrv".
        conn: The connection.
        data: The bytes.
    """

    to: str
    conn: str
    data: bytes

    def __str__(self) -> str:
        return f"send {len(self.data)} bytes on {self.conn}"


@dataclass(frozen=True, slots=True)
class ExpectConnection:
    """See whether a connection is still open.

    Attributes:
        to: "broker" or "namesrv".
        conn: The connection.
        is_closed: Whether it has to be closed within the time, or open at its end.
        within: Seconds.
    """

    to: str
    conn: str
    is_closed: bool
    within: float

    def __str__(self) -> str:
        return f"{self.conn} is {'closed' if self.is_closed else 'open'}"


@dataclass(frozen=True, slots=True)
class Close:
    """Close a connection, to the broker and to the NameServer if both have that name."""

    conn: str

    def __str__(self) -> str:
        return f"close {self.conn}"


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass, in seconds."""

    seconds: float

    def __str__(self) -> str:
        return f"wait {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Set variables: texts, or calls of named functions; see `functions`."""

    values: JsonObject

    def __str__(self) -> str:
        return f"set {', '.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Check:
    """Compare a value with what it has to be.

    Attributes:
        value: Usually a variable.
        expected: A matcher; see `functions`.
    """

    value: Json
    expected: Json

    def __str__(self) -> str:
        return f"check {self.value}"


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
