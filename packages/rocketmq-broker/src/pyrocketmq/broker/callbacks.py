"""What brokers ask their clients, who of the application answers it, and what goes back.

Nothing here waits: a question is asked of the application by the sync or the asyncio member, see `ask`.
"""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeVar

from pyrocketmq.broker.release import release_name
from pyrocketmq.broker.reply_message import reply_message
from pyrocketmq.broker.transaction_check import TransactionCheck
from pyrocketmq.logging import get_logger
from pyrocketmq.model import MessageExt, RemotingCommand, RequestCode, ResponseCode
from pyrocketmq.model.bodies import ConsumeMessageDirectlyResult, ConsumerRunningInfo, GetConsumerStatusBody
from pyrocketmq.model.enums import CLIENT_VERSION, CMResult
from pyrocketmq.model.properties import PropertyName
from pyrocketmq.model.requests import (
    ConsumeMessageDirectly,
    ConsumeMessageDirectlyReply,
    GetConsumerRunningInfo,
    GetConsumerRunningInfoReply,
    GetConsumerStatusFromClient,
    GetConsumerStatusFromClientReply,
    NotifyConsumerIdsChanged,
    PushReplyMessageToClient,
    ResetConsumerClientOffset,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.membership import Membership
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model.bodies import ConsumerData
    from pyrocketmq.model.declaration import Reply

_log = get_logger("pyrocketmq.broker")

T = TypeVar("T")

Callback: TypeAlias = "Callable[..., Any]"
"""A function of the application; what it takes and returns is said where it is registered."""


class ConsumerCallbacks(NamedTuple):
    """What a consumer group's member does for the broker; see `register_consumer`."""

    on_ids_changed: Callback | None = None
    on_offset_reset: Callback | None = None
    consume_directly: Callback | None = None
    consumer_status: Callback | None = None
    running_info: Callback | None = None


class Question(NamedTuple):
    """One request of the broker.

    Attributes:
        ask: Asks the application; returns what it gives, which may be an awaitable.
        answer: Turns what it gave into the answer to the broker.
        rescue: The same where the application raised; `None` where nothing but an error can be answered.
        is_known: Whether it concerns a group of this client, or a request. If not, it gets a refusal or what stands
            for nothing, unless another client on the connection knows better.
    """

    ask: Callable[[], Any]
    answer: Callable[[Any], Plan[RemotingCommand | None]]
    rescue: Callable[[Exception], Plan[RemotingCommand | None]] | None = None
    is_known: bool = True


class Callbacks:
    """The functions of the application that answer a broker.

    Args:
        context: The client's settings.
        membership: The client's groups.
    """

    def __init__(self, context: ClientContext, membership: Membership) -> None:
        self._context = context
        self._membership = membership
        self._started = int(time() * 1000)
        self._checkers: dict[str, Callback] = {}
        self._consumers: dict[str, ConsumerCallbacks] = {}
        self._requests: dict[str, Callable[[MessageExt], object]] = {}

    @contextmanager
    def setting_checker(self, producer_group: str, checker: Callback) -> Generator[None]:
        """Set who decides about the open transactions of a group; undone where the block fails."""
        with _setting(self._checkers, producer_group, checker):
            yield

    @contextmanager
    def setting_consumer(self, consumer_group: str, callbacks: ConsumerCallbacks) -> Generator[None]:
        """Set what is done for a consumer group; undone where the block fails."""
        with _setting(self._consumers, consumer_group, callbacks):
            yield

    def forget_producers(self, producer_group: str) -> None:
        """Remove what belongs to a producer group."""
        self._checkers.pop(producer_group, None)

    def forget_consumers(self, consumer_group: str) -> None:
        """Remove what belongs to a consumer group."""
        self._consumers.pop(consumer_group, None)

    def forget_all(self) -> None:
        """Remove what belongs to any group."""
        self._checkers.clear()
        self._consumers.clear()

    @contextmanager
    def expecting_reply(self, correlation_id: str, deliver: Callable[[MessageExt], object]) -> Generator[None]:
        """Have the reply to one request delivered while the block runs."""
        self._requests[correlation_id] = deliver
        try:
            yield
        finally:
            del self._requests[correlation_id]

    def question(self, command: RemotingCommand) -> Question:
        """Return what a request of the broker asks of the application.

        Raises:
            ProtocolError: it does not decode.
        """
        return QUESTIONS[command.code](self, command)

    def _check_transaction(self, command: RemotingCommand) -> Question:
        check = TransactionCheck(self._context, command)
        checker = self._checkers.get(check.producer_group)
        if checker is None:
            return _unknown(_log.warning, "no checker for transactions of group %s", check.producer_group)
        return Question(lambda: checker(check.message), check.answer, check.rescue)

    def _ids_changed(self, command: RemotingCommand) -> Question:
        group = self._context.from_server(NotifyConsumerIdsChanged.from_command(command)).consumer_group
        callback = self._of_consumer(group).on_ids_changed
        if callback is None:
            return _unknown(_log.debug, "nobody wants to know that the members of group %s have changed", group)
        return Question(lambda: callback(group), _nothing)

    def _offset_reset(self, command: RemotingCommand) -> Question:
        reset = self._context.from_server(ResetConsumerClientOffset.from_command(command))
        callback = self._of_consumer(reset.group).on_offset_reset
        if callback is None:
            said = "nobody resets the offsets of group %s in topic %s"
            return _unknown(_log.warning, said, reset.group, reset.topic)
        return Question(lambda: callback(reset.topic, reset.offsets.offset_table), _nothing)

    def _consumer_status(self, command: RemotingCommand) -> Question:
        request = self._context.from_server(GetConsumerStatusFromClient.from_command(command))
        callback = self._of_consumer(request.group).consumer_status

        def answer(offsets: Any) -> Plan[RemotingCommand]:
            body = GetConsumerStatusBody(message_queue_table=dict(offsets))
            return self._answered(GetConsumerStatusFromClientReply(status=body))

        if callback is None:
            return Question(dict, answer, is_known=False)
        return Question(lambda: callback(request.topic), answer)

    def _running_info(self, command: RemotingCommand) -> Question:
        request = self._context.from_server(GetConsumerRunningInfo.from_command(command))
        group = request.consumer_group
        member = self._membership.consumer(group)
        if member is None:
            return _refusal(f"the consumer group {group} does not exist in this client")
        callback = self._of_consumer(group).running_info

        def answer(info: ConsumerRunningInfo) -> Plan[RemotingCommand]:
            return self._answered(GetConsumerRunningInfoReply(running_info=info))

        return Question(lambda: self._own_running_info(member) if callback is None else callback(), answer)

    def _consume_directly(self, command: RemotingCommand) -> Question:
        request = self._context.from_server(ConsumeMessageDirectly.from_command(command))
        message = request.message
        callback = self._of_consumer(request.consumer_group).consume_directly
        if callback is None or message is None:
            return _refusal(f"nobody consumes messages of group {request.consumer_group} directly in this client")
        started = monotonic()

        def answer(result: CMResult, remark: str | None = None) -> Plan[RemotingCommand]:
            body = ConsumeMessageDirectlyResult(
                consume_result=CMResult(result),
                remark=remark,
                spent_time_mills=round((monotonic() - started) * 1000),
            )
            return self._answered(ConsumeMessageDirectlyReply(result=body))

        def rescue(error: Exception) -> Plan[RemotingCommand]:
            _log.error("consuming message %s directly failed", message.msg_id, exc_info=error)
            return answer(CMResult.CR_THROW_EXCEPTION, f"{type(error).__name__}: {error}")

        return Question(lambda: callback(message), answer, rescue)

    def _reply_pushed(self, command: RemotingCommand) -> Question:
        message = reply_message(self._context.from_server(PushReplyMessageToClient.from_command(command)))
        correlation_id = message.properties.get(PropertyName.CORRELATION_ID, "")
        deliver = self._requests.get(correlation_id)
        if deliver is None:
            said = "dropped a reply that no request waits for, correlation id %s"
            return _unknown(_log.info, said, correlation_id)
        return Question(lambda: deliver(message), _nothing)

    def _of_consumer(self, consumer_group: str) -> ConsumerCallbacks:
        return self._consumers.get(consumer_group, _NO_CALLBACKS)

    def _own_running_info(self, member: ConsumerData) -> ConsumerRunningInfo:
        """Return what a client knows of itself; tools of other clients need these properties."""
        properties = {
            "PROP_NAMESERVER_ADDR": "",
            "PROP_CONSUME_TYPE": str(member.consume_type),
            "PROP_CONSUMEORDERLY": "false",
            "PROP_THREADPOOL_CORE_SIZE": "1",
            "PROP_CLIENT_VERSION": f"V{release_name(CLIENT_VERSION).replace('.', '_')}",
            "PROP_CONSUMER_START_TIMESTAMP": str(self._started),
        }
        return ConsumerRunningInfo(properties=properties, subscription_set=member.subscription_data_set)

    def _answered(self, reply: Reply) -> Plan[RemotingCommand]:
        return _finished(self._context.to_server(reply).to_command(0))


QUESTIONS: Final[dict[int, Callable[[Callbacks, RemotingCommand], Question]]] = {
    RequestCode.CHECK_TRANSACTION_STATE: Callbacks._check_transaction,
    RequestCode.NOTIFY_CONSUMER_IDS_CHANGED: Callbacks._ids_changed,
    RequestCode.RESET_CONSUMER_CLIENT_OFFSET: Callbacks._offset_reset,
    RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT: Callbacks._consumer_status,
    RequestCode.GET_CONSUMER_RUNNING_INFO: Callbacks._running_info,
    RequestCode.CONSUME_MESSAGE_DIRECTLY: Callbacks._consume_directly,
    RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT: Callbacks._reply_pushed,
}
"""Everything that brokers ask."""

_NO_CALLBACKS: Final = ConsumerCallbacks()


@contextmanager
def _setting(table: dict[str, T], group: str, value: T) -> Generator[None]:
    before = table.get(group)
    table[group] = value
    try:
        yield
    except BaseException:
        if table.get(group) is value:  # else somebody else has set it meanwhile
            if before is None:
                del table[group]
            else:
                table[group] = before
        raise


def _finished(answer: RemotingCommand | None) -> Plan[Any]:
    """Return the plan that asks nothing of the server."""
    yield from ()
    return answer


def _nothing(given: object) -> Plan[None]:
    """Answer plain success, whatever the application gave."""
    return _finished(None)


def _refusal(remark: str) -> Question:
    """Return the question that is not asked but refused."""
    refused = RemotingCommand(ResponseCode.SYSTEM_ERROR, remark=remark)
    return Question(lambda: refused, _finished, is_known=False)


def _unknown(log: Callable[..., None], said: str, *words: object) -> Question:
    """Return the question that is not asked but logged, where nobody knows it."""
    return Question(lambda: log(said, *words), _nothing, is_known=False)
