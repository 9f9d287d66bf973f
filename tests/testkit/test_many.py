"""Many fakes at once, which restart and misbehave on request: nothing clashes, leaks, gets lost or doubled.

The ordinary run takes a few; `-m many` takes 200 in one process, in each worker: `uv run pytest -m many -n 8`.
"""

from __future__ import annotations

import gc
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest
from requests_of import pull, send
from wire_client import WireClient

from pyrocketmq.model.requests import GetMaxOffset
from pyrocketmq.testkit import FakeBroker, Fault

ROUNDS: Final = 5
LOST: Final = (ConnectionError, TimeoutError)
HANDLES: Final = Path("/proc/self/fd")
# Where Linux lists what is open; elsewhere the interpreter's own warnings, which are errors here, tell of sockets.


def exercise(broker: FakeBroker, seed: int) -> tuple[list[bytes], list[bytes]]:
    """Send until everything was accepted, through faults and restarts.

    Returns:
        The bodies that the script stored, in order, twice where it made that happen, and those that are there.
    """
    chance = random.Random(seed)
    expected: list[bytes] = []
    client = WireClient(broker.address)
    try:
        for number in range(ROUNDS):
            body = f"{broker.address} {number}".encode()
            kind = chance.choice(["plain", "restart", "busy", "unhandled", "handled", "slices", "twice", "cut"])
            faults = {
                "busy": Fault.reply(2, "[busy]"),
                "unhandled": Fault.close_after_reading(reset=True),
                "handled": Fault.close_after_reading(handled=True),
                "slices": Fault.slices(7),
                "twice": Fault.answer_twice(),
                "cut": Fault.cut(11),
            }
            if kind == "restart":
                broker.restart()
            if kind in faults:
                broker.faults.add(faults[kind].on(code=send().CODE).times(1))
            while True:
                try:
                    answer = client.call(send("t", body))
                except LOST:
                    client.close()
                    client = WireClient(broker.address)
                    if kind in ("handled", "cut"):
                        expected.append(body)  # it took effect, and the script sends it again
                        kind = "plain"
                    continue
                if answer.code == 0:
                    break
            expected.append(body)
        stored: list[bytes] = []
        for offset in range(client.reply(GetMaxOffset(topic="t", queue_id=0)).offset):
            stored += [message.body for message in client.reply(pull("t", offset, max_msg_nums=1)).messages]
        return expected, stored
    finally:
        client.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("count", "repetition"), [(12, 0), *(pytest.param(200, number, marks=pytest.mark.many) for number in range(1, 9))]
)
def test_fakes_side_by_side(count: int, repetition: int) -> None:
    gc.collect()
    threads = set(threading.enumerate())
    handles = len(os.listdir(HANDLES)) if HANDLES.is_dir() else 0
    brokers = [FakeBroker(version=("4.9.7", "5.4.0")[number % 2], topics={"t": 1}) for number in range(count)]
    try:
        addresses = {address for broker in brokers for address in (broker.address, broker.namesrv_address)}
        assert len(addresses) == 2 * count
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(exercise, brokers, range(repetition, repetition + count)))
        for expected, stored in results:
            assert stored == expected
    finally:
        for broker in brokers:
            broker.stop()
    assert set(threading.enumerate()) <= threads
    if HANDLES.is_dir():
        assert len(os.listdir(HANDLES)) <= handles
