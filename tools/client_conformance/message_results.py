"""Results of calls that send, pull or pop messages; see `results`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from client_conformance.results import BODY, Answer, Whole
from pyrocketmq.broker.pop_result import PopStatus
from pyrocketmq.model import PullStatus, ResponseCode
from pyrocketmq.model.message_ext import record_of
from pyrocketmq.model.pop import ReceiptHandle
from pyrocketmq.model.properties import decode_properties
from pyrocketmq.model.result_data import SEND_STATUS
from pyrocketmq.testkit.conformance.frames import properties_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.model import MessageExt
    from pyrocketmq.model.declaration.header import Request


class Messages:
    """The call returns messages, or one message."""

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return that it shows the body."""
        del request
        return frozenset((BODY,))

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return success with the messages."""
        del request
        messages = cast("list[MessageExt]", result if isinstance(result, list) else [result])
        return Answer(body=records(messages))


class Sent:
    """The call returns a `SendMessageResult`."""

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return the fields that it has."""
        del request
        return frozenset(("msgId", "queueId", "queueOffset", "transactionId", "recallHandle", "MSG_REGION"))

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return the status as a code, and the fields."""
        del request
        code = next(code for code, status in SEND_STATUS.items() if status is result.status)
        fields = {
            "msgId": result.offset_msg_id,
            "queueId": result.message_queue.queue_id,
            "queueOffset": result.queue_offset,
            "transactionId": result.transaction_id,
            "recallHandle": result.recall_handle,
            "MSG_REGION": result.region_id,
        }
        return Answer(code, fields)


class SentHalf(Sent):
    """The call returns the `SendMessageResult` of a half message, whose transaction id the client may have made."""

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return the fields that it has from the broker."""
        return super().shows(request) - {"transactionId"}

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return the status as a code, and the fields that it has from the broker."""
        answer = super().answer(result, request)
        return answer._replace(fields={name: answer.fields.get(name) for name in self.shows(request)})


class Pulled:
    """The call returns a `PullMessageResult`."""

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return the fields that it has, and the messages."""
        del request
        return frozenset(("nextBeginOffset", "minOffset", "maxOffset", "suggestWhichBrokerId", BODY))

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return the status as a code, the fields and the messages."""
        code = next(code for code in request.RESULTS if PullStatus.of(code) is result.status)
        fields = {
            "nextBeginOffset": result.next_begin_offset,
            "minOffset": result.min_offset,
            "maxOffset": result.max_offset,
            "suggestWhichBrokerId": result.suggest_which_broker_id,
        }
        return Answer(code, fields, records(result.messages))


class Popped:
    """The call returns a `PopMessageResult`; the receipt handles of its messages tell what else is in the answer."""

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return the fields that it has, and the messages."""
        return Whole().shows(request) - {"orderCountInfo"} | {BODY}

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return the status as a code, the fields and the messages."""
        del request
        queues: dict[str, list[ReceiptHandle]] = {}
        for message in result.messages:
            handle = ReceiptHandle.parse(message.receipt_handle)
            queues.setdefault(f"{handle.retry} {handle.queue_id}", []).append(handle)
        starts = [f"{queue} {handles[0].start_offset}" for queue, handles in queues.items()]
        offsets = [f"{queue} {','.join(str(one.queue_offset) for one in each)}" for queue, each in queues.items()]
        fields = {
            "popTime": result.pop_time,
            "invisibleTime": round(result.invisible_time * 1000),
            "restNum": result.rest_num,
            "reviveQid": next((handles[0].revive_queue_id for handles in queues.values()), None),
            "startOffsetInfo": ";".join(starts) or None,
            "msgOffsetInfo": ";".join(offsets) or None,
        }
        return Answer(_POP_CODE[result.status], fields, records(result.messages))


_POP_CODE: Final = {
    PopStatus.FOUND: ResponseCode.SUCCESS,
    PopStatus.NO_NEW_MSG: ResponseCode.POLLING_TIMEOUT,
    PopStatus.POLLING_FULL: ResponseCode.POLLING_FULL,
}


class ChangedHandle:
    """The call returns the new receipt handle, which holds what the answer says."""

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return all fields of the answer."""
        return Whole().shows(request)

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return success with the fields."""
        del request
        handle = ReceiptHandle.parse(result)
        fields = {
            "popTime": handle.pop_time,
            "invisibleTime": handle.invisible_time,
            "reviveQid": handle.revive_queue_id,
        }
        return Answer(fields=fields)


def records(messages: Iterable[MessageExt]) -> bytes:
    """Return messages as the wire has them, each made anew of the attributes that an application reads."""
    return b"".join(record_of(message, properties=_properties_of(message)) for message in messages)


def _properties_of(message: MessageExt) -> str:
    """Return the text of the properties: the stored one, whose last separator may be missing, if it says the same."""
    stored = message.raw_properties
    return stored if decode_properties(stored) == message.properties else properties_text(message.properties)
