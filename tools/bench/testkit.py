"""Measure what the testkit costs a test suite, and print the table of ``docs/testing/timings.md``.

    uv run python tools/bench/testkit.py            all of it, about a minute
    uv run python tools/bench/testkit.py start one  some of it
    uv run python tools/bench/testkit.py --write    all of it, into the page

Medians of many rounds; the run with and without the plugin alternates. Exit codes: 0 within the limits, 1 beyond one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from pyrocketmq.broker import create_async_broker_client, create_broker_client
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.testkit import FakeBroker

MQ: Final = MessageQueue("t", "broker-a", 0)
MESSAGES: Final = 1_000_000
SENDS: Final = 60_000
SENDERS: Final = 256
BODY: Final = b"x" * 1024
PAGE: Final = Path(__file__).parents[2] / "docs" / "testing" / "timings.md"
_SERVE: Final = [sys.executable, "-c", "from pyrocketmq.testkit.cli import main; main()", "serve"]
_BOUND: Final = 64
# MiB.

_MEMORY: Final = f"""
import sys
from pyrocketmq.testkit import FakeBroker
with FakeBroker(store_limit=int(sys.argv[1]), journal_limit=0) as broker:
    put = broker.put
    for _ in range({MESSAGES // 1000}):
        broker.server.loop.call(lambda: [put("t", b"%07d" % number, tags="a") for number in range(1000)])
    assert broker.server.store.queue("t", 0).max_offset == {MESSAGES}
    status = open("/proc/self/status").read()
    print(int(status.partition("VmRSS:")[2].split()[0]) / 1024)
"""


class Measure(NamedTuple):
    """One line of the table.

    Attributes:
        name: What is measured.
        unit: Its unit.
        limit: What it should be, at most, or at least where `at_least`.
        run: Measures it.
        at_least: Whether more is better.
    """

    name: str
    unit: str
    limit: float
    run: Callable[[], float]
    at_least: bool = False


def _median_ms(once: Callable[[], object], rounds: int) -> float:
    once()
    times: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        once()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def start_and_stop() -> float:
    """Start and stop a broker with its NameServer."""
    return _median_ms(lambda: FakeBroker().stop(), 101)


def one_message() -> float:
    """Do what a small test does: start, connect, send, pull, stop."""

    def once() -> None:
        with FakeBroker() as broker, create_broker_client(broker.address) as client:
            client.sync_send_message("pg", b"x", MQ)
            if len(client.pull_message("g", "t", 0, 0).messages) != 1:
                raise RuntimeError("the message is not there")

    return _median_ms(once, 51)


def plugin() -> float:
    """Run an empty test with and without the plugin, and take the difference."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_it.py").write_text("def test_it(): pass\n", encoding="utf-8")
        times: dict[str, list[float]] = {"no:rocketmq": [], "no:nothing": []}
        for _ in range(15):
            for option, taken in times.items():
                command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", option]
                began = time.perf_counter()
                subprocess.run(command, cwd=folder, check=True, capture_output=True)
                taken.append(time.perf_counter() - began)
        without, with_it = (statistics.median(taken) for taken in times.values())
        return (with_it - without) * 1000


def served_sends() -> float:
    """Send to `rmq-fake serve` in a process of its own, by one async client."""
    process = subprocess.Popen([*_SERVE, "--namesrv-port", "0", "--broker-port", "0"], stdout=subprocess.PIPE)
    try:
        if process.stdout is None:
            raise RuntimeError("no output")
        return asyncio.run(_send_all(json.loads(process.stdout.readline())["brokers"]["broker-a"]["0"]))
    finally:
        process.terminate()
        process.communicate(timeout=30)


async def _send_all(address: str) -> float:
    async with await create_async_broker_client(address) as client:

        async def send(count: int) -> None:
            for _ in range(count):
                await client.sync_send_message("pg", BODY, MQ)

        await send(2000)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(SENDERS):
                tasks.create_task(send(SENDS // SENDERS))
        return SENDS // SENDERS * SENDERS / (time.perf_counter() - began)


def million(store_limit: int = 2**40) -> float:
    """Store a million small messages and ask the system for the memory of the process (Linux)."""
    command = [sys.executable, "-c", _MEMORY, str(store_limit)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def bounded_million() -> float:
    """Do the same where the broker keeps no more than its limit."""
    return million(_BOUND * 2**20)


MEASURES: Final = {
    "start": Measure("`FakeBroker` start and stop, median", "ms", 15, start_and_stop),
    "one": Measure("a test that sends and pulls one message, median", "ms", 30, one_message),
    "plugin": Measure("what the plugin adds to a pytest run that does not use it", "ms", 20, plugin),
    "sends": Measure(
        "sends of 1 KiB to `rmq-fake serve`, one async client with 256 in flight, two cores",
        "/s",
        20_000,
        served_sends,
        at_least=True,
    ),
    "million": Measure("memory of a process with a million small messages", "MiB", 1024, million),
    "bound": Measure(
        f"the same with `store_limit` at {_BOUND} MiB, beyond which the oldest go", "MiB", 512, bounded_million
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description="Measure the testkit.")
    parser.add_argument("names", nargs="*", choices=[*MEASURES, []], help="what to measure; by default everything")
    parser.add_argument("--write", action="store_true", help="measure everything, and write the page")
    options = parser.parse_args(arguments)
    names: list[str] = [] if options.write else options.names
    code = 0
    rows = ["| what | measured | limit | |", "|---|---|---|---|"]
    print("\n".join(rows))
    for name in names or MEASURES:
        measure = MEASURES[name]
        value = measure.run()
        bound = "at least" if measure.at_least else "at most"
        holds = value >= measure.limit if measure.at_least else value <= measure.limit
        verdict = "holds" if holds else "**short**"
        rows.append(f"| {measure.name} | {value:,.1f} {measure.unit} | {bound} {measure.limit:,.0f} | {verdict} |")
        print(rows[-1], flush=True)
        code |= not holds
    if options.write:
        PAGE.write_text(_page("\n".join(rows)), encoding="utf-8")
    return code


def _page(table: str) -> str:
    today = datetime.now(UTC).date().isoformat()
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"""# What the testkit costs

{table}

Measured on {today} with CPython {platform.python_version()} on one machine ({system}), with
nothing else running. Times are medians of many rounds; the run with and the run without the plugin alternate. Written
by `uv run python tools/bench/testkit.py --write`.

A fake keeps what it was sent until it stops, so that a test can ask for it. Both its stores have a bound:
`FakeBroker(store_limit=...)` for the bytes of messages, `FakeBroker(journal_limit=...)` for those of requests and
answers. Beyond it the oldest go, and a consumer meets a queue whose smallest offset has moved, as on a broker that
deletes old files.
"""


if __name__ == "__main__":
    sys.exit(main())
