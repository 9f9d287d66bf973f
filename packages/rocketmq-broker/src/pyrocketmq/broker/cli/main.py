"""Arguments, exit codes and the one place where errors become a line on standard error.

Exit codes: 0 done, 1 failed, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from typing import TYPE_CHECKING

from pyrocketmq.broker.cli import demo
from pyrocketmq.broker.cli.errors import CommandError
from pyrocketmq.broker.cli.output import Output
from pyrocketmq.broker.errors import BrokerError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: Words after the command's name; by default those of the process.
    """
    options = _parser().parse_args(arguments)
    output = Output(sys.stdout, as_json=options.json)
    try:
        options.run(options, output)
    except (BrokerError, CommandError, ValueError) as error:
        if options.debug:
            traceback.print_exc()
        print(f"rmq: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("rmq: interrupted", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print one JSON object a line")
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser = argparse.ArgumentParser(
        prog="rmq",
        description="Talk to Apache RocketMQ from a shell.",
        epilog="example: rmq demo --namesrv localhost:9876",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    demo.add_command(commands, shared)
    return parser
