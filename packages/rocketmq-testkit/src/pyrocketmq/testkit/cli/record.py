"""`rmq-fake record`: stand between clients and real servers until a signal comes, and write what passes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyrocketmq.testkit.cassette import CassetteRecorder
from pyrocketmq.testkit.cli.foreground import add_listening, ended_by_signal

if TYPE_CHECKING:
    import argparse

    from pyrocketmq.testkit.cli.foreground import Commands


def add_parser(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "record",
        help="record what clients and real servers say",
        description="Runs until SIGINT or SIGTERM. Prints one line of JSON when it is ready: clients connect to its "
        "address instead of the upstream. Secrets of access control are not written; message bodies are.",
    )
    parser.add_argument("--upstream", required=True, metavar="HOST:PORT", help="the real NameServer or broker")
    parser.add_argument("--out", required=True, metavar="FILE", help="the cassette; replaced if it exists")
    add_listening(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Record until a signal comes.

    Raises:
        OSError: the file cannot be written, or the address not be used.
        ValueError: the upstream is no address.
    """
    ended = ended_by_signal(options)
    with CassetteRecorder(options.upstream, options.out, host=options.host, port=options.port) as recorder:
        ready = {"address": recorder.address, "upstream": options.upstream, "out": options.out}
        print(json.dumps(ready), flush=True)
        ended.wait()
