"""Sides that several cases share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, repeat

from bench import bare, requests
from bench.bare import BareSocket
from bench.blocks import Block, Side, all_at_once, one_by_one
from bench.requests import BATCH_SIZE
from pyrocketmq.model import MessageQueue


def sequential(once: Callable[[], object]) -> Side:
    """Return a side whose calls follow one another."""
    return lambda calls: one_by_one(once, calls)


def threaded(once: Callable[[], object], threads: int) -> Side:
    """Return a side that calls from so many threads at once; none of them is done before all calls are begun."""
    pool = ThreadPoolExecutor(threads, "bench")

    def work(turns: Iterator[int]) -> None:
        for _ in turns:
            once()

    def run(calls: int) -> Block:
        return all_at_once(lambda: list(pool.map(work, [iter(range(calls))] * threads)), calls)

    return run


def bare_sends(sock: BareSocket, mq: MessageQueue) -> Side:
    """Return the bare side that sends one message after the other."""
    return bare.one_at_a_time(sock, repeat(requests.frame_of(requests.send(mq))))


def bare_in_flight(sock: BareSocket, mq: MessageQueue, depth: int) -> Side:
    """Return the bare side that sends with so many in flight."""
    return bare.in_flight(sock, requests.frame_of(requests.send(mq)), depth)


def bare_pulls(sock: BareSocket, mq: MessageQueue, size: int) -> Side:
    """Return the bare side that pulls a queue of this many messages over and over."""
    frames = [requests.frame_of(requests.pull(mq, offset)) for offset in range(0, size, BATCH_SIZE)]
    return bare.one_at_a_time(sock, cycle(frames))


def offsets(size: int) -> Iterator[int]:
    """Return the offsets of pulls of a queue of this many messages, over and over."""
    return cycle(range(0, size, BATCH_SIZE))
