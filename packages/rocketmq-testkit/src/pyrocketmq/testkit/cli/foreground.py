"""What the commands of `rmq-fake` have in common: they run in the foreground until a signal comes."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import argparse
    from types import FrameType

_log = logging.getLogger("rmq-fake")


class Commands(Protocol):
    """What `argparse` makes of `add_subparsers`; it has no public name."""

    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser:  # argparse's own words
        """Add a command."""
        ...


def add_listening(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a command that listens at one address."""
    parser.add_argument("--host", default="127.0.0.1", help="IP address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")


def ended_by_signal(options: argparse.Namespace) -> threading.Event:
    """Log to standard error from now on, and return an event that SIGINT or SIGTERM sets."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s")
    _log.setLevel(logging.DEBUG if options.debug else logging.INFO)
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        _log.info("%s", signal.Signals(number).name)
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return ended
