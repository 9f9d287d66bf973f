"""What can go wrong with a real server."""

from __future__ import annotations


class RealRocketMQError(Exception):
    """Base of every error of this package; its text is one readable sentence, then the server's own words if any."""


class PrerequisiteError(RealRocketMQError):
    """Something this machine needs is missing: Java, Maven, or the jars."""


class StartError(RealRocketMQError):
    """A server process ended, or was not ready in time, while it was starting."""


class PortTakenError(StartError):
    """A port that a server process needs is in use."""
