"""The errors of the clients: one flat tree under `BrokerError`.

Which class an error has is decided in this file alone, in this order: what happened on the way (connection, deadline,
bytes), then credentials and permissions, then a busy broker, then a server that is too old for the request, then the
kind of the request that was refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from pyrocketmq.broker.release import is_older, release_name
from pyrocketmq.model import RequestCode, ResponseCode
from pyrocketmq.remote import RemoteConnectionError, RemoteError, RemoteProtocolError, RemoteTimeoutError

if TYPE_CHECKING:
    from enum import IntEnum

    from pyrocketmq.model import RemotingCommand
    from pyrocketmq.model.declaration import Request
    from pyrocketmq.model.errors import ProtocolError


class BrokerError(Exception):
    """Base of everything that a client or manager raises about a broker or NameServer.

    Attributes:
        reason: What went wrong, in one sentence.
        broker_addr: Address of the broker or NameServer, `host:port`.
        operation: Name of the public method.
        request_code: Code of the request that failed.
        response_code: Code of the answer; `None` where there was none.
        remark: What the server wrote into its answer.
        opaque: Id of the request on its connection.
        elapsed: Seconds from the start of the request until it failed.
        attempts: How often the request was tried.
        may_have_arrived: Whether the server may have carried the request out although it failed here, in any attempt.
    """

    retriable: ClassVar[bool] = False
    """Whether the same call may succeed a moment later."""

    def __init__(
        self,
        reason: str,
        *,
        broker_addr: str | None = None,
        operation: str | None = None,
        request_code: int | None = None,
        response_code: int | None = None,
        remark: str | None = None,
        opaque: int | None = None,
        elapsed: float | None = None,
        may_have_arrived: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.broker_addr = broker_addr
        self.operation = operation
        self.request_code = request_code
        self.response_code = response_code
        self.remark = remark
        self.opaque = opaque
        self.elapsed = elapsed
        self.attempts = 1
        self.may_have_arrived = may_have_arrived

    def __str__(self) -> str:
        what = self.operation or _name_of(RequestCode, self.request_code) or "request"
        where = f" at {self.broker_addr}" if self.broker_addr else ""
        tries = f" (after {self.attempts} attempts)" if self.attempts > 1 else ""
        return f"{what}{where}: {self.reason}{tries}"


class BrokerConnectionError(BrokerError):
    """No connection could be opened, or the connection broke, or the client is closed.

    `may_have_arrived` tells whether the request can have reached the server before.
    """

    retriable = True


class BrokerTimeoutError(BrokerError):
    """The deadline passed before an answer came; the server may still have carried the request out."""

    retriable = True


class BrokerResponseError(BrokerError):
    """The broker refused the request; `response_code` and `remark` say why."""


class BrokerProtocolError(BrokerError):
    """What came back is not the RocketMQ protocol, or contradicts it."""


class AuthorizationError(BrokerError):
    """Credentials are missing or wrong, or the user, topic, group or broker lacks a permission."""


class BrokerBusyError(BrokerError):
    """The broker sheds load; a moment later the same request may pass."""

    retriable = True


class MessagePullError(BrokerError):
    """The broker refused a pull, peek or pop. A pull that finds nothing is no error."""


class OffsetError(BrokerError):
    """The broker refused an offset operation, or has no such offset."""


class BrokerSystemError(BrokerError):
    """The broker failed inside (SYSTEM_ERROR) in an operation that has no error of its own."""


_BUSY: Final = frozenset((ResponseCode.SYSTEM_BUSY, ResponseCode.FLOW_CONTROL))

_ACL_EXCEPTION: Final = "org.apache.rocketmq.acl.common.AclException"
# What 4.9 answers where credentials or permissions fail: SYSTEM_ERROR, told from others by the remark alone.

_REQUESTS_WITH_OWN_CLASS: Final[tuple[tuple[type[BrokerError], tuple[RequestCode, ...]], ...]] = (
    (
        MessagePullError,
        (
            RequestCode.PULL_MESSAGE,
            RequestCode.LITE_PULL_MESSAGE,
            RequestCode.PEEK_MESSAGE,
            RequestCode.POP_MESSAGE,
        ),
    ),
    (
        OffsetError,
        (
            RequestCode.QUERY_CONSUMER_OFFSET,
            RequestCode.UPDATE_CONSUMER_OFFSET,
            RequestCode.SEARCH_OFFSET_BY_TIMESTAMP,
            RequestCode.GET_MAX_OFFSET,
            RequestCode.GET_MIN_OFFSET,
            RequestCode.GET_EARLIEST_MSG_STORETIME,
            RequestCode.INVOKE_BROKER_TO_RESET_OFFSET,
        ),
    ),
    (
        BrokerResponseError,
        (
            RequestCode.SEND_MESSAGE,
            RequestCode.SEND_MESSAGE_V2,
            RequestCode.SEND_BATCH_MESSAGE,
            RequestCode.SEND_REPLY_MESSAGE,
            RequestCode.SEND_REPLY_MESSAGE_V2,
            RequestCode.CONSUMER_SEND_MSG_BACK,
            RequestCode.END_TRANSACTION,
            RequestCode.RECALL_MESSAGE,
        ),
    ),
)
# The same refusal of a send has other codes on 4.9 and 5.x, so its class does not depend on the code.

_CLASS_OF_REQUEST: Final[dict[int, type[BrokerError]]] = {
    code: kind for kind, codes in _REQUESTS_WITH_OWN_CLASS for code in codes
}


_CLASS_OF_FAILURE: Final[tuple[tuple[type[RemoteError], type[BrokerError]], ...]] = (
    (RemoteTimeoutError, BrokerTimeoutError),
    (RemoteConnectionError, BrokerConnectionError),
    (RemoteProtocolError, BrokerProtocolError),
)


_NEXT_STEP: Final = {
    int(ResponseCode.REQUEST_CODE_NOT_SUPPORTED): (
        "another kind of server serves this request: brokers have port 10911 by default, NameServers 9876"
    ),
    int(ResponseCode.TOPIC_NOT_EXIST): (
        "`rmq topic list` shows the topics, `create_topic` or `rmq topic create` makes one"
    ),
    int(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST): (
        "`rmq group list` shows the groups, `create_subscription_group` or `rmq group create` makes one"
    ),
}
# What to do about refusals that a first try meets, and whose remarks do not say it.


def unreachable(error: RemoteError, request: Request[Any] | None = None) -> BrokerError:
    """Return the error that stands for a failure of the transport; the caller chains it to its cause.

    Args:
        error: What the transport raised.
        request: What was asked; `None` where a connection was opened.
    """
    kind = next((own for foreign, own in _CLASS_OF_FAILURE if isinstance(error, foreign)), BrokerError)
    return kind(
        error.reason,
        broker_addr=None if error.address is None else str(error.address),
        operation="connect" if request is None else None,
        request_code=None if request is None else request.CODE,
        opaque=error.opaque,
        elapsed=error.elapsed,
        may_have_arrived=error.written,
    )


def refusal(request: Request[Any], answer: RemotingCommand, broker_addr: object, elapsed: float) -> BrokerError:
    """Return the error that stands for an answer that is no result.

    Args:
        request: What was asked.
        answer: What came back.
        broker_addr: Who answered; its text counts.
        elapsed: Seconds that it took.
    """
    code, remark = answer.code, answer.remark or ""
    name = _name_of(ResponseCode, code)
    kind, why = _class_of(request.CODE, code, remark), " ".join(remark.split()) or "no remark"
    if code == ResponseCode.REQUEST_CODE_NOT_SUPPORTED and is_older(answer.version, request.SINCE):
        kind = BrokerResponseError
        why = f"this needs RocketMQ {request.SINCE} or later, the server is {release_name(answer.version)}"
    elif code in _NEXT_STEP:
        why = f"{why.rstrip('.')}; {_NEXT_STEP[code]}"
    return kind(
        f"answered {code}{f' {name}' if name else ''}: {why}",
        broker_addr=str(broker_addr),
        request_code=request.CODE,
        response_code=code,
        remark=answer.remark,
        opaque=answer.opaque,
        elapsed=elapsed,
        may_have_arrived=True,
    )


def undecodable(
    error: ProtocolError, request: Request[Any], answer: RemotingCommand, broker_addr: str
) -> BrokerProtocolError:
    """Return the error that stands for an answer that cannot be read; the caller chains it to its cause.

    Args:
        error: What the protocol raised.
        request: What was asked.
        answer: What came back.
        broker_addr: Who answered.
    """
    return BrokerProtocolError(
        f"the answer does not decode: {error}",
        broker_addr=broker_addr,
        request_code=request.CODE,
        response_code=answer.code,
        remark=answer.remark,
        opaque=answer.opaque,
    )


def _name_of(codes: type[IntEnum], code: int | None) -> str:
    """Return the name of a code; empty where it has none."""
    try:
        return "" if code is None else codes(code).name
    except ValueError:
        return ""


def _class_of(request_code: int, code: int, remark: str) -> type[BrokerError]:
    if code == ResponseCode.NO_PERMISSION or (code == ResponseCode.SYSTEM_ERROR and remark.startswith(_ACL_EXCEPTION)):
        return AuthorizationError
    if code in _BUSY:
        return BrokerBusyError
    own = _CLASS_OF_REQUEST.get(request_code)
    if own is not None:
        return own
    return BrokerSystemError if code == ResponseCode.SYSTEM_ERROR else BrokerResponseError
