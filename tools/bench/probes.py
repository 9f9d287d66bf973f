"""What is measured by itself, beside nothing: memory, and what an idle connection costs."""

from __future__ import annotations

import asyncio
import resource
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench import requests
from bench.cases import Table
from bench.requests import BODY, GROUP, LARGE_BODY
from bench.stage import Stage
from pyrocketmq.model import MessageExt, RemotingCommand
from pyrocketmq.model.enums import RequestCode

_IDLE_SECONDS: Final = 10.0
_SETTLING_SECONDS: Final = 2.5
_HELD: Final = 10_000


@dataclass(frozen=True)
class Reading:
    """A figure and its limit.

    Attributes:
        title: What was measured, with its unit.
        value: The figure.
        must: What it must not exceed.
        aim: What would be better still.
    """

    title: str
    value: float
    must: float
    aim: float | None = None


@dataclass(frozen=True)
class Probe:
    """A measurement without another side.

    Attributes:
        name: Its name on the command line.
        table: Where it stands on the page.
        take: Takes it.
    """

    name: str
    table: Table
    take: Callable[[Stage], list[Reading]]


def _idle(stage: Stage) -> list[Reading]:
    remote, asynchronous = stage.remote(), stage.async_remote()
    send = requests.send(stage.mq)
    for one in (remote, asynchronous):
        one.register_request_handler(RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, _ignore)
    remote.invoke(send)
    cpu, wake_ups = _use(lambda: time.sleep(_SETTLING_SECONDS), lambda: time.sleep(_IDLE_SECONDS))
    stage.runner.run(asynchronous.invoke(send))
    async_cpu, async_wake_ups = _use(
        lambda: stage.runner.run(asyncio.sleep(_SETTLING_SECONDS)),
        lambda: stage.runner.run(asyncio.sleep(_IDLE_SECONDS)),
    )
    return [
        Reading("idle `Remote` with a handler, % of a core", 100 * cpu, 0.5),
        Reading("the same, times a second that a thread wakes up", wake_ups, 1.0),
        Reading("idle `AsyncRemote` beside it, % of a core", 100 * async_cpu, 0.5),
        Reading("the same, times a second that a thread wakes up", async_wake_ups, 1.0),
    ]


def _ignore(command: RemotingCommand) -> None:
    """Handle a push."""


def _use(settle: Callable[[], object], rest: Callable[[], object]) -> tuple[float, float]:
    """Return the share of a core, and the voluntary context switches a second, while something rests."""
    settle()
    start, switches = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    rest()
    cpu = time.process_time() - start
    # One switch is that of the thread that rests.
    woken = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - switches - 1
    return cpu / _IDLE_SECONDS, woken / _IDLE_SECONDS


def _large_memory(stage: Stage) -> list[Reading]:
    client, mq = stage.client(), stage.large
    size = len(LARGE_BODY)

    def send() -> None:
        client.sync_send_message(GROUP, LARGE_BODY, mq)

    def pull() -> None:
        (message,) = client.pull_message(GROUP, mq.topic, mq.queue_id, 0, 1).messages
        assert len(message.body) == size

    send()
    pull()
    return [
        Reading("sending a body of 4 MiB, peak memory in bodies, its own included", 1 + _peak(send) / size, 3.0),
        Reading("pulling and reading a body of 4 MiB, peak memory in bodies", _peak(pull) / size, 3.0),
    ]


def _peak(work: Callable[[], None]) -> float:
    """Return how many bytes more than before are in use at worst."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most - before


def _held_memory(stage: Stage) -> list[Reading]:
    client, mq = stage.client(), stage.filled
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    held: list[MessageExt] = []
    while len(held) < _HELD:
        held += client.pull_message(GROUP, mq.topic, mq.queue_id, len(held)).messages
    as_pulled, _ = tracemalloc.get_traced_memory()
    for message in held:
        _ = message.body, message.properties
    as_read, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = len(held) * len(BODY)
    title = f"memory for {_HELD:,} pulled messages of 1 KiB, in times their bodies"
    return [
        Reading(title, (as_pulled - before) / size, 3.0, 2.0),
        Reading("the same, bodies and properties read", (as_read - before) / size, 3.0, 2.0),
    ]


PROBES: Final = (
    Probe("large-memory", Table.TRANSPORT, _large_memory),
    Probe("idle", Table.TRANSPORT, _idle),
    Probe("client-memory", Table.CLIENTS, _held_memory),
)
