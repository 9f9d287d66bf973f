"""How a command fails on its own account."""

from __future__ import annotations


class CommandError(Exception):
    """A command cannot do what it was asked, for a reason that its message tells."""
