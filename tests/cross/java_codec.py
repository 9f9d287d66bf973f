"""The codecs of the Java client, run in a JVM beside the tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from java_program import start_java
from line_program import ProgramError
from real_rocketmq.jars import Role

if TYPE_CHECKING:
    from line_program import LineProgram

SOURCE = Path(__file__).parent / "java" / "Codec.java"


class JavaCodec:
    """One JVM with the jars of one RocketMQ version.

    Args:
        version: The RocketMQ version.
        program: `Codec.java`, running.
    """

    def __init__(self, version: str, program: LineProgram) -> None:
        self.version = version
        self.call = program.call
        self._fields: dict[str, dict[str, dict[str, Any]]] = {}
        self._members: dict[str, frozenset[str]] = {}

    @property
    def is_4(self) -> bool:
        """Whether this is RocketMQ 4.9, which knows less."""
        return self.version.startswith("4.")

    def lacks(self, class_name: str) -> bool:
        """Whether this version has no such class; only 4.9 may lack what is asked for."""
        try:
            self.members(class_name)
        except ProgramError:
            if not self.is_4:
                raise
            return True
        return False

    def fields(self, class_name: str) -> dict[str, dict[str, Any]]:
        """Return the fields of a header class by wire name, with `type` and `required` of each.

        Raises:
            ProgramError: this version has no such class.
        """
        if class_name not in self._fields:
            rows = self.call("fields", **{"class": class_name})
            self._fields[class_name] = {row["name"]: row for row in rows}
        return self._fields[class_name]

    def members(self, class_name: str) -> frozenset[str]:
        """Return the names that the members of a JSON body can have on the wire.

        Raises:
            ProgramError: this version has no such class.
        """
        if class_name not in self._members:
            self._members[class_name] = frozenset(self.call("members", **{"class": class_name}))
        return self._members[class_name]


def start_codec(version: str, folder: Path) -> LineProgram:
    """Start `Codec.java` with the jars of a version; those of servers have the classes of both sides."""
    return start_java("Codec", [SOURCE], version, folder, role=Role.SERVER)
