"""Spans and metrics of messages, by OpenTelemetry's conventions for messaging; needs the extra `otel`.

Only the API is used: without an SDK that the application sets up, everything here is a cheap nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from time import time_ns
from typing import TYPE_CHECKING, Final, cast

from opentelemetry import context as otel_context
from opentelemetry import metrics, propagate, trace
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.model.properties import PropertyName
from pyrocketmq.remote import Address

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.context import Context
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider
    from opentelemetry.util.types import AttributeValue

    from pyrocketmq.broker.message_telemetry import Receiving, Sending
    from pyrocketmq.broker.pop_result import PopMessageResult
    from pyrocketmq.model import MessageExt, PullMessageResult, SendMessageResult

_NAME: Final = "pyrocketmq.broker"


class OpenTelemetry:
    """Tells OpenTelemetry of every message: a setting of clients and managers.

    A send makes a producer's span, whose context travels in the properties of the message (`traceparent` by default). A
    pull that finds messages, or fails, makes a span with links to those who sent them; one that finds nothing makes
    none. `processing` makes the span of what the application does with a message.

    Metrics: `messaging.client.operation.duration`, `messaging.client.sent.messages` and
    `messaging.client.consumed.messages`.

    Args:
        tracer_provider: Where spans go; by default the global provider.
        meter_provider: Where metrics go; by default the global provider.

    Example:
        ```python
        client = create_broker_client("localhost:10911", message_telemetry=OpenTelemetry())
        ```
    """

    def __init__(
        self, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        self._tracer = trace.get_tracer(_NAME, tracer_provider=tracer_provider)
        meter = metrics.get_meter(_NAME, meter_provider=meter_provider)
        self._duration = meter.create_histogram(
            "messaging.client.operation.duration", "s", "Time that sending or receiving took."
        )
        self._sent = meter.create_counter("messaging.client.sent.messages", "{message}", "Messages sent.")
        self._consumed = meter.create_counter("messaging.client.consumed.messages", "{message}", "Messages received.")

    def sending(self, sending: Sending) -> _Send:
        """Begin to follow a send; puts the span's context into its properties, unless they hold one."""
        attributes = _common(sending.broker_addr, sending.client_id, sending.namespace)
        attributes |= {
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": sending.queue.topic,
            "messaging.destination.partition.id": str(sending.queue.queue_id),
        }
        described = attributes | _described(sending)
        parent = propagate.extract(sending.properties)
        links = _links(parent)
        span = self._tracer.start_span(
            f"send {sending.queue.topic}", kind=SpanKind.PRODUCER, attributes=described, links=links
        )
        if not links:
            propagate.inject(sending.properties, trace.set_span_in_context(span))
        return _Send(self, span, attributes, sending.message_count or 1)

    def receiving(self, receiving: Receiving) -> _Receive:
        """Begin to follow a pull or a pop."""
        return _Receive(self, receiving, otel_context.get_current())

    @contextmanager
    def processing(self, message: MessageExt, consumer_group: str) -> Generator[Span]:
        """Make what the block does with a message a consumer's span, and the current one.

        It is linked to the span of the send; where there is no current span it is its child besides. What the block
        raises is recorded, and goes on.

        Args:
            message: The message.
            consumer_group: The group that it is processed for.

        Example:
            ```python
            for message in client.iter_messages("billing", "orders", 0, stop_at="end"):
                with telemetry.processing(message, "billing"):
                    bill(message)
            ```
        """
        sent_in = propagate.extract(message.properties, context=otel_context.Context())
        parent = None if trace.get_current_span().get_span_context().is_valid else sent_in
        attributes: dict[str, AttributeValue] = {
            "messaging.system": "rocketmq",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": message.topic,
            "messaging.destination.partition.id": str(message.queue_id),
            "messaging.consumer.group.name": consumer_group,
            "messaging.message.id": message.msg_id,
            "messaging.message.body.size": len(message.body),
        }
        if message.tags is not None:
            attributes["messaging.rocketmq.message.tag"] = message.tags
        if message.keys:
            attributes["messaging.rocketmq.message.keys"] = list(message.keys)
        with self._tracer.start_as_current_span(
            f"process {message.topic}", parent, SpanKind.CONSUMER, attributes, _links(sent_in)
        ) as span:
            yield span


