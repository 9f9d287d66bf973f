"""Arguments, exit codes and the lines on standard error. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.cli.describe import Describer
from pyrocketmq.model.cli.show import json_line, readable_lines
from pyrocketmq.model.cli.source import frames_in
from pyrocketmq.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedReader

_STANDARD_INPUT: Final = "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: Words after the command's name; by default those of the process.
    """
    options = _parser().parse_args(arguments)
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")  # a message may hold what the terminal cannot show
    run = _Run(as_json=options.json, debug=options.debug)
    try:
        for name in options.files:
            run.decode(name)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has enough of it; what is left in the buffer must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 1
    return 1 if run.has_failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rmq-decode",
        description="Print frames of the RocketMQ remoting protocol readable: header, fields by their names, bodies. "
        "A response is decoded by the request with the same opaque, where that comes before it.",
        epilog="examples: rmq-decode capture; rmq-decode --json requests answers; xxd -p frame | rmq-decode",
    )
    parser.add_argument(
        "files",
        nargs="*",
        default=[_STANDARD_INPUT],
        metavar="FILE",
        help="frames one after the other: bytes, hexadecimal text, or JSON with request_hex and response_hex; "
        "by default, and for '-', standard input",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a frame")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


class _Run:
    """Decodes files one after the other."""

    def __init__(self, *, as_json: bool, debug: bool) -> None:
        self.has_failed = False
        self._as_json = as_json
        self._debug = debug
        self._describer = Describer()

    def decode(self, name: str) -> None:
        """Print the frames of a file; an error ends this file only."""
        source = "standard input" if name == _STANDARD_INPUT else name
        try:
            with _opened(name) as file:
                for part, start, frame in frames_in(file):
                    self._show(f"{source} {part}".rstrip(), start, frame)
        except BrokenPipeError:
            raise
        except (OSError, ProtocolError) as error:
            self._fail(source, error.strerror or str(error) if isinstance(error, OSError) else str(error))

    def _show(self, source: str, start: int, frame: bytes | bytearray) -> None:
        try:
            description = self._describer.describe(frame)
        except ProtocolError as error:
            self._fail(source, _at_byte(error, start))
            return
        lines: Iterator[str] = readable_lines(description, source, start)
        if self._as_json:
            lines = iter((json_line(description, source, start),))
        for line in lines:
            print(line)
        if description.problem is not None:
            self._fail(source, _at_byte(description.problem, start))

    def _fail(self, source: str, reason: str) -> None:
        self.has_failed = True
        if self._debug and sys.exc_info()[0] is not None:
            traceback.print_exc()
        print(f"rmq-decode: {source}: {reason}", file=sys.stderr)


def _at_byte(error: ProtocolError, start: int) -> str:
    """Return what is wrong with a frame, and where in the file."""
    at = "" if error.offset is None else f" (at byte {start + error.offset})"
    return f"frame at byte {start}: {error.reason}{at}"


def _opened(name: str) -> BufferedReader:
    if name == _STANDARD_INPUT:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    return open(name, "rb")
