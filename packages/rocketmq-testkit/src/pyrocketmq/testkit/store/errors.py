"""Why the store does not take a message."""

from __future__ import annotations


class IllegalMessageError(Exception):
    """Body or properties exceed their limits, or contradict each other."""


class TimersOffError(Exception):
    """A message asks for a timer where they are switched off."""


class IllegalTimerError(Exception):
    """A message asks to be delivered at a time that is none, or too far away."""
