"""How a sub-command is declared: once, for the parser, the help, the output, the reference page and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from pyrocketmq.broker.cli.output import Output
    from pyrocketmq.broker.cli.session import Session
    from pyrocketmq.broker.cli.table import Table


class Argument(NamedTuple):
    """One argument, as `argparse` takes it.

    Attributes:
        names: One name without dashes for a positional argument, or the spellings of an option.
        settings: Keywords of `add_argument`; `help` among them.
    """

    names: tuple[str, ...]
    settings: dict[str, Any]  # argparse gives each of them a type of its own


class OneOf(NamedTuple):
    """Arguments that exclude each other.

    Attributes:
        arguments: The arguments.
        required: Whether one of them has to be there.
    """

    arguments: tuple[Argument, ...]
    required: bool


def argument(*names: str, **settings: Any) -> Argument:  # as in `Argument`
    """Declare an argument, with the words of `argparse.ArgumentParser.add_argument`."""
    return Argument(names, settings)


def one_of(*arguments: Argument, required: bool = False) -> OneOf:
    """Declare arguments of which at most one may be given."""
    return OneOf(arguments, required)


class Invocation(NamedTuple):
    """One call of a command.

    Attributes:
        options: The arguments, parsed.
        session: The servers; nothing is opened before it is asked for.
        output: Where results go.
    """

    options: argparse.Namespace
    session: Session
    output: Output


@dataclass(frozen=True, kw_only=True)
class Command:
    """A sub-command.

    Attributes:
        name: Its word on the command line.
        summary: What it does, in one line without a full stop.
        description: The same in a few sentences, with what a user has to know.
        run: Does it. A failure is an exception; to return means exit code 0.
        arguments: Its own arguments; addresses and the like are added to every command.
        examples: Complete command lines that run as they are, against a cluster with a topic `orders`.
        tables: What it prints.
        needs_address: Whether it can do nothing without the address of a server.
    """

    name: str
    summary: str
    description: str
    run: Callable[[Invocation], None]
    arguments: tuple[Argument | OneOf, ...] = ()
    examples: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    needs_address: bool = True


@dataclass(frozen=True, kw_only=True)
class CommandGroup:
    """Sub-commands about one thing, such as `rmq topic list` and `rmq topic create`.

    Attributes:
        name: Its word on the command line.
        summary: What they are about, in one line without a full stop.
        commands: The commands.
    """

    name: str
    summary: str
    commands: tuple[Command, ...]
