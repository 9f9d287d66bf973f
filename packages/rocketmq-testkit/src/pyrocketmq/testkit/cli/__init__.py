"""The command `rmq-fake`: the fake broker as a server, for clients in any language."""

from __future__ import annotations

import argparse
import sys
import traceback
from typing import TYPE_CHECKING

from pyrocketmq.testkit.cli import record, replay, serve

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLES = """\
examples:
  rmq-fake serve
  rmq-fake serve --version 4.9.7 --topic orders:4 --property maxMessageSize=1048576
  rmq-fake serve --namesrv-port 0 --broker-port 0 --brokers 2
  rmq-fake record --upstream localhost:9876 --out orders.jsonl
  rmq-fake replay orders.jsonl
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The arguments after the command's name; by default those of the process.

    Returns:
        0 done, 1 failed. Wrong usage ends the process with 2.
    """
    parser = argparse.ArgumentParser(
        prog="rmq-fake",
        description="A fake RocketMQ broker and NameServer that speak the real wire protocol.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (serve, record, replay):
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        code: int | None = options.run(options)
    except (OSError, ValueError) as error:
        if options.debug:
            traceback.print_exc()
        else:
            print(f"rmq-fake: {error}", file=sys.stderr)
        return 1
    return code or 0
