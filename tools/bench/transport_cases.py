"""The transport beside a bare socket: `Remote` and `AsyncRemote` as users get them by default."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import repeat
from typing import Final

from bench import asynchronous, bare, requests, sides
from bench.blocks import Side
from bench.cases import BARE, DURATION, OURS, P50, RATE, SEVERAL, Case, Goal, Table
from bench.stage import Stage, unverified_tls

THREADS: Final = 16
IN_FLIGHT: Final = 256

_ONE_THREAD: Final = "one thread"


def _sync(stage: Stage) -> Mapping[str, Side]:
    remote, request = stage.remote(), requests.send(stage.mq)
    return {
        BARE: sides.bare_sends(stage.bare(), stage.mq),
        OURS: sides.sequential(lambda: remote.invoke(request)),
    }


def _threads(stage: Stage) -> Mapping[str, Side]:
    remote, other, request = stage.remote(), stage.remote(), requests.send(stage.mq)
    return {
        BARE: sides.bare_in_flight(stage.bare(), stage.mq, THREADS),
        OURS: sides.threaded(lambda: remote.invoke(request), THREADS),
        _ONE_THREAD: sides.sequential(lambda: other.invoke(request)),
    }


def _async_many(stage: Stage) -> Mapping[str, Side]:
    remote, request = stage.async_remote(), requests.send(stage.mq)
    return {
        BARE: sides.bare_in_flight(stage.bare(), stage.mq, IN_FLIGHT),
        OURS: asynchronous.in_flight(stage.runner, lambda: remote.invoke(request), IN_FLIGHT),
    }


def _async_one(stage: Stage) -> Mapping[str, Side]:
    remote, request = stage.async_remote(), requests.send(stage.mq)
    return {
        BARE: sides.bare_sends(stage.bare(), stage.mq),
        OURS: asynchronous.one_by_one(stage.runner, lambda: remote.invoke(request)),
    }


def _tls(stage: Stage) -> Mapping[str, Side]:
    remote, request = stage.async_remote(unverified_tls()), requests.send(stage.mq)
    return {
        BARE: sides.bare_in_flight(stage.bare(unverified_tls()), stage.mq, IN_FLIGHT),
        OURS: asynchronous.in_flight(stage.runner, lambda: remote.invoke(request), IN_FLIGHT),
    }


def _large_sends(stage: Stage) -> Mapping[str, Side]:
    remote, request = stage.remote(), requests.send(stage.large, requests.LARGE_BODY)
    return {
        BARE: bare.one_at_a_time(stage.bare(), repeat(requests.frame_of(request))),
        OURS: sides.sequential(lambda: remote.invoke(request)),
    }


def _large_pulls(stage: Stage) -> Mapping[str, Side]:
    sock, remote, request = stage.bare(), stage.remote(), requests.pull(stage.large, 0, 1)
    frame = requests.frame_of(request)
    remote.invoke(requests.send(stage.large, requests.LARGE_BODY))
    return {
        BARE: sides.sequential(lambda: sock.fetch(frame)),
        OURS: sides.sequential(lambda: remote.invoke(request)),
    }


_T: Final = Table.TRANSPORT

CASES: Final = (
    Case(
        "sync",
        _T,
        "sync call, one thread, p50",
        P50,
        _sync,
        300,
        (Goal(BARE, 1.2, 1.1),),
        3000,
        400,
        connections=SEVERAL,
    ),
    Case(
        "threads",
        _T,
        "sync calls, 16 threads, one connection, rate",
        RATE,
        _threads,
        4000,
        (Goal(BARE, 0.45, 0.5), Goal(_ONE_THREAD, 2.0)),
        8000,
        200,
    ),
    Case("async-many", _T, "async, 256 in flight, rate", RATE, _async_many, 6000, (Goal(BARE, 0.7, 0.9),), 20000, 100),
    Case(
        "async-one",
        _T,
        "async, one in flight, p50",
        P50,
        _async_one,
        300,
        (Goal(BARE, 1.3, 1.15),),
        3000,
        400,
        connections=SEVERAL,
    ),
    Case("large-send", _T, "4 MiB bodies sent, time", DURATION, _large_sends, 8, (Goal(BARE, 1.2),), 20, 240),
    Case("large-pull", _T, "4 MiB bodies pulled, time", DURATION, _large_pulls, 8, (Goal(BARE, 1.2),), 20, 60),
    Case("tls", _T, "TLS, async, 256 in flight, rate", RATE, _tls, 6000, (Goal(BARE, 0.6),), 20000, 60),
)
