"""What is compared with what, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bench import blocks
from bench.blocks import Block, Side
from bench.stage import Stage


class Table(Enum):
    """The tables of the page."""

    TRANSPORT = "transport"
    CLIENTS = "clients"


@dataclass(frozen=True)
class Figure:
    """What is compared.

    Attributes:
        name: How the page calls it.
        of: Reads it off a block.
        is_cost: Whether less is better.
    """

    name: str
    of: Callable[[Block], float]
    is_cost: bool


P50: Final = Figure("p50", blocks.p50, is_cost=True)
RATE: Final = Figure("rate", blocks.rate, is_cost=False)
DURATION: Final = Figure("time", blocks.duration, is_cost=True)


@dataclass(frozen=True)
class Goal:
    """A ratio to another side.

    Attributes:
        to: The other side.
        must: What must be reached.
        aim: What would be better still.
    """

    to: str
    must: float | None
    aim: float | None = None


OURS: Final = "pyrocketmq"
BARE: Final = "bare socket"
JAVA: Final = "Java"

SEVERAL: Final = 8
"""Connections of each side where calls wait for one another.

A broker serves a connection by threads that it chose when that was opened, and answers over one up to a tenth faster
than over another for as long as both last: two sides with a connection each would compare those. It has eight threads
that decode, and three that read.
"""


@dataclass(frozen=True)
class Case:
    """One comparison.

    Attributes:
        name: Its name on the command line.
        table: Where it stands on the page.
        title: What it is, on the page.
        figure: What is compared.
        sides: Sets the sides up.
        calls: Calls of a block.
        goals: What must come of it, for the side `OURS`.
        warm_up: Calls of each side before the first block; the Java client makes far more.
        rounds: How many blocks each side has.
        messages: How many messages a call moves.
        connections: How often the sides are set up, with connections of their own; their blocks go from one to the
            next. What Java connects is always the same.
    """

    name: str
    table: Table
    title: str
    figure: Figure
    sides: Callable[[Stage], Mapping[str, Side]]
    calls: int
    goals: tuple[Goal, ...]
    warm_up: int
    rounds: int
    messages: int = 1
    connections: int = 1
