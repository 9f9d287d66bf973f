"""`rmq doctor`: what is wrong with a connection, step by step, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.cli.advice import ADVERTISE
from pyrocketmq.broker.cli.broker_check import BrokerCheck
from pyrocketmq.broker.cli.command import Command, Invocation, argument
from pyrocketmq.broker.cli.connection_check import ConnectionCheck
from pyrocketmq.broker.cli.errors import CommandError
from pyrocketmq.broker.cli.findings import FINDINGS, Findings
from pyrocketmq.broker.config import ClientConfig
from pyrocketmq.broker.errors import AuthorizationError, refusal
from pyrocketmq.broker.release import release_name
from pyrocketmq.model import ResponseCode
from pyrocketmq.model.requests import GetBrokerClusterInfo, GetBrokerClusterInfoReply
from pyrocketmq.remote import Address

if TYPE_CHECKING:
    from pyrocketmq.model import RemotingCommand


def run(call: Invocation) -> None:
    """Look at every address.

    Raises:
        CommandError: something is wrong; what, has been shown.
    """
    options, session, output = call
    config = ClientConfig.from_environment(**session.settings)
    with output.table(FINDINGS, live=True) as rows:
        findings = Findings(output, rows)
        _note_settings(findings, session.required_address, config)
        doctor = _Doctor(findings, config, options.topic)
        for text in session.required_address.split(";"):
            doctor.examine(Address.parse(text), wants_broker=session.is_direct)
    if findings.failures:
        raise CommandError(f"{findings.failures} problem{'' if findings.failures == 1 else 's'} found")
    output.note("")
    output.note("nothing is wrong" + (f", {findings.warnings} to look at" if findings.warnings else ""), "green")


def _note_settings(findings: Findings, address: str, config: ClientConfig) -> None:
    said = [
        "TLS" if config.tls else "no TLS",
        f"access key {config.credentials.access_key!r}" if config.credentials else "no credentials",
        f"namespace {config.namespace!r}" if config.namespace else "no namespace",
    ]
    findings.ok(address, "settings", ", ".join(said))


def _is_from_broker(answer: RemotingCommand, address: Address) -> bool:
    """Whether only a broker answers a question for NameServers so; with access control it refuses it first."""
    if answer.code == ResponseCode.REQUEST_CODE_NOT_SUPPORTED:
        return True
    return answer.code != ResponseCode.SUCCESS and isinstance(
        refusal(GetBrokerClusterInfo(), answer, address, 0.0), AuthorizationError
    )


class _Doctor:
    """Looks at servers, and at what they say of others.

    Args:
        findings: Takes what is found.
        config: How to connect.
        topic: A topic that each broker should have.
    """

    def __init__(self, findings: Findings, config: ClientConfig, topic: str | None) -> None:
        self._findings = findings
        self._topic = topic
        self._connection = ConnectionCheck(findings, config)
        self._broker = BrokerCheck(findings, config, self._connection)

    def examine(self, address: Address, *, wants_broker: bool) -> None:
        """Look at one address, and at the brokers behind it."""
        connection = self._connection
        if not (connection.finds(address) and connection.reaches(address) and connection.understands(address)):
            return
        answer = connection.asks(address)
        if answer is None:
            return
        is_broker = _is_from_broker(answer, address)
        what = "a broker" if is_broker else "a NameServer"
        self._findings.ok(address, "protocol", f"{what} of RocketMQ {release_name(answer.version)} answers")
        if is_broker is not wants_broker:
            option = "--broker" if is_broker else "--namesrv"
            other = "a NameServer" if is_broker else "a broker"
            self._findings.fail(address, "kind", f"it is {what}, and was given as {other}", f"use {option} {address}")
        if is_broker:
            self._broker.examine(address, is_advertised=False, topic=self._topic)
        else:
            self._examine_brokers(address, answer)

    def _examine_brokers(self, namesrv: Address, answer: RemotingCommand) -> None:
        if answer.code != ResponseCode.SUCCESS:
            self._findings.fail(
                namesrv, "brokers", f"it answered {answer.code}: {answer.remark}", "see the log of the NameServer"
            )
            return
        table = GetBrokerClusterInfoReply.from_command(answer).cluster_info.broker_addr_table
        if not table:
            self._findings.fail(
                namesrv,
                "brokers",
                "no broker is registered",
                f"start a broker with namesrvAddr={namesrv}, or see its log",
            )
        for name, data in sorted(table.items()):
            for broker_id, text in sorted(data.broker_addrs.items()):
                try:
                    address = Address.parse(text)
                except ValueError as error:
                    self._findings.fail(namesrv, "advertised", f"{name}, id {broker_id}: {error}", ADVERTISE)
                    continue
                self._findings.ok(address, "advertised", f"{name}, id {broker_id}, is registered with this address")
                if self._connection.reaches(address, "reachable", ADVERTISE) and self._connection.understands(address):
                    self._broker.examine(address, is_advertised=True, topic=self._topic)


COMMAND = Command(
    name="doctor",
    summary="say what is wrong with a connection",
    description="Look at a connection step by step: settings, name, TCP, TLS, protocol, kind and version of the "
    "server, the brokers behind it and the addresses that they advertise, permissions, clocks, and with --topic a "
    "topic. For each problem one line says what to do. Sends no message and changes nothing. Exit code 1 where "
    "something is wrong.",
    run=run,
    arguments=(
        argument("--topic", metavar="TOPIC", help="see whether the brokers have this topic, readable and writable"),
    ),
    examples=(
        "rmq doctor --namesrv localhost:9876",
        "rmq doctor --namesrv localhost:9876 --topic orders",
        "rmq doctor --namesrv localhost:9876 --json",
    ),
    tables=(FINDINGS,),
)
