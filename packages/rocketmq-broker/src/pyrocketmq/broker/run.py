"""Carrying plans out: the two runners, and how an operation becomes a method.

Everything that differs between the sync and the asyncio clients is here, side by side.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from functools import wraps
from time import monotonic
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from pyrocketmq.broker.begun_plan import BegunPlan
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.plan import Ask, Begin, Exchange, Finish, Follow, Oneway
from pyrocketmq.remote import RemoteError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Effect, Plan
    from pyrocketmq.model import RemotingCommand
    from pyrocketmq.remote import AsyncRemote, Remote

P = ParamSpec("P")
T = TypeVar("T")


# The two methods are alike but for `await`. Each is one frame from the call to the result: with hundreds of calls in
# flight, every frame that waits costs. So does one that only looks whether somebody wants to know of messages: where
# nobody does, the operation is called without what `message_telemetry` has wrapped around it. An operation that is one
# exchange is carried out without a generator, and becomes one where something goes wrong.


def blocking(
    operation: Callable[Concatenate[ClientContext, P], Plan[T]],
) -> Callable[Concatenate[BlockingRunner, P], T]:
    """Make a method that carries an operation out and returns its result."""
    name = operation.__name__
    unobserved: Callable[Concatenate[ClientContext, P], Plan[T]] = inspect.unwrap(operation)

    @wraps(operation)
    def method(self: BlockingRunner, /, *args: P.args, **kwargs: P.kwargs) -> T:
        context = self._context
        plan = (unobserved if context.message_telemetry is None else operation)(context, *args, **kwargs)
        result: T
        try:
            if isinstance(plan, Ask) and plan.is_one_exchange:
                started = monotonic()
                try:
                    first = self._remote_for(plan).invoke(plan.request, plan.timeout, hold=plan.hold)
                except RemoteError as error:
                    effect = plan.go_on(error, started)
                else:
                    if first.code in plan.request.RESULTS:
                        result = plan.result_of(first)
                        return result
                    effect = plan.go_on(first, started)
            else:
                effect = plan.send(None)
            try:
                while True:
                    try:
                        answer = self._perform(effect)
                    except RemoteError as error:
                        effect = plan.throw(error)
                    else:
                        effect = plan.send(answer)
            finally:
                plan.close()
        except StopIteration as done:
            result = done.value
            return result
        except BrokerError as error:
            error.operation = error.operation or name
            raise

    return _shown_as(method, operation)


def awaitable(
    operation: Callable[Concatenate[ClientContext, P], Plan[T]],
) -> Callable[Concatenate[AsyncRunner, P], Coroutine[Any, Any, T]]:  # the type of every coroutine
    """Make a coroutine method that carries an operation out and returns its result."""
    name = operation.__name__
    unobserved: Callable[Concatenate[ClientContext, P], Plan[T]] = inspect.unwrap(operation)

    @wraps(operation)
    async def method(self: AsyncRunner, /, *args: P.args, **kwargs: P.kwargs) -> T:
        context = self._context
        plan = (unobserved if context.message_telemetry is None else operation)(context, *args, **kwargs)
        result: T
        try:
            if isinstance(plan, Ask) and plan.is_one_exchange:
                started = monotonic()
                try:
                    first = await self._remote_for(plan).invoke(plan.request, plan.timeout, hold=plan.hold)
                except RemoteError as error:
                    effect = plan.go_on(error, started)
                else:
                    if first.code in plan.request.RESULTS:
                        result = plan.result_of(first)
                        return result
                    effect = plan.go_on(first, started)
            else:
                effect = plan.send(None)
            try:
                while True:
                    try:
                        answer = await self._perform(effect)
                    except RemoteError as error:
                        effect = plan.throw(error)
                    else:
                        effect = plan.send(answer)
            finally:
                plan.close()
        except StopIteration as done:
            result = done.value
            return result
        except BrokerError as error:
            error.operation = error.operation or name
            raise

    return _shown_as(method, operation)


_Method = TypeVar("_Method", bound="Callable[..., object]")


def _shown_as(method: _Method, operation: Callable[..., object]) -> _Method:
    """Give a method the operation's signature: `self` for the context, the result for the plan."""
    signature = inspect.signature(operation)
    _, *parameters = signature.parameters.values()
    result = str(signature.return_annotation).removeprefix("Plan[").removesuffix("]")
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    method.__signature__ = signature.replace(  # type: ignore[attr-defined]  # functions take any attribute
        parameters=[itself, *parameters], return_annotation=result
    )
    return method


def _given(_context: ClientContext, plan: Plan[T], operation: str) -> Plan[T]:
    """Carry out a plan that somebody has made already; its errors name the operation as told here."""
    try:
        return (yield from plan)
    except BrokerError as error:
        error.operation = error.operation or operation
        raise


class BlockingRunner:
    """Carries plans out on the calling thread."""

    _context: ClientContext
    _run = blocking(_given)

    def _remote_for(self, effect: Exchange | Oneway | Ask[Any]) -> Remote:
        """Return the connection that serves an effect."""
        raise NotImplementedError  # abstract

    def _perform(self, effect: Effect) -> RemotingCommand | BegunPlan[Any] | None:
        if isinstance(effect, Exchange):
            return self._remote_for(effect).invoke(effect.request, effect.timeout, hold=effect.hold)
        if isinstance(effect, Finish):
            answer: RemotingCommand = effect.call.result()
            return answer
        if isinstance(effect, Begin):
            return BegunPlan(effect.plan, self._remote_for)
        if isinstance(effect, Oneway):
            self._remote_for(effect).invoke_oneway(effect.request, effect.timeout)
        elif isinstance(effect, Follow):
            self._follow(effect)
        else:
            time.sleep(effect.seconds)
        return None

    def _follow(self, effect: Follow) -> None:
        """Go on where the server is now, if that can be found out."""


class AsyncRunner:
    """Carries plans out on the running event loop."""

    _context: ClientContext
    _run = awaitable(_given)

    def _remote_for(self, effect: Exchange | Oneway | Ask[Any]) -> AsyncRemote:
        """Return the connection that serves an effect."""
        raise NotImplementedError  # abstract

    def _perform(self, effect: Effect) -> Awaitable[RemotingCommand | BegunPlan[Any] | None]:
        if isinstance(effect, Exchange):
            return self._remote_for(effect).invoke(effect.request, effect.timeout, hold=effect.hold)
        if isinstance(effect, Finish):
            waiting: Awaitable[RemotingCommand] = effect.call.result()
            return waiting
        if isinstance(effect, Begin):
            return self._begin(effect)
        if isinstance(effect, Oneway):
            return self._remote_for(effect).invoke_oneway(effect.request, effect.timeout)
        if isinstance(effect, Follow):
            return self._follow(effect)
        return asyncio.sleep(effect.seconds)

    async def _begin(self, effect: Begin) -> BegunPlan[Any]:
        return BegunPlan(effect.plan, self._remote_for)

    async def _follow(self, effect: Follow) -> None:
        """Go on where the server is now, if that can be found out."""
