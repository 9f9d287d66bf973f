"""From the declarations to the parser: arguments of all commands, help with examples."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.broker.cli.command import Argument, Command, CommandGroup, OneOf, argument, one_of
from pyrocketmq.broker.cli.values import address, addresses, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARED: Final[tuple[Argument | OneOf, ...]] = (
    one_of(
        argument(
            "--namesrv",
            type=addresses,
            metavar="HOST:PORT",
            help="a NameServer, or several separated by ';' (default: NAMESRV_ADDR)",
        ),
        argument("--broker", type=address, metavar="HOST:PORT", help="a broker, without a NameServer"),
    ),
    argument("--credentials", metavar="FILE", help="a file with lines accessKey: NAME and secretKey: SECRET"),
    argument("--timeout", type=seconds, metavar="SECONDS", help="longest time for one call (default: 5)"),
    argument("--json", action="store_true", help="print one JSON object a line"),
    argument("--debug", action="store_true", help="show the traceback of an error"),
)
"""Arguments that every command has."""

ENVIRONMENT: Final = """\
environment:
  NAMESRV_ADDR                                   the NameServer, where no server is given
  ROCKETMQ_BROKER_ACCESS_KEY, _SECRET_KEY, _SECURITY_TOKEN   credentials
  ROCKETMQ_BROKER_TLS, _TLS_CA_FILE, _TLS_CERT_FILE, _TLS_KEY_FILE   connections by TLS
  ROCKETMQ_BROKER_NAMESPACE                      put in front of topics and groups
  NO_COLOR                                       no colours on a terminal
"""

DESCRIPTION: Final = "Talk to Apache RocketMQ from a shell. Exit codes: 0 done, 1 failed, 2 wrong usage."


def build_parser(commands: Sequence[Command | CommandGroup]) -> argparse.ArgumentParser:
    """Return the parser of the whole command line; what it parses has the command as `command`."""
    parser = argparse.ArgumentParser(
        prog="rmq",
        description=DESCRIPTION,
        epilog=f"`rmq COMMAND --help` shows arguments and examples.\n\n{ENVIRONMENT}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_commands(parser, commands)
    return parser


def _add_commands(parser: argparse.ArgumentParser, commands: Sequence[Command | CommandGroup]) -> None:
    places = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in commands:
        if isinstance(command, CommandGroup):
            group = places.add_parser(
                command.name, help=command.summary, description=f"{command.summary}.".capitalize(), allow_abbrev=False
            )
            _add_commands(group, command.commands)
            continue
        made = places.add_parser(
            command.name,
            help=command.summary,
            description=command.description,
            epilog="examples:\n" + "\n".join(f"  {example}" for example in command.examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        for declared in command.arguments:
            _add(made, declared)
        shared = made.add_argument_group("servers and output")
        for declared in SHARED:
            _add(shared, declared)
        made.set_defaults(command=command, usage=made.error)


def _add(parser: Any, declared: Argument | OneOf) -> None:  # a parser, or a group of its: argparse hides their base
    if isinstance(declared, OneOf):
        choice = parser.add_mutually_exclusive_group(required=declared.required)
        for each in declared.arguments:
            _add(choice, each)
    else:
        parser.add_argument(*declared.names, **declared.settings)
