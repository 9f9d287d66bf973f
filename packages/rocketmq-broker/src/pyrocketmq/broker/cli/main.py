"""Exit codes, and the one place where errors become a line on standard error.

Exit codes: 0 done, 1 failed, 2 wrong usage.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.cli.advice import advice_on
from pyrocketmq.broker.cli.command import Command, Invocation
from pyrocketmq.broker.cli.commands import COMMANDS
from pyrocketmq.broker.cli.errors import CommandError, UsageError
from pyrocketmq.broker.cli.output import Output
from pyrocketmq.broker.cli.parser import build_parser
from pyrocketmq.broker.cli.session import Session
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.model.errors import ProtocolError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_FAILED: Final = 1
_WRONG_USAGE: Final = 2
_NAMESERVERS: Final = "NAMESRV_ADDR"
# As other clients of RocketMQ call it.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: Words after the command's name; by default those of the process.
    """
    options = build_parser(COMMANDS).parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")  # a message may hold what the terminal cannot show
    try:
        return _run(options)
    except BrokenPipeError:
        # Whoever read the output has enough of it; what is left in the buffer must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED


def _run(options: argparse.Namespace) -> int:
    command: Command = options.command
    session: Session | None = None
    try:
        session = Session.of(options, os.environ.get(_NAMESERVERS) if command.needs_address else None)
        if command.needs_address:
            _ = session.required_address
        with session:
            command.run(Invocation(options, session, Output(sys.stdout, sys.stderr, as_json=options.json)))
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        # The terminal has shown `^C`, which this overwrites.
        print(f"{chr(13) if sys.stderr.isatty() else ''}rmq: interrupted", file=sys.stderr)
        return _FAILED
    except (BrokerError, CommandError, ProtocolError, ValueError, OSError) as error:
        if options.debug:
            traceback.print_exc()
        advice = None if session is None else advice_on(error, session)
        line = " ".join(f"rmq: {error}{f'; {advice}' if advice else ''}".split())
        print(line, file=sys.stderr)
        # The clients refuse values that no broker would take by `ValueError`, before anything is sent.
        is_usage = isinstance(error, UsageError | ValueError) and not isinstance(error, ProtocolError | OSError)
        return _WRONG_USAGE if is_usage else _FAILED
    return 0
