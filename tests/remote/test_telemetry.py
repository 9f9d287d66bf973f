"""OpenTelemetry: metrics and spans of the transport, and what happens without it, on both sides."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, get_current_span
from scripted_server import ignore

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.requests import PullMessage
from pyrocketmq.model.requests.offset import GetMaxOffset
from pyrocketmq.remote import Remote, RemoteConfig, RemoteConnectionError, RemoteTimeoutError
from pyrocketmq.remote.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer


class Collected:
    """Telemetry with providers of its own, and what has come of it."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self._exporter = InMemorySpanExporter()
        self.meters = MeterProvider([self._reader])
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.telemetry = Telemetry(meter_provider=self.meters, tracer_provider=self.tracers)

    def points(self, name: str) -> list[Any]:
        data = self._reader.get_metrics_data()
        if data is None:
            return []
        found = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics if m.name == name]
        return [point for metric in found for point in metric.data.data_points]

    def value(self, name: str, **attributes: object) -> object:
        dotted = {key.replace("_", "."): value for key, value in attributes.items()}
        (point,) = [p for p in self.points(name) if dotted.items() <= p.attributes.items()]
        return point.value

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()


@pytest.fixture
def collected() -> Iterator[Collected]:
    collected = Collected()
    yield collected
    collected.meters.shutdown()
    collected.tracers.shutdown()


async def test_span_of_a_request(driver: Driver, server: ScriptedServer, collected: Collected) -> None:
    remote = driver.remote(server.address, telemetry=collected.telemetry)
    await remote.invoke(GetMaxOffset(topic="orders", queue_id=3))
    (span,) = collected.spans
    assert (span.name, span.kind) == ("GET_MAX_OFFSET", SpanKind.CLIENT)
    assert dict(span.attributes or {}) == {
        "rpc.system": "rocketmq",
        "rpc.method": "GET_MAX_OFFSET",
        "rpc.response.status_code": "0",
        "server.address": "127.0.0.1",
        "server.port": server.port,
    }
    assert span.status.status_code is StatusCode.UNSET


async def test_requests_see_their_span(driver: Driver, server: ScriptedServer, collected: Collected) -> None:
    """So that a request hook can put its context into the request."""
    seen: list[int] = []

    def hook(command: RemotingCommand) -> None:
        seen.append(get_current_span().get_span_context().span_id)

    remote = driver.remote(server.address, telemetry=collected.telemetry, request_hooks=(hook,))
    await asyncio.gather(*(remote.invoke(RemotingCommand(code)) for code in range(5)))
    assert sorted(seen) == sorted(span.context.span_id for span in collected.spans)


async def test_child_of_the_span_that_is_current(server: ScriptedServer, collected: Collected) -> None:
    config = RemoteConfig(telemetry=collected.telemetry)
    with collected.tracers.get_tracer("test").start_as_current_span("outer") as outer:
        with Remote(server.address, config) as remote:
            remote.invoke(RemotingCommand(1))
    inner = collected.spans[0]
    assert inner.parent is not None
    assert inner.parent.span_id == outer.get_span_context().span_id


async def test_failures(driver: Driver, serve: Callable[..., ScriptedServer], collected: Collected) -> None:
    def script(peer: Peer, request: RemotingCommand) -> None:
        if request.code == RequestCode.PULL_MESSAGE:
            peer.answer(request, 19)
        elif request.code == 1:
            peer.answer(request, 17)
        elif request.code == 2:
            peer.close()

    server = serve(script)
    remote = driver.remote(server.address, telemetry=collected.telemetry)
    await remote.invoke(
        PullMessage(
            consumer_group="g",
            topic="t",
            queue_id=0,
            queue_offset=0,
            max_msg_nums=1,
            sys_flag=0,
            commit_offset=0,
            suspend_timeout_millis=0,
            sub_version=0,
        )
    )
    await remote.invoke(RemotingCommand(1))
    with pytest.raises(RemoteTimeoutError):
        await remote.invoke(RemotingCommand(3), timeout=0.02)
    with pytest.raises(RemoteConnectionError):
        await remote.invoke(RemotingCommand(2))
    errors = [(span.attributes or {}).get("error.type") for span in collected.spans]
    assert errors == [None, "17", "RemoteTimeoutError", "RemoteConnectionError"]
    assert [span.status.status_code is StatusCode.ERROR for span in collected.spans] == [False, True, True, True]
    counts = {p.attributes.get("error.type"): p.count for p in collected.points("rocketmq.client.request.duration")}
    assert counts == {None: 1, "17": 1, "RemoteTimeoutError": 1, "RemoteConnectionError": 1}
    assert collected.value("rocketmq.client.timeouts") == 1
    assert collected.value("rocketmq.client.connections.lost") == 1


