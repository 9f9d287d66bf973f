"""Soak the transport: `PYTHONPATH=tools uv run python -m soak --seconds 600`, with `--real` on a real broker (Java).

Sync and asyncio callers use one server, which is killed, frozen and started again, and on the fake also misbehaves in
every other way. At the end nothing may be left: no thread, task, descriptor or waiter, no memory that only grows, no
wrong answer, and no call that outlived its deadline. The exit status is 1 if anything is.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from pyrocketmq.remote import RemoteMetrics
from soak.callers import Tally, TaskCallers, ThreadCallers
from soak.servers import FakeVictim, RealVictim

if TYPE_CHECKING:
    from soak.servers import Victim

MEMORY_LIMIT = 8.0
"""MiB that the process may be larger at the end than after the first quarter: allocators keep what they have."""
_SETTLE_SECONDS = 5.0


class Size:
    """How much this process holds."""

    def __init__(self) -> None:
        gc.collect()
        self.threads = set(threading.enumerate())
        self.descriptors = len(os.listdir("/proc/self/fd"))


def resident() -> float:
    """Return the memory of this process in MiB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def torment(victim: Victim, until: float) -> dict[str, int]:
    """Kill and freeze the server by turns, and leave it running at the end."""
    choose = Random(0)
    done = {"killed": 0, "frozen": 0}
    while time.monotonic() + 8 < until:
        time.sleep(choose.uniform(1.0, 5.0))
        if choose.random() < 0.5:
            victim.kill()
            time.sleep(choose.uniform(0.0, 1.0))
            victim.restart()
            done["killed"] += 1
        else:
            victim.pause()
            time.sleep(choose.uniform(0.2, 3.0))
            victim.resume()
            done["frozen"] += 1
    return done


def soak(victim: Victim, seconds: float) -> int:
    """Run, report, and return the exit status."""
    before = Size()
    started = time.monotonic()
    end = started + seconds
    tally = Tally()

    def is_over() -> bool:
        return time.monotonic() >= end

    threads = ThreadCallers(victim.address, tally, is_over)
    tasks = TaskCallers(victim.address, tally, is_over)
    counted: list[RemoteMetrics] = []
    loop = threading.Thread(target=lambda: counted.append(asyncio.run(tasks.run())), name="soak-loop")
    threads.start()
    loop.start()
    torment(victim, started + seconds / 4)
    early = resident()
    done = torment(victim, end)
    loop.join()
    late = resident()
    counted.append(threads.finish())
    del threads
    left = settle(before)
    total = RemoteMetrics.total(counted)
    calls = sum(tally.outcomes.values())
    print(f"{calls} calls in {seconds:.0f} s; after the first quarter the server was killed and frozen: {done}")
    for outcome, count in tally.outcomes.most_common():
        print(f"  {outcome:34} {count:9}")
    print(f"connections {total.connects}, lost {total.losses}, failed attempts {total.connect_failures}")
    print(f"late answers {total.late_answers}, pushes {total.pushes}, timeouts {total.timeouts}")
    failures = {
        "wrong answers": tally.wrong,
        "overdue calls": tally.overdue,
        "leaked threads": left["threads"],
        "leaked tasks": tasks.tasks_left,
        "leaked descriptors": left["descriptors"],
        "leaked waiters": total.in_flight,
        f"memory growth over {MEMORY_LIMIT:g} MiB": int(late - early > MEMORY_LIMIT),
    }
    print(f"memory {early:.1f} MiB after a quarter, {late:.1f} MiB at the end")
    for what, count in failures.items():
        print(f"{what}: {count}")
    resumed = tally.outcomes["answered"] > 0
    return int(any(failures.values()) or not resumed)


def settle(before: Size) -> dict[str, int]:
    """Give what was told to end a moment, and return what is left then."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        after = Size()
        threads = after.threads - before.threads
        descriptors = after.descriptors - before.descriptors
        if not (threads or descriptors) or time.monotonic() >= deadline:
            return {"threads": len(threads), "descriptors": max(0, descriptors)}
        time.sleep(0.05)


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to call (default: 60)")
    parser.add_argument("--real", metavar="VERSION", nargs="?", const="5.4.0", help="on a real broker of this version")
    arguments = parser.parse_args()
    with RealVictim(arguments.real) if arguments.real else FakeVictim(misbehaves=True) as victim:
        return soak(victim, arguments.seconds)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
