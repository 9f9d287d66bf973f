"""Runs the conformance cases against any server, over sockets and by header fields, without the package's clients.

`conformance-cases.yaml` describes how a case reads. A case needs the addresses of a broker and its NameServer, and a
`Pace`: real time for a real server, virtual time for a fake, where waiting costs nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import select
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import yaml

from pyrocketmq.model.batch import BatchRecord, encode_batch
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CommandFlag, LanguageCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import ObjectKey, loads
from pyrocketmq.model.frame import FrameDecoder
from pyrocketmq.model.message_ext import MessageExt, decode_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

CASES_FILE = Path(__file__).with_name("conformance-cases.yaml")
_ANSWER_WITHIN = 5.0
_PUSH_WITHIN = 3.0
_ALREADY_UNDER_WAY = 0.02
_V2_NAMES = {
    "producerGroup": "a",
    "topic": "b",
    "defaultTopic": "c",
    "defaultTopicQueueNums": "d",
    "queueId": "e",
    "sysFlag": "f",
    "bornTimestamp": "g",
    "flag": "h",
    "properties": "i",
    "reconsumeTimes": "j",
    "unitMode": "k",
    "maxReconsumeTimes": "l",
    "batch": "m",
}
_V2_CODES = (310, 320)
_DEFAULTS_OF = {310: "SEND_MESSAGE", 320: "SEND_MESSAGE", 361: "PULL_MESSAGE"}


class ConformanceError(AssertionError):
    """A server did not do what the case says."""


class Pace(Protocol):
    """How time passes while a case waits."""

    def now(self) -> float:
        """Return the server's time in seconds."""
        ...

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def settle(self, client: Client) -> None:
        """Let the server handle what it was sent."""
        ...

    def wait(self, client: Client, seconds: float) -> None:
        """Let a client receive for at most so long; return earlier as soon as something has come."""
        ...


class RealPace:
    """Time passes by itself."""

    def now(self) -> float:
        return time.monotonic()

    def pass_time(self, seconds: float) -> None:
        time.sleep(seconds)

    def settle(self, client: Client) -> None:
        """Real servers take their time; whoever expects something waits for it."""

    def wait(self, client: Client, seconds: float) -> None:
        client.receive(seconds)


def load_cases() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the default fields by request name, and the cases."""
    data = yaml.load(CASES_FILE.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return data["defaults"], data["cases"]


class Client:
    """One connection: sends requests, keeps answers and pushes until someone asks for them."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=_ANSWER_WITHIN)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._decoder = FrameDecoder()
        self.answers: dict[int, RemotingCommand] = {}
        self.pushes: list[RemotingCommand] = []
        self.is_closed = False
        self.local = "{}:{}".format(*self._socket.getsockname()[:2])

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self, timeout: float) -> None:
        """Take in what arrives; returns as soon as something did."""
        while not self.is_closed and select.select([self._socket], [], [], timeout)[0]:
            timeout = 0
            try:
                data = self._socket.recv(1 << 18)
            except ConnectionResetError:
                data = b""
            self.is_closed = not data
            for frame in self._decoder.feed(data):
                command = RemotingCommand.decode(frame)
                if command.is_response:
                    self.answers[command.opaque] = command
                else:
                    self.pushes.append(command)

    def close(self) -> None:
        self._socket.close()


