"""What brokers ask their clients: callbacks that keep a question until the case has looked at it and answers it.

A case in which the broker is to ask something has its clients join their groups with callbacks, in place of a plain
heartbeat. A callback puts the question, in the form in which it came over the wire, where the case looks for it.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from client_conformance.message_results import records
from pyrocketmq.model import RemotingCommand, RequestCode, TransactionState
from pyrocketmq.model.bodies import (
    ConsumeMessageDirectlyResult,
    ConsumerRunningInfo,
    GetConsumerStatusBody,
    HeartbeatData,
)
from pyrocketmq.model.enums import CMResult
from pyrocketmq.model.fastjson import loads
from pyrocketmq.model.names import retry_topic
from pyrocketmq.testkit.conformance.frames import properties_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from client_conformance.arguments import Arguments
    from pyrocketmq.model import MessageExt

_CONSUMER: Final[Mapping[int, str]] = {
    RequestCode.HEART_BEAT: "register_consumer",
    RequestCode.UNREGISTER_CLIENT: "unregister_consumer",
}
_CHECKER: Final[Mapping[int, str]] = {RequestCode.HEART_BEAT: "register_transaction_checker"}
_REQUESTER: Final[Mapping[int, str]] = {RequestCode.HEART_BEAT: "request"}


@dataclass(frozen=True)
class Role:
    """What the members of groups do in a case.

    Attributes:
        question: Code of what the broker asks.
        callback: Parameter of `register_consumer` that takes the question; empty for roles of producers.
        calls: By code of a request, the public method that takes its place.
        shows: What of the question's header fields the callback is told.
    """

    question: int
    callback: str
    calls: Mapping[int, str]
    shows: frozenset[str]


_IDS: Final = frozenset(("msgId", "transactionId", "offsetMsgId", "commitLogOffset", "tranStateTableOffset"))
_ROLES: Final = (
    Role(RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, "on_ids_changed", _CONSUMER, frozenset(("consumerGroup",))),
    Role(RequestCode.RESET_CONSUMER_CLIENT_OFFSET, "on_offset_reset", _CONSUMER, frozenset(("topic", "group"))),
    Role(RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT, "consumer_status", _CONSUMER, frozenset(("topic", "group"))),
    Role(RequestCode.GET_CONSUMER_RUNNING_INFO, "running_info", _CONSUMER, frozenset(("consumerGroup", "clientId"))),
    Role(RequestCode.CONSUME_MESSAGE_DIRECTLY, "consume_directly", _CONSUMER, frozenset(("consumerGroup", "msgId"))),
    Role(RequestCode.CHECK_TRANSACTION_STATE, "", _CHECKER, _IDS),
    Role(
        RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT,
        "",
        _REQUESTER,
        frozenset(("topic", "bornHost", "storeHost", "properties")),
    ),
)
ROLES: Final[Mapping[int, Role]] = {role.question: role for role in _ROLES}
"""By code of what the broker asks."""


class Question(NamedTuple):
    """A question that waits for the case.

    Attributes:
        command: The request, as far as the callback is told of it.
        answer: Is given what the callback has to return; `None` where nothing is expected of it.
    """

    command: RemotingCommand
    answer: Future[Any] | None


class Member:
    """The callbacks of one client.

    Args:
        role: What the case is about.
        heard: Takes each question, on whichever thread it comes.
        client_id: Id of the client, as the case calls it.
    """

    def __init__(self, role: Role, heard: Callable[[Question], object], client_id: str) -> None:
        self._role = role
        self._heard = heard
        self._client_id = client_id

    def joining(self, data: HeartbeatData) -> Arguments:
        """Return the arguments of the call that joins the groups of a heartbeat."""
        if self._role.calls is not _CONSUMER:
            (producer,) = data.producer_data_set
            arguments: Arguments = {"producer_group": producer.group_name}
            if self._role.calls is _CHECKER:
                arguments["checker"] = self._checks
            return arguments
        (consumer,) = data.consumer_data_set
        group = consumer.group_name
        callbacks: dict[str, Callable[..., Any]] = {
            "on_ids_changed": self._ids_changed,
            "on_offset_reset": partial(self._offset_reset, group),
            "consumer_status": partial(self._consumer_status, group),
            "running_info": partial(self._running_info, group),
            "consume_directly": partial(self._consume_directly, group),
        }
        return {
            "consumer_group": group,
            "subscriptions": [one for one in consumer.subscription_data_set if one.topic != retry_topic(group)],
            "consume_type": consumer.consume_type,
            "message_model": consumer.message_model,
            "consume_from_where": consumer.consume_from_where,
            self._role.callback: callbacks[self._role.callback],
        }

    def replied(self, message: MessageExt) -> Question:
        """Return the push that brought the reply to a request."""
        fields = {
            "topic": message.topic,
            "bornHost": "{}:{}".format(*message.born_host),
            "storeHost": "{}:{}".format(*message.store_host),
            "properties": properties_text(message.properties),
        }
        return Question(RemotingCommand(self._role.question, ext_fields=fields, body=message.raw_body), None)

    def _ids_changed(self, group: str) -> None:
        self._ask({"consumerGroup": group})

    def _offset_reset(self, group: str, topic: str, offsets: object) -> None:
        del offsets
        self._ask({"topic": topic, "group": group})

    def _consumer_status(self, group: str, topic: str) -> Any:
        return self._ask({"topic": topic, "group": group}, _status)

    def _running_info(self, group: str) -> Any:
        return self._ask({"consumerGroup": group, "clientId": self._client_id}, _running_info)

    def _consume_directly(self, group: str, message: MessageExt) -> Any:
        return self._ask({"consumerGroup": group, "msgId": message.offset_msg_id}, _consumed, message)

    def _checks(self, message: MessageExt) -> Any:
        fields = {
            "msgId": message.msg_id,
            "transactionId": message.msg_id,
            "offsetMsgId": message.offset_msg_id,
            "commitLogOffset": str(message.commit_log_offset),
            "tranStateTableOffset": str(message.queue_offset),
        }
        return self._ask(fields, _state, message)

    def _ask(
        self,
        fields: dict[str, str],
        read: Callable[[RemotingCommand], Any] | None = None,
        message: MessageExt | None = None,
    ) -> Any:
        body = b"" if message is None else records([message])
        command = RemotingCommand(self._role.question, ext_fields=fields, body=body)
        if read is None:
            self._heard(Question(command, None))
            return None
        answer: Future[Any] = Future()
        self._heard(Question(command, answer))
        return self._wait(answer, read)

    def _wait(self, answer: Future[Any], read: Callable[[RemotingCommand], Any]) -> Any:
        """Return what the callback has to return once the case has answered."""
        return read(answer.result())


def _status(answer: RemotingCommand) -> Any:
    return GetConsumerStatusBody.from_json(loads(answer.body)).message_queue_table


def _running_info(answer: RemotingCommand) -> ConsumerRunningInfo:
    return ConsumerRunningInfo.from_json(loads(answer.body))


def _consumed(answer: RemotingCommand) -> CMResult:
    result = ConsumeMessageDirectlyResult.from_json(loads(answer.body)).consume_result
    assert result is not None
    return CMResult(result)


def _state(answer: RemotingCommand) -> TransactionState:
    return TransactionState(int((answer.ext_fields or {})["commitOrRollback"]))
