"""`BegunPlan`: a plan whose first request is under way while nobody waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast

from pyrocketmq.broker.plan import Exchange, Finish
from pyrocketmq.remote import RemoteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.broker.plan import Effect, Plan
    from pyrocketmq.remote import AsyncRemote, Remote

T = TypeVar("T")


class BegunPlan(Generic[T]):
    """A plan that has come to its first effect; `rest` or `close` has to follow.

    If the effect is an exchange, its request is sent, where it can be sent at once. What cannot is left to the rest.

    Args:
        plan: The plan.
        remote_for: Returns the connection that serves an exchange.
    """

    def __init__(self, plan: Plan[T], remote_for: Callable[[Exchange], Remote | AsyncRemote]) -> None:
        self._plan = plan
        self._effect: Effect = plan.send(None)
        if isinstance(self._effect, Exchange):
            try:
                call = remote_for(self._effect).begin(self._effect.request, self._effect.timeout)
            except RemoteError:
                return  # it is met again, and dealt with, when its turn comes
            if call is not None:
                self._effect = Finish(call)

    def rest(self) -> Plan[T]:
        """Return the rest of the plan, as a plan."""
        plan, effect = self._plan, self._effect
        try:
            while True:
                try:
                    answer = yield effect
                except RemoteError as error:
                    effect = plan.throw(error)
                else:
                    effect = plan.send(answer)
        except StopIteration as done:
            return cast("T", done.value)
        finally:
            plan.close()

    def close(self) -> None:
        """End it without a result."""
        if isinstance(self._effect, Finish):
            self._effect.call.abandon()
        self._plan.close()
