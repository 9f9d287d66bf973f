"""What is needed to run servers or clients of a RocketMQ version."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from real_rocketmq.jars import Role, fetch_jars
from real_rocketmq.java import Java, find_java


@dataclass(frozen=True)
class Installation:
    """Java and the jars of one RocketMQ version."""

    version: str
    java: Java
    jars: Path

    @classmethod
    def prepare(cls, version: str, role: Role = Role.SERVER) -> Installation:
        """Find Java and, unless they are cached, fetch the jars.

        Raises:
            PrerequisiteError: Java is missing or too old, or the jars are missing and could not be fetched.
        """
        return cls(version, find_java(), fetch_jars(version, role))