@dataclass
class CaseRun:
    """One run of one case.

    Attributes:
        addresses: Of `broker` and `namesrv`.
        line: "4.9" or "5.x": which expectations hold, and with what version the client introduces itself.
        pace: How time passes.
    """

    addresses: dict[str, str]
    line: str
    pace: Pace
    defaults: dict[str, Any]
    variables: dict[str, Any]
    clients: dict[tuple[str, str], Client] = field(default_factory=dict)
    waiting: dict[str, tuple[Client, int, float]] = field(default_factory=dict)
    opaque: int = 0

    def run(self, case: dict[str, Any]) -> None:
        """Run all steps.

        Raises:
            ConformanceError: a step did not go as described.
        """
        try:
            for number, step in enumerate(case["steps"], start=1):
                try:
                    self._step(step)
                except ConformanceError as error:
                    raise ConformanceError(f"{case['id']} step {number} ({step.get('do', '')}): {error}") from error
        finally:
            for client in self.clients.values():
                client.close()

    def _step(self, step: dict[str, Any]) -> None:
        expected = step.get(f"expect_{self.line}", step.get("expect"))
        timeout = float(step.get("timeout", _ANSWER_WITHIN))
        if "set" in step:
            for name, text in step["set"].items():
                self.variables[name] = self._evaluate(text)
        if "wait" in step:
            self.pace.pass_time(float(step["wait"]))
        if "close" in step:
            self._close(step["close"])
        if "raw" in step:
            client = self._client(step.get("to", "broker"), step["conn"])
            client.send(bytes.fromhex(step["raw"]))
        if "expect_closed" in step:
            client = self._client(step.get("to", "broker"), step["conn"])
            if not self._wait_for(client, lambda: client.is_closed, float(step["expect_closed"])):
                raise ConformanceError("the connection is still open")
        if "expect_open" in step:
            client = self._client(step.get("to", "broker"), step["conn"])
            self._wait_for(client, lambda: client.is_closed, float(step["expect_open"]))
            check(not client.is_closed, "the connection was closed")
        if "request" in step:
            self._request(step, expected, timeout)
        if "await" in step:
            client, opaque, sent_at = self.waiting.pop(step["await"])
            self._answer(client, opaque, sent_at, expected or {}, timeout, step.get("save"))
        if "expect_push" in step:
            self._expect_push(step["expect_push"], step.get("save"))
        if "expect_no_push" in step:
            self._expect_no_push(step["expect_no_push"])

    def _request(self, step: dict[str, Any], expected: dict[str, Any] | None, timeout: float) -> None:
        request = self._filled(step["request"])
        client = self._client(request["to"], request["conn"])
        self.opaque += 1
        frame = self._frame(request, self.opaque)
        sent_at = self.pace.now()
        client.send(frame)
        self.pace.settle(client)
        if request.get("oneway"):
            return
        if "async" in request:
            self.waiting[request["async"]] = (client, self.opaque, sent_at)
            return
        self._answer(client, self.opaque, sent_at, expected or {}, timeout, step.get("save"))

    def _frame(self, request: dict[str, Any], opaque: int) -> bytes:
        code = int(request["code"])
        fields = dict(request.get("fields") or {})
        if request.get("defaults") is not False:
            fields = {**self._filled(self.defaults.get(_DEFAULTS_OF.get(code, request.get("name", "")), {})), **fields}
        fields = {name: value for name, value in fields.items() if value is not None}
        if isinstance(fields.get("properties"), dict):
            fields["properties"] = _properties_text(fields["properties"])
        if code in _V2_CODES:
            fields = {_V2_NAMES[name]: value for name, value in fields.items()}
        return RemotingCommand(
            code,
            language=LanguageCode.JAVA,
            version=int(request.get("version", 401 if self.line == "4.9" else 493)),
            opaque=opaque,
            flag=CommandFlag.ONEWAY if request.get("oneway") else 0,
            ext_fields={name: str(value) for name, value in fields.items()},
            body=_body(request.get("body")),
        ).encode()

    def _answer(
        self,
        client: Client,
        opaque: int,
        sent_at: float,
        expected: dict[str, Any],
        timeout: float,
        save: dict[str, str] | None,
    ) -> None:
        expected = self._filled(expected)
        came = self._wait_for(client, lambda: opaque in client.answers or client.is_closed, timeout)
        if expected.get("no_response"):
            check(not came, f"answered {client.answers.get(opaque)!r}")
            return
        check(opaque in client.answers, "the connection was closed" if came else f"no answer within {timeout:g} s")
        answer = Answer(client.answers.pop(opaque), self.pace.now() - sent_at)
        if expected:
            answer.check(expected)
        self._save(answer, save)

    def _expect_push(self, expected: dict[str, Any], save: dict[str, str] | None) -> None:
        expected = self._filled(expected)
        client = self._client("broker", expected["conn"])
        code = int(expected["code"])
        found = self._wait_for(
            client, lambda: any(p.code == code for p in client.pushes), float(expected.get("within", _PUSH_WITHIN))
        )
        check(found, f"no request {code} came from the server")
        push = next(push for push in client.pushes if push.code == code)
        client.pushes.remove(push)
        answer = Answer(push, 0.0)
        compare("fields", expected.get("fields", {}), push.ext_fields or {})
        if "oneway" in expected:
            compare("oneway", expected["oneway"], push.is_oneway)
        if "message" in expected:
            compare("message", expected["message"], _shown(answer.messages[0]))
        self._save(answer, save)
        if "reply" in expected:
            reply = expected["reply"]
            client.send(
                RemotingCommand(
                    int(reply["code"]),
                    opaque=push.opaque,
                    flag=CommandFlag.RESPONSE,
                    remark=reply.get("remark"),
                    body=_body(reply.get("body")),
                ).encode()
            )
            self.pace.settle(client)

    def _expect_no_push(self, unexpected: dict[str, Any]) -> None:
        client = self._client("broker", unexpected["conn"])
        code = int(unexpected["code"])
        came = self._wait_for(client, lambda: any(p.code == code for p in client.pushes), float(unexpected["within"]))
        check(not came, f"a request {code} came from the server")

    def _wait_for(self, client: Client, happened: Callable[[], bool], seconds: float) -> bool:
        """Wait until something happened, letting time pass; returns whether it did."""
        deadline = self.pace.now() + seconds
        self.pace.settle(client)
        client.receive(_ALREADY_UNDER_WAY)
        while not happened() and (left := deadline - self.pace.now()) > 0:
            self.pace.wait(client, left)
        return happened()

    def _client(self, target: str, name: str) -> Client:
        if (target, name) not in self.clients:
            self.clients[target, name] = Client(self.addresses[target])
        return self.clients[target, name]

    def _close(self, name: str) -> None:
        for key in [key for key in self.clients if key[1] == name]:
            client = self.clients.pop(key)
            client.close()
            self.pace.settle(client)

    def _save(self, answer: Answer, save: dict[str, str] | None) -> None:
        for variable, path in (save or {}).items():
            self.variables[variable] = answer.value(path)

    def _filled(self, value: Any) -> Any:
        """Replace variables in all texts of a value."""
        if isinstance(value, str):
            return re.sub(r"\$\{(\w+)\}", lambda match: self._variable(match[1]), value)
        if isinstance(value, dict):
            return {self._filled(key): self._filled(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        return value

    def _variable(self, name: str) -> str:
        return str(time.time_ns() // 1_000_000) if name == "now" else str(self.variables[name])

    def _evaluate(self, text: Any) -> Any:
        text = self._filled(text)
        return eval(text[1:], {}, self.variables) if isinstance(text, str) and text.startswith("=") else text


class Answer:
    """An answer, or a server's own request, in the terms of a case."""

    def __init__(self, command: RemotingCommand, elapsed: float) -> None:
        self.command = command
        self.elapsed = elapsed

    @property
    def messages(self) -> list[MessageExt]:
        return decode_messages(self.command.body)

    def check(self, expected: dict[str, Any]) -> None:
        command = self.command
        fields = command.ext_fields or {}
        compare("code", expected["code"], int(command.code), context=command.remark)
        if "remark" in expected:
            compare("remark", expected["remark"], command.remark)
        compare("fields", expected.get("fields", {}), fields)
        for name in expected.get("absent_fields", ()):
            check(name not in fields, f"field {name} is there: {fields.get(name)}")
        if "body" in expected:
            compare("body", expected["body"], command.body.decode())
        if "body_json" in expected:
            compare("body", expected["body_json"], _with_text_keys(loads(command.body)))
        if "count" in expected:
            compare("count", expected["count"], len(self.messages))
        if "messages" in expected:
            compare("messages", expected["messages"], [_shown(message) for message in self.messages])
        if "elapsed_min" in expected:
            check(self.elapsed >= float(expected["elapsed_min"]), f"came after {self.elapsed:.2f} s already")
        if "elapsed_max" in expected:
            check(self.elapsed <= float(expected["elapsed_max"]), f"came after {self.elapsed:.2f} s only")

    def value(self, path: str) -> Any:
        """Return what a saved variable stands for."""
        head, _, rest = path.partition(".")
        if head == "fields":
            return (self.command.ext_fields or {})[rest]
        if head == "body":
            return self.command.body.decode()
        if head.startswith("msg"):
            value = _shown(self.messages[int(head[3:])])
            for name in rest.split("."):
                value = value.get(name)
            return value
        return getattr(self.command, head)


def check(holds: bool, otherwise: str) -> None:
    """Raise unless something holds."""
    if not holds:
        raise ConformanceError(otherwise)


def compare(what: str, expected: Any, found: Any, *, context: str | None = None) -> None:
    """Raise unless a value is as expected, by the matchers of the cases."""
    hint = f" ({context})" if context else ""
    if isinstance(expected, dict):
        check(isinstance(found, dict), f"{what} is {found!r}, expected an object{hint}")
        for name, value in expected.items():
            compare(f"{what}.{name}", value, found.get(name))
    elif isinstance(expected, list):
        check(isinstance(found, list), f"{what} is {found!r}, expected a list{hint}")
        check(len(found) == len(expected), f"{what} has {len(found)} items, expected {len(expected)}: {found!r}")
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            compare(f"{what}[{index}]", one, other)
    elif not _matches(expected, found):
        raise ConformanceError(f"{what} is {found!r}, expected {expected!r}{hint}")


def _matches(expected: Any, found: Any) -> bool:
    if expected is None:
        return found is None or found == ""
    text = str(expected)
    if text == "any":
        return found is not None
    if text.startswith("re:"):
        return found is not None and re.search(text[3:], str(found)) is not None
    if text.startswith(">="):
        return found is not None and int(found) >= int(text[2:])
    if text.startswith("<="):
        return found is not None and int(found) <= int(text[2:])
    return text == str(found)


def _properties_text(properties: dict[str, Any]) -> str:
    texts = {name: str(value) for name, value in properties.items()}
    for name, value in texts.items():
        if value.startswith("times:"):
            texts[name] = "v" * int(value[6:])
    return "".join(f"{name}\x01{value}\x02" for name, value in texts.items())


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if "size" in body:
        return b"x" * int(body["size"])
    if "hex" in body:
        return bytes.fromhex(body["hex"])
    if "batch" in body:
        return encode_batch(
            BatchRecord(_body(record["body"]), 0, _properties_text(record.get("properties") or {}))
            for record in body["batch"]
        )
    return json.dumps(body["json"]).encode()


def _shown(message: MessageExt) -> dict[str, Any]:
    """Return a message under the names that cases use."""
    return {
        "topic": message.topic,
        "queueId": message.queue_id,
        "queueOffset": message.queue_offset,
        "physicOffset": message.commit_log_offset,
        "size": message.store_size,
        "flag": message.flag,
        "sysFlag": message.sys_flag,
        "bornTimestamp": message.born_timestamp,
        "bornHost": "{}:{}".format(*message.born_host),
        "storeTimestamp": message.store_timestamp,
        "storeHost": "{}:{}".format(*message.store_host),
        "reconsumeTimes": message.reconsume_times,
        "preparedTransactionOffset": message.prepared_transaction_offset,
        "body": message.raw_body.decode(errors="replace"),
        "properties": message.properties,
    }


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            str(dict(key)) if isinstance(key, ObjectKey) else str(key): _with_text_keys(member)
            for key, member in value.items()
        }
    if isinstance(value, list):
        return [_with_text_keys(item) for item in value]
    return value


def variables_for(unique: str, *, broker_name: str, cluster: str, broker_address: str) -> dict[str, Any]:
    """Return the variables that a run of a case starts with."""
    return {
        "u": unique,
        "topic": f"t_{unique}",
        "group": f"g_{unique}",
        "broker": broker_name,
        "cluster": cluster,
        "brokerAddr": broker_address,
    }


def run_for_real(broker: str, namesrv: str, line: str, *, areas: Collection[str] = (), threads: int = 16) -> list[str]:
    """Run the cases against servers whose time passes by itself, many at once.

    The servers have to be set as the head of the cases file says; cases that need another setting are left out.

    Args:
        broker: Address of the broker.
        namesrv: Address of its NameServer.
        line: "4.9" or "5.x".
        areas: Areas to run; by default all.
        threads: Cases to run at once.

    Returns:
        What went wrong, a line for each case.
    """
    defaults, cases = load_cases()
    start = f"r{time.time_ns() // 1_000_000:x}"

    def run(number: int, case: dict[str, Any]) -> str | None:
        variables = variables_for(
            f"{start}_{number}", broker_name="broker-a", cluster="DefaultCluster", broker_address=broker
        )
        addresses = {"broker": broker, "namesrv": namesrv}
        try:
            CaseRun(addresses, line, RealPace(), defaults, variables).run(case)
        except (ConformanceError, OSError, ProtocolError) as error:
            return f"{case['id']}: {error}"
        return None

    wanted = [
        case
        for case in cases
        if line in case["versions"] and not case.get("requires") and (not areas or case["area"] in areas)
    ]
    with ThreadPoolExecutor(threads) as pool:
        return [failure for failure in pool.map(run, range(len(wanted)), wanted) if failure]


def main() -> int:
    """Run the cases against a real server and print what went wrong."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--broker", required=True, metavar="HOST:PORT")
    parser.add_argument("--namesrv", required=True, metavar="HOST:PORT")
    parser.add_argument("--line", required=True, choices=("4.9", "5.x"))
    parser.add_argument("--area", action="append", default=[])
    options = parser.parse_args()
    failures = run_for_real(options.broker, options.namesrv, options.line, areas=options.area)
    print("\n".join(failures) or "all cases passed")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
