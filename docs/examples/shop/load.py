"""A batch loader: the lines of a file become messages, thousands in a request, and an interrupted load goes on.

NAMESRV_ADDR=localhost:9876 python -m shop.load orders.jsonl
"""

from __future__ import annotations

import argparse
import os
import sys
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from pyrocketmq.broker import BrokerError, create_broker_manager, split_batch
from pyrocketmq.nameserver import create_nameserver_client
from shop.queues import writable
from shop.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyrocketmq.broker import BrokerManager
    from pyrocketmq.model import MessageQueue

MAX_BATCH = 1024 * 1024
"""Bytes of a batch; brokers take 4 MiB by default."""


class Progress:
    """How many lines have been stored, kept in a file beside the input, so that the next run goes on there."""

    def __init__(self, source: Path) -> None:
        self._path = source.with_name(f"{source.name}.loaded")

    def read(self) -> int:
        """Return the number of lines that have been stored."""
        return int(self._path.read_text()) if self._path.exists() else 0

    def write(self, lines: int) -> None:
        """Note the number; a reader sees the old one or the new one, never a part."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(str(lines))
        os.replace(fresh, self._path)


def load(source: Path, manager: BrokerManager, queues: Sequence[MessageQueue], group: str) -> int:
    """Send the lines that have not been stored yet; batches go round the queues.

    Args:
        source: The file.
        manager: Lends the connections.
        queues: Where the messages go.
        group: Who sends them.

    Returns:
        How many lines were sent now.

    Raises:
        BrokerError: a batch was not stored; what was stored before is noted.
        ValueError: a line is larger than a batch may be.
    """
    progress = Progress(source)
    start = done = progress.read()
    targets = islice(cycle(queues), start % len(queues), None)
    with source.open("rb") as file:
        for batch, mq in zip(split_batch(_lines(file, start), MAX_BATCH), targets, strict=False):
            with manager.connection(mq.broker_name) as client:
                client.sync_batch_send_message(group, batch, mq)
            done += len(batch)
            progress.write(done)
    return done - start


def _lines(file: Iterator[bytes], start: int) -> Iterator[bytes]:
    for line in islice(file, start, None):
        yield line.rstrip(b"\r\n") or b" "  # brokers refuse a message without a body


def main(arguments: Sequence[str] | None = None) -> int:
    """Load a file; returns the exit code: 0 done, 1 a batch was not stored, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="load", description="Send each line of a file as a message.")
    parser.add_argument("file", type=Path)
    source: Path = parser.parse_args(arguments).file
    settings = Settings.from_environment()
    progress = Progress(source)
    try:
        with (
            create_broker_manager(settings.namesrv, timeout=settings.timeout) as manager,
            create_nameserver_client(settings.namesrv, timeout=settings.timeout) as nameserver,
        ):
            queues = writable(settings.topic, nameserver.get_topic_route(settings.topic))
            if not queues:
                print(f"no broker takes messages of {settings.topic!r} now", file=sys.stderr)
                return 1
            print(f"{load(source, manager, queues, settings.group)} messages sent, {progress.read()} in all")
    except BrokerError as error:
        twice = "; the batch may have arrived all the same and will come again" if error.may_have_arrived else ""
        print(f"{error}{twice}", file=sys.stderr)
        print(f"{progress.read()} messages are stored: run it again to go on there", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{progress.read()} messages are stored: run it again to go on there", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
