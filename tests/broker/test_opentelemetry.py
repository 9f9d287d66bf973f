"""Spans and metrics of messages, as the application's own SDK sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from broker_helpers import eventually, is_old, needs_5x, pull_all
from pyrocketmq.broker import BrokerResponseError
from pyrocketmq.broker.opentelemetry import OpenTelemetry
from pyrocketmq.model import MessageQueue

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from faces import Face
    from real_rocketmq.pytest_plugin import Server


class Seen:
    """What reaches the SDK."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.telemetry = OpenTelemetry(provider, MeterProvider([self._reader]))

    def spans(self, name: str) -> list[ReadableSpan]:
        return [span for span in self._exporter.get_finished_spans() if span.name == name]

    def points(self, name: str) -> list[Any]:
        data = self._reader.get_metrics_data()
        assert data is not None
        return [
            point
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.mark.real
async def test_a_message_is_followed_from_end_to_end(
    face: Face, server: Server, seen: Seen, group: str, topic: str, mq: MessageQueue
) -> None:
    async with await face.client(server.broker_address, message_telemetry=seen.telemetry) as client:
        sent = await client.sync_send_message(group, b"hello", mq, {"color": "red"}, tags="paid", keys=["17", "18"])
        (message,) = await pull_all(client, group, topic, 1)
        with seen.telemetry.processing(message, group):
            pass
    (send,) = seen.spans(f"send {topic}")
    assert send.kind is SpanKind.PRODUCER
    host, _, port = server.broker_address.rpartition(":")
    expected = {
        "messaging.system": "rocketmq",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": "0",
        "messaging.message.id": sent.msg_id,
        "messaging.message.body.size": 5,
        "messaging.rocketmq.client_group": group,
        "messaging.rocketmq.message.tag": "paid",
        "messaging.rocketmq.message.keys": ("17", "18"),
        "messaging.rocketmq.message.type": "normal",
        "server.address": host,
        "server.port": int(port),
    }
    assert dict(send.attributes or {}) | expected == dict(send.attributes or {})
    assert message.properties["color"] == "red"
    assert f"{send.context.trace_id:032x}-{send.context.span_id:016x}" in message.properties["traceparent"]
    (receive,) = seen.spans(f"pull {topic}")
    assert receive.kind is SpanKind.CLIENT
    assert [link.context.span_id for link in receive.links] == [send.context.span_id]
    (process,) = seen.spans(f"process {topic}")
    assert process.kind is SpanKind.CONSUMER
    assert process.parent is not None
    assert process.parent.span_id == send.context.span_id
    (count,) = seen.points("messaging.client.sent.messages")
    assert count.value == 1
    assert {p.attributes["messaging.operation.type"] for p in seen.points("messaging.client.operation.duration")} == {
        "send",
        "receive",
    }


async def test_every_message_of_a_batch_carries_the_context(
    face: Face, server: Server, seen: Seen, group: str, topic: str, mq: MessageQueue
) -> None:
    async with await face.client(server.broker_address, message_telemetry=seen.telemetry) as client:
        await client.sync_batch_send_message(group, [b"one", b"two"], mq)
        messages = await pull_all(client, group, topic, 2)
    (send,) = seen.spans(f"send {topic}")
    assert (send.attributes or {})["messaging.batch.message_count"] == 2
    assert len({message.properties["traceparent"] for message in messages}) == 1


async def test_a_context_that_is_there_is_kept(
    face: Face, server: Server, seen: Seen, group: str, topic: str, mq: MessageQueue
) -> None:
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    properties = {"traceparent": given}
    async with await face.client(server.broker_address, message_telemetry=seen.telemetry) as client:
        await client.sync_send_message(group, b"x", mq, properties)
        (message,) = await pull_all(client, group, topic, 1)
    assert message.properties["traceparent"] == given
    assert properties == {"traceparent": given}
    (send,) = seen.spans(f"send {topic}")
    assert f"{send.links[0].context.trace_id:032x}" in given


async def test_failures_are_told(face: Face, server: Server, seen: Seen, group: str, topic: str) -> None:
    async with await face.client(server.broker_address, message_telemetry=seen.telemetry) as client:
        with pytest.raises(BrokerResponseError):
            await client.sync_send_message(group, b"x", MessageQueue(topic, server.broker_name, 99))
        with pytest.raises(ValueError, match="empty"):
            await client.sync_send_message(group, b"", MessageQueue(topic, server.broker_name, 0))
        with pytest.raises(TypeError):
            await client.sync_send_message(group, b"x", MessageQueue(topic, server.broker_name, 0), bogus=1)
    refused, *_ = seen.spans(f"send {topic}")
    assert refused.status.status_code is StatusCode.ERROR
    assert (refused.attributes or {})["error.type"] == "BrokerResponseError"


async def test_pops_are_followed(
    face: Face, server: Server, seen: Seen, group: str, topic: str, mq: MessageQueue
) -> None:
    async with await face.client(server.broker_address, message_telemetry=seen.telemetry) as client:
        await client.sync_send_message(group, b"x", mq)
        with needs_5x(server):
            await eventually(lambda: client.pop_message(group, topic, poll_time=1.0), lambda result: result.messages)
    (send,), (pop,) = seen.spans(f"send {topic}"), seen.spans(f"pop {topic}")
    if is_old(server):
        assert (pop.attributes or {})["messaging.rocketmq.response_code"] == 3
    else:
        assert [link.context.span_id for link in pop.links] == [send.context.span_id]


async def test_off_is_off(face: Face, server: Server, group: str, topic: str, mq: MessageQueue) -> None:
    async with await face.client(server.broker_address) as client:
        await client.sync_send_message(group, b"x", mq)
        (message,) = await pull_all(client, group, topic, 1)
    assert "traceparent" not in message.properties
