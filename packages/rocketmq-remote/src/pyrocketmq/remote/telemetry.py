"""`Telemetry`: metrics and spans of the transport for OpenTelemetry. Needs the extra `otel`; uses its API alone.

Numbers that the remotes count anyway are read when a reader collects, so they cost calls nothing. Only the duration of
requests and the spans need a look at each call. The spans here are those of the transport: one for each request, a
child of whatever span is current, so of those that clients open for messages.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakSet

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, MeterProvider, NoOpMeterProvider, Observation
from opentelemetry.trace import NoOpTracerProvider, SpanKind, Status, StatusCode, TracerProvider

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import fork
from pyrocketmq.remote.metrics import Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.calls import Call
    from pyrocketmq.remote.metrics import Measured, Pooled, RemoteMetrics
    from pyrocketmq.remote.pool_policy import PoolMetrics

_SCOPE: Final = "pyrocketmq.remote"
_SYSTEM: Final = "rocketmq"

_NO_METERS: Final = NoOpMeterProvider()
_NO_TRACERS: Final = NoOpTracerProvider()

Attributes: TypeAlias = dict[str, str | int | bool]
RemoteReading: TypeAlias = "Callable[[RemoteMetrics], Iterable[tuple[int, Attributes]]]"
PoolReading: TypeAlias = "Callable[[PoolMetrics], Iterable[tuple[int, Attributes]]]"

_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_COUNTERS: Final[dict[str, tuple[str, str, RemoteReading]]] = {
    "rocketmq.client.requests": ("{request}", "Requests sent", lambda m: [(m.requests + m.oneways, {})]),
    "rocketmq.client.responses": ("{response}", "Answers received", lambda m: [(m.responses, {})]),
    "rocketmq.client.timeouts": ("{request}", "Requests without an answer in time", lambda m: [(m.timeouts, {})]),
    "rocketmq.client.resends": ("{request}", "Requests repeated after GO_AWAY", lambda m: [(m.resends, {})]),
    "rocketmq.client.late_responses": ("{response}", "Answers nobody waited for", lambda m: [(m.late_answers, {})]),
    "rocketmq.client.pushes": ("{request}", "Requests received from servers", lambda m: [(m.pushes, {})]),
    "rocketmq.client.connections.opened": ("{connection}", "Connections opened", lambda m: [(m.connects, {})]),
    "rocketmq.client.connections.failed": ("{attempt}", "Attempts that failed", lambda m: [(m.connect_failures, {})]),
    "rocketmq.client.connections.lost": ("{connection}", "Connections lost", lambda m: [(m.losses, {})]),
    "rocketmq.client.network.io": (
        "By",
        "Bytes sent and received",
        lambda m: [
            (m.bytes_out, {"network.io.direction": "transmit"}),
            (m.bytes_in, {"network.io.direction": "receive"}),
        ],
    ),
}
_STATES: Final[dict[str, tuple[str, str, RemoteReading]]] = {
    "rocketmq.client.requests.in_flight": ("{request}", "Requests without an answer yet", lambda m: [(m.in_flight, {})])
}
_POOL_STATES: Final[dict[str, tuple[str, str, PoolReading]]] = {
    "rocketmq.client.pool.connections": (
        "{connection}",
        "Connections of pools",
        lambda m: [
            (m.idle, {"state": "idle"}),
            (m.connections - m.idle, {"state": "used"}),
        ],
    ),
    "rocketmq.client.pool.leases": ("{lease}", "Holders of connections", lambda m: [(m.leases, {})]),
    "rocketmq.client.pool.waiting": ("{holder}", "Who waits for a connection", lambda m: [(m.waiting, {})]),
}


class Telemetry:
    """Where metrics and spans go.

    Remotes and pools that have it in their config report to it. Make one for each pair of providers, and share it.

    Args:
        meter_provider: For metrics; by default the application's.
        tracer_provider: For spans; by default the application's.

    Example:
        ```python
        from pyrocketmq.remote.telemetry import Telemetry

        client = create_broker_client("localhost:10911", telemetry=Telemetry(tracer_provider=my_provider))
        ```
    """

    def __init__(
        self, *, meter_provider: MeterProvider | None = None, tracer_provider: TracerProvider | None = None
    ) -> None:
        self._tracer = trace.get_tracer(_SCOPE, tracer_provider=tracer_provider)
        self._lock = fork.Lock()  # readers of metrics are threads, which may collect while the process forks
        self._remotes: dict[Address, Totals] = {}
        self._pools: WeakSet[Pooled] = WeakSet()
        meter = metrics.get_meter(_SCOPE, meter_provider=meter_provider)
        self._duration = meter.create_histogram(
            "rocketmq.client.request.duration",
            unit="s",
            description="Duration of requests, opening a connection included",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        for name, (unit, text, reading) in _COUNTERS.items():
            meter.create_observable_counter(name, [self._of_remotes(reading)], unit=unit, description=text)
        for name, (unit, text, reading) in _STATES.items():
            meter.create_observable_up_down_counter(name, [self._of_remotes(reading)], unit=unit, description=text)
        for name, (unit, text, pool_reading) in _POOL_STATES.items():
            meter.create_observable_up_down_counter(name, [self._of_pools(pool_reading)], unit=unit, description=text)

    def watch_remote(self, remote: Measured) -> None:
        """Report what a remote counts."""
        with self._lock:
            totals = self._remotes.setdefault(remote.address, Totals())
        totals.add(remote)

    def watch_pool(self, pool: Pooled) -> None:
        """Report what a pool counts."""
        with self._lock:
            self._pools.add(pool)

    @contextmanager
    def observe(self, call: Call) -> Generator[None]:
        """Measure a call and make a span of it; a call hook."""
        attributes = {"rpc.system": _SYSTEM, "rpc.method": call.operation, **_attributes_of(call.address)}
        outcome: Attributes = {}
        started = monotonic()
        with self._tracer.start_as_current_span(
            call.operation, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                outcome = {"error.type": type(error).__qualname__}
                span.set_status(Status(StatusCode.ERROR, str(error)))
                raise
            else:
                outcome = _outcome_of(call)
                if "error.type" in outcome:
                    assert call.answer is not None
                    span.set_status(Status(StatusCode.ERROR, call.answer.remark))
            finally:
                span.set_attributes(outcome)
                self._duration.record(monotonic() - started, {**attributes, **outcome})

    def _of_remotes(self, reading: RemoteReading) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(options: CallbackOptions) -> Iterable[Observation]:
            with self._lock:
                remotes = list(self._remotes.items())
            for address, totals in remotes:
                for value, attributes in reading(totals.total()):
                    yield Observation(value, {**_attributes_of(address), **attributes})

        return observe

    def _of_pools(self, reading: PoolReading) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(options: CallbackOptions) -> Iterable[Observation]:
            with self._lock:
                pools = list(self._pools)
            by_address: dict[Address, list[PoolMetrics]] = {}
            for pool in pools:
                by_address.setdefault(pool.address, []).append(pool.metrics)
            for address, parts in by_address.items():
                # Each part has the same states in the same order.
                for values in zip(*(reading(part) for part in parts), strict=True):
                    yield Observation(sum(value for value, _ in values), {**_attributes_of(address), **values[0][1]})

        return observe


@cache
def _shared(meter_provider: MeterProvider | None, tracer_provider: TracerProvider | None) -> Telemetry:
    """Return the one `Telemetry` of a pair of providers, so that no instrument is made twice."""
    return Telemetry(meter_provider=meter_provider, tracer_provider=tracer_provider)


def of_application(*, is_wanted: bool) -> Telemetry | None:
    """Return what reports to the application's providers.

    Args:
        is_wanted: Whether to report even where no provider has been set yet. Otherwise that which has none is left
            out, and the result is `None` where both have none.
    """
    if is_wanted:
        return _shared(None, None)
    meters, tracers = metrics.get_meter_provider(), trace.get_tracer_provider()
    if not (_does_something(meters) or _does_something(tracers)):
        return None
    return _shared(
        meters if _does_something(meters) else _NO_METERS,
        tracers if _does_something(tracers) else _NO_TRACERS,
    )


def _does_something(provider: object) -> bool:
    """Whether a provider is none of those that the API itself brings, which drop everything."""
    return not type(provider).__module__.startswith(("opentelemetry.metrics", "opentelemetry.trace"))


def _attributes_of(address: Address) -> Attributes:
    return {"server.address": address.host, "server.port": address.port}


def _outcome_of(call: Call) -> Attributes:
    if call.answer is None:
        return {"rocketmq.oneway": True}
    code = int(call.answer.code)
    outcome: Attributes = {"rpc.response.status_code": str(code)}
    results = (0,) if isinstance(call.request, RemotingCommand) else call.request.RESULTS
    if code not in results:
        outcome["error.type"] = str(code)
    return outcome
