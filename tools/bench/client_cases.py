"""The public clients beside a bare socket and the Java client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Final

from bench import asynchronous, bare, requests, sides
from bench.blocks import Block, Side, all_at_once
from bench.cases import BARE, JAVA, OURS, P50, RATE, SEVERAL, Case, Goal, Table
from bench.requests import BATCH_SIZE, BODY, GROUP
from bench.stage import PULLABLE, Stage
from bench.transport_cases import IN_FLIGHT, THREADS
from pyrocketmq.model import MessageExt


def _sync(stage: Stage) -> Mapping[str, Side]:
    client, mq = stage.client(), stage.mq
    return {
        BARE: sides.bare_sends(stage.bare(), mq),
        OURS: sides.sequential(lambda: client.sync_send_message(GROUP, BODY, mq)),
        JAVA: stage.java.side("sync"),
    }


def _threads(stage: Stage) -> Mapping[str, Side]:
    client, mq = stage.client(), stage.mq
    return {
        BARE: sides.bare_in_flight(stage.bare(), mq, THREADS),
        OURS: sides.threaded(lambda: client.sync_send_message(GROUP, BODY, mq), THREADS),
        JAVA: stage.java.side("threads"),
    }


def _async_many(stage: Stage) -> Mapping[str, Side]:
    client, mq = stage.async_client(), stage.mq
    return {
        BARE: sides.bare_in_flight(stage.bare(), mq, IN_FLIGHT),
        OURS: asynchronous.in_flight(stage.runner, lambda: client.sync_send_message(GROUP, BODY, mq), IN_FLIGHT),
        JAVA: stage.java.side("async"),
    }


def _async_one(stage: Stage) -> Mapping[str, Side]:
    client, mq = stage.async_client(), stage.mq
    return {
        BARE: sides.bare_sends(stage.bare(), mq),
        OURS: asynchronous.one_by_one(stage.runner, lambda: client.sync_send_message(GROUP, BODY, mq)),
    }


def _batch(stage: Stage) -> Mapping[str, Side]:
    client, mq = stage.client(), stage.mq
    frame = requests.frame_of(requests.send_batch(mq))
    return {
        BARE: bare.one_at_a_time(stage.bare(), repeat(frame)),
        OURS: sides.sequential(lambda: client.sync_batch_send_message(GROUP, requests.batch_for(mq), mq)),
        JAVA: stage.java.side("batch"),
    }


def _pull(stage: Stage) -> Mapping[str, Side]:
    client, mq, offsets = stage.client(), stage.filled, sides.offsets(PULLABLE)
    return {
        BARE: sides.bare_pulls(stage.bare(), mq, PULLABLE),
        OURS: sides.sequential(
            lambda: _read(client.pull_message(GROUP, mq.topic, mq.queue_id, next(offsets)).messages)
        ),
        JAVA: stage.java.side("pull"),
    }


def _iterate(stage: Stage) -> Mapping[str, Side]:
    client, mq = stage.client(), stage.filled

    def run(calls: int) -> Block:
        messages = client.iter_messages(GROUP, mq.topic, mq.queue_id, stop_at=calls * BATCH_SIZE)
        return all_at_once(lambda: _read(messages), calls)

    return {
        BARE: sides.bare_pulls(stage.bare(), mq, PULLABLE),
        OURS: run,
        JAVA: stage.java.side("pull"),
    }


def _iterate_async(stage: Stage) -> Mapping[str, Side]:
    client, mq = stage.async_client(), stage.filled

    async def read(calls: int) -> None:
        async for message in client.iter_messages(GROUP, mq.topic, mq.queue_id, stop_at=calls * BATCH_SIZE):
            _ = message.body, message.properties

    return {
        BARE: sides.bare_pulls(stage.bare(), mq, PULLABLE),
        OURS: lambda calls: all_at_once(lambda: stage.runner.run(read(calls)), calls),
        JAVA: stage.java.side("pull"),
    }


def _read(messages: Iterable[MessageExt]) -> None:
    for message in messages:
        _ = message.body, message.properties


_T: Final = Table.CLIENTS
_PULLS: Final = PULLABLE // BATCH_SIZE // 2  # of a block

CASES: Final = (
    Case(
        "client-sync",
        _T,
        "`sync_send_message`, one thread, p50",
        P50,
        _sync,
        300,
        (Goal(BARE, 1.25), Goal(JAVA, None, 1.0)),
        3000,
        400,
        connections=SEVERAL,
    ),
    Case(
        "client-threads",
        _T,
        "sync sends, 16 threads, one client, rate",
        RATE,
        _threads,
        4000,
        (Goal(BARE, 0.35), Goal(JAVA, None, 1.0)),
        8000,
        200,
    ),
    Case(
        "client-async-many",
        _T,
        "async send, 256 in flight, rate",
        RATE,
        _async_many,
        6000,
        (Goal(BARE, 0.6), Goal(JAVA, 1.5, 2.0)),
        20000,
        100,
    ),
    Case(
        "client-async-one",
        _T,
        "async send, one in flight, p50",
        P50,
        _async_one,
        300,
        (Goal(BARE, 1.4, 1.2),),
        3000,
        400,
        connections=SEVERAL,
    ),
    Case(
        "client-batch",
        _T,
        "batches of 32, one caller, rate",
        RATE,
        _batch,
        200,
        (Goal(BARE, 0.7), Goal(JAVA, None, 1.2)),
        1000,
        200,
        BATCH_SIZE,
        connections=SEVERAL,
    ),
    Case(
        "client-pull",
        _T,
        "pull by 32, bodies and properties read, rate",
        RATE,
        _pull,
        _PULLS,
        (Goal(BARE, 0.55, 0.65), Goal(JAVA, None)),
        1000,
        200,
        BATCH_SIZE,
        connections=SEVERAL,
    ),
    Case(
        "client-iterate",
        _T,
        "the same through `for ... in iter_messages`, rate",
        RATE,
        _iterate,
        _PULLS,
        (Goal(BARE, 0.8, 1.0), Goal(JAVA, 1.0)),
        _PULLS,
        200,
        BATCH_SIZE,
    ),
    Case(
        "client-iterate-async",
        _T,
        "the same through `async for ... in iter_messages`, rate",
        RATE,
        _iterate_async,
        _PULLS,
        (Goal(BARE, 0.8, 1.0), Goal(JAVA, 1.0)),
        _PULLS,
        200,
        BATCH_SIZE,
    ),
)