class _Send:
    """Follows one send."""

    def __init__(self, owner: OpenTelemetry, span: Span, attributes: dict[str, AttributeValue], count: int) -> None:
        self._owner = owner
        self._span = span
        self._attributes = attributes
        self._count = count
        self._started = time_ns()

    def succeeded(self, result: SendMessageResult | None) -> None:
        """End the span, with what the broker said."""
        if result is not None:
            self._span.set_attribute("messaging.message.id", result.msg_id)
            self._span.set_attribute("messaging.destination.partition.id", str(result.message_queue.queue_id))
            self._span.set_attribute("messaging.rocketmq.send.status", result.status.name)
        self._end(self._attributes)

    def failed(self, error: BaseException) -> None:
        """End the span, with the error."""
        _note_error(self._span, error)
        self._end(self._attributes | {"error.type": type(error).__name__})

    def _end(self, attributes: dict[str, AttributeValue]) -> None:
        self._span.end()
        self._owner._sent.add(self._count, attributes)
        self._owner._duration.record((time_ns() - self._started) / 1e9, attributes)


class _Receive:
    """Follows one pull or pop; its span is made when there is something to tell."""

    def __init__(self, owner: OpenTelemetry, receiving: Receiving, context: Context) -> None:
        self._owner = owner
        self._receiving = receiving
        self._context = context
        self._name = "pop" if receiving.operation.startswith("pop") else "pull"
        self._attributes = _common(receiving.broker_addr, receiving.client_id, receiving.namespace) | {
            "messaging.operation.name": self._name,
            "messaging.operation.type": "receive",
            "messaging.destination.name": receiving.topic,
            "messaging.destination.partition.id": str(receiving.queue_id),
            "messaging.consumer.group.name": receiving.consumer_group,
        }

    def succeeded(self, result: PullMessageResult | PopMessageResult) -> None:
        """Make the span of a pull that has found messages."""
        if not result.messages:
            return
        nowhere = otel_context.Context()
        links = [link for message in result.messages for link in _links(propagate.extract(message.properties, nowhere))]
        count = len(result.messages)
        self._span({"messaging.batch.message_count": count}, links).end()
        self._owner._consumed.add(count, self._attributes)
        self._record(self._attributes)

    def failed(self, error: BaseException) -> None:
        """Make the span of a pull that has failed."""
        span = self._span({}, [])
        _note_error(span, error)
        span.end()
        self._record(self._attributes | {"error.type": type(error).__name__})

    def _span(self, more: dict[str, AttributeValue], links: list[Link]) -> Span:
        return self._owner._tracer.start_span(
            f"{self._name} {self._receiving.topic}",
            self._context,
            SpanKind.CLIENT,
            self._attributes | more,
            links,
            self._receiving.started,
        )

    def _record(self, attributes: dict[str, AttributeValue]) -> None:
        self._owner._duration.record((time_ns() - self._receiving.started) / 1e9, attributes)


def _common(broker_addr: str, client_id: str, namespace: str | None) -> dict[str, AttributeValue]:
    server = Address.parse(broker_addr)
    attributes: dict[str, AttributeValue] = {
        "messaging.system": "rocketmq",
        "messaging.client.id": client_id,
        "server.address": server.host,
        "server.port": server.port,
    }
    if namespace is not None:
        attributes["messaging.rocketmq.namespace"] = namespace
    return attributes


def _described(sending: Sending) -> dict[str, AttributeValue]:
    """Return what a span tells of a message beside what metrics tell of all."""
    options, properties = sending.options, sending.properties
    keys: object = options.get("keys")
    if isinstance(keys, str):
        keys = keys.split()
    elif not isinstance(keys, Sequence):
        keys = None  # what can be gone through only once is the send's own
    found: dict[str, AttributeValue | None] = {
        "messaging.rocketmq.client_group": sending.producer_group,
        "messaging.message.body.size": sending.body_size,
        "messaging.batch.message_count": sending.message_count,
        "messaging.rocketmq.message.tag": options.get("tags") or properties.get(PropertyName.TAGS),
        "messaging.rocketmq.message.keys": cast("Sequence[str] | None", keys),
        "messaging.rocketmq.message.group": options.get("sharding_key"),
        "messaging.rocketmq.message.delay_time_level": options.get("delay_level"),
        "messaging.rocketmq.message.type": sending.kind,
    }
    return {name: value for name, value in found.items() if value is not None}


def _links(context: Context) -> list[Link]:
    found = trace.get_current_span(context).get_span_context()
    return [Link(found)] if found.is_valid and found.is_remote else []


def _note_error(span: Span, error: BaseException) -> None:
    span.set_attribute("error.type", type(error).__name__)
    if isinstance(error, BrokerError) and error.response_code is not None:
        span.set_attribute("messaging.rocketmq.response_code", error.response_code)
    span.record_exception(error)
    span.set_status(Status(StatusCode.ERROR, str(error)))
