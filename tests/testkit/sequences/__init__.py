"""A state machine that asks two servers the same at random and compares their whole answers.

Each module has the operations of one area; `Sequences` has them all.
"""

from __future__ import annotations

from sequences.members import Members
from sequences.messages import Messages
from sequences.pops import Pops
from sequences.restarts import Restarts
from sequences.sides import Side
from sequences.topics import Topics
from sequences.transactions import Transactions

__all__ = ["Sequences", "Side"]


class Sequences(Messages, Transactions, Pops, Topics, Restarts, Members):
    """All operations; a subclass gives them their two sides."""
