"""Plans: operations written once, without I/O, for the sync and the asyncio clients.

A plan is a generator. It yields what it wants done (an effect), is sent what came of it, and returns its result; a
transport failure is thrown into it at the point where it waits. `run.BlockingRunner` and `run.AsyncRunner` are the
only code that carries effects out, and they differ in nothing but `await`.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from pyrocketmq.broker.errors import BrokerConnectionError, refusal, undecodable, unreachable
from pyrocketmq.broker.retry import RESEND_UNSENT
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.remote import RemoteConnectionError, RemoteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.errors import BrokerError
    from pyrocketmq.broker.retry import RetryPolicy
    from pyrocketmq.model.declaration import Reply, Request
    from pyrocketmq.remote import Address, BegunCall

T = TypeVar("T")
ReplyT = TypeVar("ReplyT", bound="Reply")


class Exchange(NamedTuple):
    """Send a request and wait for its answer, a `RemotingCommand`.

    Attributes:
        request: The request.
        timeout: Seconds until the exchange fails.
        hold: Seconds for which the server may keep the request on purpose (long polling), part of `timeout`.
        address: Whom to ask, where the runner can reach several servers; `None` for the only one.
    """

    request: Request[Any]
    timeout: float
    hold: float = 0.0
    address: Address | None = None


_new_exchange = partial(tuple[Any, ...].__new__, Exchange)  # each call makes one; its own `__new__` is a Python frame


class Oneway(NamedTuple):
    """Send a request that is not answered; the effect brings `None`.

    Attributes:
        request: The request.
        timeout: Seconds until writing it fails.
    """

    request: Request[Any]
    timeout: float


class Finish(NamedTuple):
    """Wait for the answer to a request that is sent already; the effect brings a `RemotingCommand`.

    Attributes:
        call: The call; what its `result` returns is to be awaited or not, as the runner has begun it.
    """

    call: BegunCall[Any]


class Begin(NamedTuple):
    """Send the first request of another plan now; the effect brings a `BegunPlan`, without a wait.

    Attributes:
        plan: The plan.
    """

    plan: Generator[Any, Any, Any]  # a `Plan`, whose type cannot hold itself


class Sleep(NamedTuple):
    """Wait; the effect brings `None`.

    Attributes:
        seconds: For how long.
    """

    seconds: float


class Follow(NamedTuple):
    """Look where the server is now, and go on there; the effect brings `None`, whether it has moved or not.

    Attributes:
        lost_at: When the connection failed, by the monotonic clock.
        timeout: Seconds for looking.
    """

    lost_at: float
    timeout: float


Effect: TypeAlias = Exchange | Finish | Oneway | Begin | Sleep | Follow

# What is sent into a plan depends on the effect that it yielded, which the type of a generator cannot say.
Plan: TypeAlias = Generator[Effect, Any, T]


def call(
    context: ClientContext,
    request: Request[ReplyT],
    timeout: float | None = None,
    retry: RetryPolicy | None = RESEND_UNSENT,
    *,
    hold: float = 0.0,
    address: Address | None = None,
    heed: Callable[[ReplyT], Plan[None]] | None = None,
) -> Plan[ReplyT]:
    """Ask once, or as often as the policy allows, and return the reply.

    Args:
        context: The client's settings.
        request: The request.
        timeout: Seconds for the whole call, waits between attempts included; by default the client's, beside `hold`.
        retry: What to repeat; `None` for nothing.
        hold: Seconds for which the server may keep the request on purpose.
        address: Whom to ask, where the runner can reach several servers.
        heed: Is given the reply without its body before that is read, which may take a while.

    Raises:
        BrokerError: the request failed or was refused.
    """
    if context.namespace is not None:
        request = context.to_server(request)
    limit = context.timeout + hold if timeout is None else timeout
    started = monotonic()
    remaining = limit
    attempt = 1
    may_have_arrived = False
    while True:
        if context.lost_at is not None:
            yield from _follow(context, remaining)
            remaining = limit - (monotonic() - started)
        failure: BrokerError
        cause: Exception | None
        try:
            answer = yield _new_exchange((request, remaining, hold, address))
        except RemoteError as error:
            failure, cause = unreachable(error, request), error
        else:
            context.server_version = answer.version
            if answer.code in request.RESULTS:
                # A class variable, as `REPLY` is, cannot name the class's type parameter.
                kind: type[ReplyT] = request.REPLY  # type: ignore[assignment]
                try:
                    if heed is not None:
                        yield from heed(kind.from_command(_without_body(answer)))
                    reply = kind.from_command(answer)
                except ProtocolError as error:
                    raise undecodable(error, request, answer, context.broker_addr) from error
                return reply if context.namespace is None else context.from_server(reply)
            failure, cause = refusal(request, answer, address or context.broker_addr, monotonic() - started), None
        if context.may_move and isinstance(failure, BrokerConnectionError):
            context.lost_at = monotonic()
        failure.attempts = attempt
        # An attempt that never left does not take back what an earlier one may have done.
        failure.may_have_arrived = may_have_arrived = may_have_arrived or failure.may_have_arrived
        wait = None if retry is None else retry.wait_after(attempt, failure)
        remaining = limit - (monotonic() - started)
        if wait is None or wait >= remaining:
            raise failure from cause
        context.note_retry(failure, wait)
        yield Sleep(wait)
        remaining -= wait
        attempt += 1


def tell(context: ClientContext, request: Request[Any], timeout: float | None = None) -> Plan[None]:
    """Send a request that is not answered.

    Raises:
        BrokerError: it could not be written.
    """
    limit = context.timeout if timeout is None else timeout
    if context.lost_at is not None:
        yield from _follow(context, limit)
    try:
        yield Oneway(context.to_server(request), limit)
    except RemoteError as error:
        if context.may_move and isinstance(error, RemoteConnectionError):
            context.lost_at = monotonic()
        raise unreachable(error, request) from error


def _follow(context: ClientContext, timeout: float) -> Plan[None]:
    lost_at, context.lost_at = context.lost_at, None
    if lost_at is not None:
        yield Follow(lost_at, timeout)


def _without_body(answer: RemotingCommand) -> RemotingCommand:
    return RemotingCommand(answer.code, remark=answer.remark, ext_fields=answer.ext_fields)
