"""What is told about messages that are sent and received, to whoever the configuration names.

Where nobody is named, the plan of an operation is handed on as it is: one comparison is all that this costs.
"""

from __future__ import annotations

import inspect
from collections.abc import Sized
from functools import wraps
from time import time_ns
from typing import TYPE_CHECKING, Any, Concatenate, Literal, NamedTuple, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.broker.pop_result import PopMessageResult
    from pyrocketmq.model import MessageQueue, PullMessageResult

P = ParamSpec("P")
T = TypeVar("T")
ReceivedT = TypeVar("ReceivedT", bound="PullMessageResult | PopMessageResult")


class Sending(NamedTuple):
    """A message, or a batch, that is about to be sent.

    Attributes:
        operation: Name of the public method.
        broker_addr: Address of the broker, `host:port`.
        client_id: Id that the broker knows the client by.
        namespace: Namespace of all names; `None` for none.
        producer_group: The producer's group.
        queue: Where it goes.
        body_size: Size of the body in bytes, before compression; `None` for a batch.
        message_count: Number of messages; `None` for a single one, or where a batch was encoded before.
        properties: Properties that it will carry. What is added here travels with every message.
        options: The options of the call, see `SendOptions`.
    """

    operation: str
    broker_addr: str
    client_id: str
    namespace: str | None
    producer_group: str
    queue: MessageQueue
    body_size: int | None
    message_count: int | None
    properties: dict[str, str]
    options: dict[str, Any]  # each with its own type

    @property
    def kind(self) -> Literal["normal", "fifo", "delay", "transaction"]:
        """What OpenTelemetry and RocketMQ's traces tell apart."""
        if "transaction" in self.operation:
            return "transaction"
        if any(self.options.get(name) is not None for name in ("delay_level", "deliver_at", "deliver_after")):
            return "delay"
        return "fifo" if self.options.get("sharding_key") else "normal"


class Receiving(NamedTuple):
    """A pull or a pop that is about to be made.

    Attributes:
        operation: Name of the public method.
        broker_addr: Address of the broker, `host:port`.
        client_id: Id that the broker knows the client by.
        namespace: Namespace of all names; `None` for none.
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue's number, -1 for any.
        started: When it began, in nanoseconds since the epoch.
    """

    operation: str
    broker_addr: str
    client_id: str
    namespace: str | None
    consumer_group: str
    topic: str
    queue_id: int
    started: int


class Observation(Protocol):
    """Follows one operation; exactly one of the methods is called."""

    def succeeded(self, result: Any) -> None:
        """Take note of the result of the operation, `None` for one that is not answered."""
        ...

    def failed(self, error: BaseException) -> None:
        """Take note that the operation failed, or was cancelled."""
        ...


class MessageTelemetry(Protocol):
    """Wants to know of messages. What it raises fails the operation, so it had better not."""

    def sending(self, sending: Sending) -> Observation:
        """Begin to follow a send; may add to its properties."""
        ...

    def receiving(self, receiving: Receiving) -> Observation:
        """Begin to follow a pull or a pop."""
        ...


def sends(
    operation: Callable[Concatenate[ClientContext, P], Plan[T]],
) -> Callable[Concatenate[ClientContext, P], Plan[T]]:
    """Have an operation observed that sends: one with a group, a body, a queue and properties."""
    signature = inspect.signature(operation)

    @wraps(operation)
    def observed(context: ClientContext, /, *args: P.args, **kwargs: P.kwargs) -> Plan[T]:
        if context.message_telemetry is None:
            return operation(context, *args, **kwargs)
        bound = signature.bind(context, *args, **kwargs)
        given = bound.arguments
        properties = given["properties"] = dict(given.get("properties") or {})
        body: object = given["body"]
        is_batch = "batch" in operation.__name__
        sending = Sending(
            operation.__name__,
            context.broker_addr,
            context.client_id,
            _namespace(context),
            given["producer_group"],
            given["mq"],
            len(body) if not is_batch and isinstance(body, Sized) else None,
            len(body) if is_batch and isinstance(body, Sized) and not isinstance(body, _ENCODED) else None,
            properties,
            given.get("options", {}),
        )
        return _followed(context.message_telemetry.sending(sending), operation(*bound.args, **bound.kwargs))

    return observed


def receives(
    operation: Callable[Concatenate[ClientContext, P], Plan[ReceivedT]],
) -> Callable[Concatenate[ClientContext, P], Plan[ReceivedT]]:
    """Have an operation observed that pulls or pops: one with a group, a topic and a queue."""
    signature = inspect.signature(operation)

    @wraps(operation)
    def observed(context: ClientContext, /, *args: P.args, **kwargs: P.kwargs) -> Plan[ReceivedT]:
        plan = operation(context, *args, **kwargs)
        if context.message_telemetry is None:
            return plan
        bound = signature.bind(context, *args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        receiving = Receiving(
            operation.__name__,
            context.broker_addr,
            context.client_id,
            _namespace(context),
            given["consumer_group"],
            given["topic"],
            given["queue_id"],
            time_ns(),
        )
        return _followed(context.message_telemetry.receiving(receiving), plan)

    return observed


_ENCODED = (bytes, bytearray, memoryview)


def _namespace(context: ClientContext) -> str | None:
    return None if context.namespace is None else context.namespace.name


def _followed(observation: Observation, plan: Plan[T]) -> Plan[T]:
    try:
        result = yield from plan
    except BaseException as error:
        observation.failed(error)
        raise
    observation.succeeded(result)
    return result