async def test_oneway(driver: Driver, server: ScriptedServer, collected: Collected) -> None:
    remote = driver.remote(server.address, telemetry=collected.telemetry)
    await remote.invoke_oneway(RemotingCommand(1))
    assert (collected.spans[0].attributes or {})["rocketmq.oneway"] is True


async def test_numbers_are_those_of_the_remotes(
    driver: Driver, serve: Callable[..., ScriptedServer], collected: Collected
) -> None:
    server = serve()
    remotes = [driver.remote(server.address, telemetry=collected.telemetry) for _ in range(2)]
    for remote in remotes:
        await remote.invoke(RemotingCommand(1))
    server.script = ignore
    call = asyncio.ensure_future(remotes[0].invoke(RemotingCommand(2)))
    await server.wait_for_requests(3)
    assert collected.value("rocketmq.client.requests.in_flight") == 1
    await remotes[0].close()
    await asyncio.gather(call, return_exceptions=True)
    assert collected.value("rocketmq.client.requests.in_flight") == 0
    assert collected.value("rocketmq.client.requests", server_port=server.port) == 3
    assert collected.value("rocketmq.client.responses") == 2
    assert collected.value("rocketmq.client.connections.opened") == 2
    sent = sum(remote.metrics.bytes_out for remote in remotes)
    assert collected.value("rocketmq.client.network.io", network_io_direction="transmit") == sent


def test_remotes_that_are_gone_stay_counted(server: ScriptedServer, collected: Collected) -> None:
    for number in range(1, 4):
        with Remote(server.address, RemoteConfig(telemetry=collected.telemetry)) as remote:
            remote.invoke(RemotingCommand(1))
        del remote
        assert collected.value("rocketmq.client.responses") == number


async def test_pool(driver: Driver, server: ScriptedServer, collected: Collected) -> None:
    pool = driver.pool(server.address, max_connections=2, telemetry=collected.telemetry)
    leases = [await pool.acquire() for _ in range(3)]
    assert collected.value("rocketmq.client.pool.leases") == 3
    assert collected.value("rocketmq.client.pool.connections", state="used") == 2
    for lease in leases:
        result = pool.release(lease)
        if result is not None:
            await result
    assert collected.value("rocketmq.client.pool.connections", state="idle") == 2


def run(script: str, address: str) -> None:
    """Run a script in a process of its own, where providers can be set for good."""
    prelude = "import sys; from pyrocketmq.model.command import RemotingCommand; from pyrocketmq.remote import *\n"
    done = subprocess.run(
        [sys.executable, "-c", prelude + script, address], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr


def test_providers_of_the_application(server: ScriptedServer) -> None:
    run(
        """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
exporter = InMemorySpanExporter()
def call(**settings):
    with Remote(sys.argv[1], RemoteConfig(**settings)) as remote:
        remote.invoke(RemotingCommand(1))
        return remote
assert call()._call_hooks == (), "nothing is set yet"
call(telemetry=True)
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
call()
call(telemetry=True)
call(telemetry=False)
assert len(exporter.get_finished_spans()) == 2
""",
        server.address,
    )


def test_without_opentelemetry(server: ScriptedServer) -> None:
    run(
        """
sys.modules["opentelemetry.metrics"] = None
with Remote(sys.argv[1], RemoteConfig()) as remote:
    remote.invoke(RemotingCommand(1))
assert "opentelemetry" not in sys.modules, "it was imported though nobody asked for it"
try:
    Remote(sys.argv[1], RemoteConfig(telemetry=True))
except ImportError as error:
    assert "rocketmq-remote[otel]" in str(error)
else:
    raise AssertionError
""",
        server.address,
    )
