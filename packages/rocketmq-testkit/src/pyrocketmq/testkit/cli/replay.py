"""`rmq-fake replay`: serve a cassette until a signal comes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from pyrocketmq.testkit.cassette import CassettePlayer, UnexpectedRequestError
from pyrocketmq.testkit.cli.foreground import add_listening, ended_by_signal

if TYPE_CHECKING:
    import argparse

    from pyrocketmq.testkit.cli.foreground import Commands


def add_parser(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "replay",
        help="serve a cassette",
        description="Runs until SIGINT or SIGTERM. Prints one line of JSON when it is ready. A request that was not "
        "recorded is answered SYSTEM_ERROR, reported at the end with what came nearest, and makes the exit code 1.",
    )
    parser.add_argument("file", metavar="FILE", help="the cassette")
    parser.add_argument(
        "--pace", type=float, default=1.0, help="factor on the times that answers took (default: %(default)s)"
    )
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="NAME", help="a field that does not count; repeatable"
    )
    parser.add_argument("--once", action="store_true", help="give each recorded answer once only")
    add_listening(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until a signal comes; returns the exit code.

    Raises:
        OSError: the file cannot be read, or the address not be used.
        CassetteError: it is no cassette.
    """
    ended = ended_by_signal(options)
    player = CassettePlayer(
        options.file,
        host=options.host,
        port=options.port,
        pace=options.pace,
        ignore=options.ignore,
        repeats=not options.once,
    )
    try:
        with player:
            print(json.dumps({"address": player.address, "servers": player.addresses}), flush=True)
            ended.wait()
    except UnexpectedRequestError as error:
        print(f"rmq-fake: {error}", file=sys.stderr)
        return 1
    return 0
