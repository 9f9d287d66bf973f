"""What cases take for their connections: public clients that make a call of every request."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, Final

from client_conformance.making import Made, made
from client_conformance.results import refusal
from pyrocketmq.broker import BrokerError
from pyrocketmq.model import MessageQueue, RemotingCommand, RequestCode
from pyrocketmq.model.requests import HeartBeat
from pyrocketmq.testkit.conformance import ConformanceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from client_conformance.arguments import Arguments, Site
    from client_conformance.case_plan import CasePlan
    from client_conformance.hub import Hub
    from client_conformance.members import Member, Question

_PATIENCE: Final = 10.0
# Seconds until a request message has to be stored.
_REPLIES: Final = (RequestCode.SEND_REPLY_MESSAGE, RequestCode.SEND_REPLY_MESSAGE_V2)


class CaseNetwork:
    """The clients of one run of a case.

    Args:
        plan: How the case is played.
        hub: Where its calls are made.
        site: The server.
        namesrv: Address of the NameServer.

    Attributes:
        members: The connections whose clients are in groups.
        answered: How often the case has answered a question of the broker's.
    """

    def __init__(self, plan: CasePlan, hub: Hub, site: Site, namesrv: str) -> None:
        self.plan = plan
        self.hub = hub
        self.site = site
        self.namesrv = namesrv
        self.members: list[PublicConnection] = []
        self.answered = 0
        self._connections: list[PublicConnection] = []
        self._names: dict[str, str] = {}

    def connect(self, address: str) -> PublicConnection:
        """Return what takes the place of a connection."""
        connection = PublicConnection(self, address)
        self._connections.append(connection)
        return connection

    def close(self) -> None:
        """Disconnect all clients; harmless for those that are disconnected."""
        for connection in self._connections:
            connection.close()

    def call_it(self, name: str, real: str) -> None:
        """Have a name of the case stand for what the client really uses."""
        self._names[name] = real

    def to_server(self, command: RemotingCommand) -> RemotingCommand:
        """Put real names in place of the case's."""
        for name, real in self._names.items():
            _replace(command, name, real)
        return command

    def from_server(self, command: RemotingCommand) -> RemotingCommand:
        """Put the case's names in place of real ones."""
        for name, real in self._names.items():
            _replace(command, real, name)
        return command


def _replace(command: RemotingCommand, old: str, new: str) -> None:
    fields = command.ext_fields or {}
    command.ext_fields = {name: value.replace(old, new) for name, value in fields.items()} or None
    if command.body[:1] in (b"{", b"["):
        command.body = command.body.replace(old.encode(), new.encode())
    if command.remark is not None:
        command.remark = command.remark.replace(old, new)


