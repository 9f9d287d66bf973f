"""Plans: operations written once, without I/O, for the sync and the asyncio clients.

A plan is a generator. It yields what it wants done (an effect), is sent what came of it, and returns its result; a
transport failure is thrown into it at the point where it waits. `run.BlockingRunner` and `run.AsyncRunner` are the
only code that carries effects out, and they differ in nothing but `await`.
"""

from __future__ import annotations

from collections.abc import Generator
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, final

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


@final
class Ask(Generator[Effect, Any, T]):
    """A plan that asks once, or as often as the policy allows, and makes its result of the reply.

    As long as nothing goes wrong, all of it is one exchange: runners then carry it out without starting a generator.
    Where something does, `go_on` makes it a plan like any other.

    Args:
        context: The client's settings.
        request: The request.
        timeout: Seconds for the whole call, waits between attempts included; by default the client's, beside `hold`.
        retry: What to repeat; `None` for nothing.
        result: Makes the result of the reply.
        hold: Seconds for which the server may keep the request on purpose.
        address: Whom to ask, where the runner can reach several servers.
        heed: Is given the reply without its body before that is read, which may take a while.

    Attributes:
        is_one_exchange: Whether nothing has to be done, for now, but to send the request and wait for its answer.

    Raises:
        BrokerError: the request failed or was refused.
    """

    __slots__ = (
        "_attempts",
        "_context",
        "_heed",
        "_result",
        "_retry",
        "address",
        "hold",
        "is_one_exchange",
        "request",
        "timeout",
    )

    def __init__(
        self,
        context: ClientContext,
        request: Request[Any],
        timeout: float | None,
        retry: RetryPolicy | None,
        result: Callable[[Any], T],  # of the request's own type of reply
        hold: float = 0.0,
        address: Address | None = None,
        heed: Callable[[Any], Plan[None]] | None = None,
    ) -> None:
        self.request = request if context.namespace is None else context.to_server(request)
        self.timeout = context.timeout + hold if timeout is None else timeout
        self.hold = hold
        self.address = address
        self._context = context
        self._retry = retry
        self._result = result
        self._heed = heed
        self._attempts: Plan[T] | None = None
        self.is_one_exchange = context.lost_at is None and heed is None

    def result_of(self, answer: RemotingCommand, make: Callable[[Any], Any] | None = None) -> Any:  # of either maker
        """Return what is made of an answer that is no refusal.

        Args:
            answer: The answer.
            make: Makes it of the reply; by default what makes the plan's result.

        Raises:
            BrokerProtocolError: the answer does not decode.
        """
        context = self._context
        context.server_version = answer.version
        try:
            reply = self.request.REPLY.from_command(answer)
        except ProtocolError as error:
            raise undecodable(error, self.request, answer, context.broker_addr) from error
        return (make or self._result)(reply if context.namespace is None else context.from_server(reply))

    def go_on(self, outcome: RemotingCommand | RemoteError, started: float) -> Effect:
        """Go on after the exchange has failed or has brought a refusal.

        Args:
            outcome: What came of it.
            started: When it began, by the monotonic clock.
        """
        self._attempts = self._attempts_since(started, outcome)
        return self._attempts.send(None)

    def __iter__(self) -> Plan[T]:
        if self._attempts is None:
            self._attempts = self._attempts_since(monotonic())
        return self._attempts

    def send(self, value: Any) -> Effect:  # as of every plan
        """Go on with what came of an effect."""
        return iter(self).send(value)

    def throw(self, *error: Any) -> Effect:  # in all forms that generators take
        """Go on after an effect has failed."""
        return iter(self).throw(*error)

    def close(self) -> None:
        """End it without a result."""
        if self._attempts is not None:
            self._attempts.close()

    def _attempts_since(self, started: float, first: RemotingCommand | RemoteError | None = None) -> Plan[T]:
        context, request, retry = self._context, self.request, self._retry
        limit = remaining = self.timeout
        attempt = 1
        may_have_arrived = False
        while True:
            outcome: RemotingCommand | RemoteError
            if first is not None:
                outcome, first = first, None
            else:
                if context.lost_at is not None:
                    yield from _follow(context, remaining)
                    remaining = limit - (monotonic() - started)
                try:
                    outcome = yield Exchange(request, remaining, self.hold, self.address)
                except RemoteError as error:
                    outcome = error
            failure: BrokerError
            cause: Exception | None
            if isinstance(outcome, RemoteError):
                failure, cause = unreachable(outcome, request), outcome
            elif outcome.code in request.RESULTS:
                if self._heed is not None:
                    yield from self.result_of(_without_body(outcome), self._heed)
                result: T = self.result_of(outcome)
                return result
            else:
                context.server_version = outcome.version
                address = self.address or context.broker_addr
                failure, cause = refusal(request, outcome, address, monotonic() - started), None
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


def call(
    context: ClientContext,
    request: Request[ReplyT],
    timeout: float | None = None,
    retry: RetryPolicy | None = RESEND_UNSENT,
    *,
    hold: float = 0.0,
    address: Address | None = None,
) -> Plan[ReplyT]:
    """Ask, and return the reply as it is; see `Ask`."""
    return Ask(context, request, timeout, retry, _itself, hold, address)


def _itself(reply: ReplyT) -> ReplyT:
    return reply


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
