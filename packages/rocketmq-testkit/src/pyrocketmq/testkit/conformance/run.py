"""One run of one case: its steps, one after the other, and a record of everything that came.

A run is a generator that yields whenever it has to wait, so that one thread plays many cases at once; see `schedule`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from pyrocketmq.testkit.conformance.frames import frame_of_reply, frame_of_request
from pyrocketmq.testkit.conformance.functions import ConformanceError, check, match
from pyrocketmq.testkit.conformance.json_value import Members
from pyrocketmq.testkit.conformance.steps import (
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
from pyrocketmq.testkit.conformance.transcript import Transcript
from pyrocketmq.testkit.conformance.view import Received

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.testkit.conformance.case import Case
    from pyrocketmq.testkit.conformance.json_value import JsonObject
    from pyrocketmq.testkit.conformance.steps import Step
    from pyrocketmq.testkit.conformance.timing import Timing
    from pyrocketmq.testkit.conformance.variables import Variables
    from pyrocketmq.testkit.conformance.wire import Connection, Connections

_LAST_LOOK: Final = 0.4
# Seconds after the last step in which what nobody asked for may still come.
_SHARE_DEFAULTS: Final = {
    "SEND_MESSAGE_V2": "SEND_MESSAGE",
    "SEND_BATCH_MESSAGE": "SEND_MESSAGE",
    "LITE_PULL_MESSAGE": "PULL_MESSAGE",
}
# By name of a request, the name whose default fields it shares.


class Pause(NamedTuple):
    """What a run waits for: something to happen, or a time in seconds since 1970."""

    happened: Callable[[], bool]
    until: float


Waiting: TypeAlias = "Generator[Pause, None, bool]"


class Sent(NamedTuple):
    """A request whose answer is still to come."""

    client: Connection
    opaque: int
    sent_at: float
    step: int


def fields_of(step: SendRequest, variables: Variables, defaults: Mapping[str, JsonObject]) -> JsonObject:
    """Return the header fields of a request, defaults and variables filled in.

    Args:
        step: The step that sends it.
        variables: The case's variables.
        defaults: Default fields, by name of the request.
    """
    common = defaults.get(_SHARE_DEFAULTS.get(step.name, step.name)) if step.use_defaults else None
    return variables.filled_members({**(common or {}), **step.fields})


class CaseRun:
    """One run of one case.

    Args:
        case: The case.
        line: Line of servers: "4.9" or "5.x".
        addresses: Of "broker" and "namesrv".
        defaults: Default fields, by name of the request.
        variables: Its variables.
        timing: How time passes.
        network: Where its connections live.
    """

    def __init__(
        self,
        case: Case,
        *,
        line: str,
        addresses: Mapping[str, str],
        defaults: Mapping[str, JsonObject],
        variables: Variables,
        timing: Timing,
        network: Connections,
    ) -> None:
        self.case = case
        self.variables = variables
        self.transcript = Transcript()
        self._line = line
        self._addresses = addresses
        self._defaults = defaults
        self._timing = timing
        self._network = network
        self._clients: dict[tuple[str, str], Connection] = {}
        self._waiting: dict[str, Sent] = {}

    def steps(self) -> Generator[Pause, None, None]:
        """Play the case.

        Raises:
            ConformanceError: a step did not go as stated.
            OSError: a connection failed.
            ProtocolError: what came is no frame.
        """
        try:
            for number, step in enumerate(self.case.steps, start=1):
                try:
                    yield from self._step(number, step)
                except ConformanceError as error:
                    raise ConformanceError(f"step {number}, {step}: {error}") from error
            yield from self._until(_never, _LAST_LOOK)
            self._note_rest()
        finally:
            for client in self._clients.values():
                client.close()

    def _step(self, number: int, step: Step) -> Generator[Pause, None, None]:
        match step:
            case SendRequest():
                yield from self._request(number, step)
            case AwaitAnswer():
                yield from self._answer(number, self._waiting.pop(step.name), step.stated, step.timeout)
            case ExpectPush():
                yield from self._push(number, step)
            case ExpectNoPush():
                client = self._client("broker", step.conn)
                came = yield from self._until(lambda: _push_of(client, step.code) is not None, step.within)
                check(not came, "it came")
            case SendRaw():
                self._client(step.to, step.conn).send(step.data)
            case ExpectConnection():
                client = self._client(step.to, step.conn)
                closed = yield from self._until(lambda: client.is_closed, step.within)
                check(closed == step.is_closed, f"the connection {'was' if closed else 'is not'} closed")
            case Close():
                for key in [key for key in self._clients if key[1] == step.conn]:
                    self._clients.pop(key).close()
            case Wait():
                yield from self._until(_never, step.seconds)
            case SetVariables():
                for name, value in step.values.items():
                    self.variables.set(name, self.variables.filled(value))
            case Check():
                match("it", self.variables.filled(step.expected), self.variables.filled(step.value))

    def _request(self, number: int, step: SendRequest) -> Generator[Pause, None, None]:
        client = self._client(step.to, step.conn)
        opaque = number
        fields = fields_of(step, self.variables, self._defaults)
        frame = frame_of_request(step, fields, self.variables.filled(step.body), opaque, self._line)
        sent = Sent(client, opaque, self._timing.now(), number)
        client.send(frame)
        if step.waits_as:
            self._waiting[step.waits_as] = sent
        elif not step.is_oneway:
            yield from self._answer(number, sent, step.stated, step.timeout)

    def _answer(self, number: int, sent: Sent, stated: Stated, timeout: float) -> Generator[Pause, None, None]:
        client, opaque = sent.client, sent.opaque
        expected = self.variables.filled_members(stated.by_line[self._line])
        came = yield from self._until(lambda: opaque in client.answers or client.is_closed, timeout)
        if opaque not in client.answers:
            self.transcript.nothing(number)
            check(bool(expected.get("no_response")), "the connection was closed" if came else "no answer came")
            return
        answer = Received(client.answers.pop(opaque), self._timing.now() - sent.sent_at)
        self.transcript.received(number, answer, stated.varies)
        check("no_response" not in expected, f"it was answered: {answer.command!r}")
        _judge(answer, expected)
        self._save(answer, stated)

    def _push(self, number: int, step: ExpectPush) -> Generator[Pause, None, None]:
        client = self._client("broker", step.conn)
        yield from self._until(lambda: _push_of(client, step.code) is not None, step.within)
        command = _push_of(client, step.code)
        if command is None:
            self.transcript.nothing(number)
            raise ConformanceError("it did not come")
        client.pushes.remove(command)
        push = Received(command)
        self.transcript.received(number, push, step.stated.varies)
        expected = self.variables.filled_members(step.matchers)
        match("fields", expected.get("fields", {}), push.fields)
        if "oneway" in expected:
            match("oneway", expected["oneway"], command.is_oneway)
        if "message" in expected:
            match("message", expected["message"], push.messages[0])
        self._save(push, step.stated)
        if step.reply:
            client.send(frame_of_reply(command.opaque, self.variables.filled_members(step.reply)))

    def _save(self, received: Received, stated: Stated) -> None:
        for name, path in stated.save.items():
            self.variables.set(name, received.value(path))

    def _until(self, happened: Callable[[], bool], seconds: float) -> Waiting:
        """Wait until something happens or the time is over; returns whether it happened."""
        until = self._timing.now() + seconds
        while not happened():
            if self._timing.now() >= until:
                return False
            yield Pause(happened, until)
        return True

    def _client(self, target: str, name: str) -> Connection:
        key = (target, name)
        if key not in self._clients:
            client = self._clients[key] = self._network.connect(self._addresses[target])
            self.transcript.connected(name, client.local)
        return self._clients[key]

    def _note_rest(self) -> None:
        """Put into the transcript what nobody asked for, and in which order answers came."""
        for (target, name), client in sorted(self._clients.items()):
            self.transcript.rest(
                f"{name} to the {target}",
                pushes=[Received(push) for push in client.pushes],
                answers=[Received(answer) for answer in client.answers.values()],
                order=[opaque for opaque in client.arrivals if 0 < opaque <= len(self.case.steps)],
                is_closed=client.is_closed,
            )


def _judge(answer: Received, expected: JsonObject) -> None:
    """See that an answer is as its step states."""
    members = Members(expected, "expect")
    remark = answer.command.remark
    hint = f" ({remark})" if remark else ""
    if "code" in members:
        match("code", members.take_any("code"), int(answer.command.code), hint=hint)
    if "remark" in members:
        match("remark", members.take_any("remark"), remark)
    match("fields", members.take_any("fields") or {}, answer.fields)
    for name in members.take_list("absent_fields"):
        check(str(name) not in answer.fields, f"field {name} is there: {answer.fields.get(str(name))}")
    if "body" in members:
        match("body", members.take_any("body"), answer.body_text)
    if "body_json" in members:
        match("body", members.take_any("body_json"), answer.body_json)
    if "count" in members:
        match("count", members.take_any("count"), len(answer.messages))
    if "messages" in members:
        match("messages", members.take_any("messages"), list(answer.messages))
    if "elapsed_min" in members:
        least = members.take_seconds("elapsed_min")
        check(answer.elapsed >= least, f"it came after {answer.elapsed:.2f} s, expected {least:g} or more")
    if "elapsed_max" in members:
        most = members.take_seconds("elapsed_max")
        check(answer.elapsed <= most, f"it came after {answer.elapsed:.2f} s, expected {most:g} or less")
    members.end()


def _push_of(client: Connection, code: int) -> RemotingCommand | None:
    return next((push for push in client.pushes if push.code == code), None)


def _never() -> bool:
    return False