class PublicConnection:
    """A public client in place of a connection; see `Connection` of the suite.

    Attributes:
        answers: See there.
        arrivals: See there.
        pushes: See there.
        heard: How many questions of the broker's have come.
        is_closed: Whether the connection was lost.
    """

    def __init__(self, network: CaseNetwork, address: str) -> None:
        self._network = network
        self._to = "namesrv" if address == network.namesrv else "broker"
        self._client: Any = network.hub.player.open(address, is_nameserver=self._to == "namesrv")
        self.local = f"client {id(self)}"
        self.answers: dict[int, RemotingCommand] = {}
        self.arrivals: list[int] = []
        self.pushes: list[RemotingCommand] = []
        self.heard = 0
        self._questions: dict[int, Question] = {}
        self._closing = False

    @property
    def is_closed(self) -> bool:
        """Whether the connection was lost."""
        return not self._client.is_connected

    def send(self, data: bytes) -> None:
        """Make the call that sends a request, or answer a question of the broker's.

        Raises:
            ConformanceError: no public call sends it.
        """
        network = self._network
        command = network.to_server(RemotingCommand.decode(data))
        if command.is_response:
            self._reply(command.opaque, command)
            return
        role = network.plan.role
        if role is not None and command.code in role.calls:
            self._join_or_leave(command, role.calls[command.code])
        elif role is not None and command.code == RequestCode.END_TRANSACTION and _is_of_check(command):
            member = network.members[-1]
            member._reply(max(member._questions), command)
        elif role is not None and role.calls.get(RequestCode.HEART_BEAT) == "request" and command.code in _REPLIES:
            self._answer_question(command, time.monotonic() + _PATIENCE)
        else:
            self._make(command)

    def _make(self, command: RemotingCommand, **changed: Any) -> None:
        network = self._network
        found = made(self._to, command, network.site, network.plan.chosen.get(command.opaque))
        if not isinstance(found, Made):
            raise ConformanceError(f"{found.reason.value} {found.detail}")

        def answer_of(result: Any) -> RemotingCommand:
            return found.call.result.answer(result, found.call.request).command(command.opaque)

        arguments = {**found.arguments, **changed}
        self._start(command, found.call.method, arguments, answer_of, is_oneway=found.is_oneway)

    def _start(
        self,
        command: RemotingCommand,
        method: str,
        arguments: Arguments,
        answer_of: Callable[[Any], RemotingCommand],
        *,
        is_oneway: bool = False,
    ) -> None:
        ended: list[bool] = []

        def done(future: Future[Any]) -> None:
            ended.append(True)
            if self._closing:
                return
            try:
                answer = answer_of(future.result())
            except BrokerError as error:
                answer = refusal(error, command.opaque)
            if not is_oneway:
                self._take(answer)

        self._network.hub.start(self._client, method, arguments, done)
        while is_oneway and not ended:  # so that what comes after it is sent after it
            self._network.hub.receive(1)

    def _take(self, answer: RemotingCommand) -> None:
        self.answers[answer.opaque] = self._network.from_server(answer)
        self.arrivals.append(answer.opaque)

    def _join_or_leave(self, command: RemotingCommand, method: str) -> None:
        network = self._network

        def joined(result: Any) -> RemotingCommand:
            assert result is None
            return RemotingCommand(0, opaque=command.opaque)

        if command.code == RequestCode.UNREGISTER_CLIENT:
            group = (command.ext_fields or {})["consumerGroup"]
            self._start(command, method, {"consumer_group": group}, joined)
            return
        data = HeartBeat.from_command(command).heartbeat_data
        if self not in network.members:
            network.members.append(self)
            network.call_it(data.client_id, self._client.client_id)
        assert network.plan.role is not None
        member = network.hub.player.member(network.plan.role, self._hear, self._client.client_id)
        arguments = member.joining(data)
        if method == "request":
            method = "register_producer"
            self._ask_question(member, arguments)
        self._start(command, method, arguments, joined)

    def _ask_question(self, member: Member, arguments: Arguments) -> None:
        """Send a request message whose reply the case waits for."""
        mq = MessageQueue(f"{arguments['producer_group']}_questions", self._network.site.broker_name, 0)

        def done(future: Future[Any]) -> None:
            if not self._closing:
                self._hear(member.replied(future.result()))

        self._network.hub.start_aside(self._client, "request", {**arguments, "body": b"ping", "mq": mq}, done)

    def _answer_question(self, command: RemotingCommand, give_up: float) -> None:
        """Pull the request message, as often as it takes until it is stored, and reply to that."""
        fields = command.ext_fields or {}
        group = fields.get("producerGroup", fields.get("a", ""))
        arguments = {"consumer_group": group, "topic": f"{group}_questions", "queue_id": 0, "queue_offset": 0}

        def done(future: Future[Any]) -> None:
            if self._closing:
                return
            error = future.exception()
            if error is not None or not future.result().messages:
                if time.monotonic() > give_up:
                    raise ConformanceError("the request message was not stored") from error
                self._answer_question(command, give_up)
                return
            (question,) = future.result().messages
            text = fields.get("properties", fields.get("i", ""))
            name = dict(pair.split("\x01") for pair in text.split("\x02") if pair)["CORRELATION_ID"]
            self._network.call_it(name, question.properties["CORRELATION_ID"])
            self._make(self._network.to_server(command), request=question)

        self._network.hub.start(self._client, "pull_message", arguments, done)

    def _hear(self, question: Question) -> None:
        self._network.hub.tell(lambda: self._heard(question))

    def _heard(self, question: Question) -> None:
        self.heard += 1
        question.command.opaque = self.heard
        self._questions[self.heard] = question
        self.pushes.append(self._network.from_server(question.command))

    def _reply(self, number: int, command: RemotingCommand) -> None:
        question = self._questions.pop(number)
        if question.answer is not None:
            self._network.answered += 1
            question.answer.set_result(command)

    def close(self) -> None:
        """Disconnect the client; harmless when it is disconnected."""
        if self._closing:
            return
        self._closing = True
        for question in self._questions.values():
            if question.answer is not None:
                question.answer.set_exception(CancelledError())
        if self in self._network.members:
            self._network.members.remove(self)
        self._network.hub.player.close(self._client)


def _is_of_check(command: RemotingCommand) -> bool:
    return (command.ext_fields or {}).get("fromTransactionCheck") == "true"
