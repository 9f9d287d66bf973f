"""The clients that no one here wrote, and how their programs are started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from go_program import start_go
from java_program import start_java

if TYPE_CHECKING:
    from line_program import LineProgram

_HERE: Final = Path(__file__).parent
_QUICK: Final = ("-Drocketmq.client.rebalance.waitInterval=1000", "-Drocketmq.client.rebalance.minInterval=200")
"""Rebalances each second instead of every 20, so that nobody waits for a notification that came too early."""


@dataclass(frozen=True)
class Client:
    """A client library.

    Attributes:
        language: "java" or "go".
        version: Its version; that of RocketMQ for Java.
    """

    language: str
    version: str

    def __str__(self) -> str:
        return f"{self.language}-{self.version}"

    @property
    def is_old(self) -> bool:
        """Whether it is of the line 4.9."""
        return self.version.startswith("4.")

    def start(self, folder: Path) -> LineProgram:
        """Start its program, compiled first if need be.

        Raises:
            PrerequisiteError: the language or the library is missing on this machine.
        """
        if self.language == "go":
            return start_go(_HERE / "go", folder)
        sources = [*(_HERE / "java").glob("*.java")]
        if not self.is_old:
            sources += (_HERE / "java" / "only5").glob("*.java")
        home = folder / "home"
        (home / "conf").mkdir(parents=True)
        (home / "conf" / "logback_tools.xml").write_text("<configuration/>", encoding="utf-8")  # 4.9 insists on it
        options = [*_QUICK, f"-Drocketmq.home.dir={home}"]
        return start_java("Foreign", sources, self.version, folder, options=options)


JAVA_4: Final = Client("java", "4.9.7")
JAVA_5: Final = Client("java", "5.4.0")
GO: Final = Client("go", "2.1.2")
CLIENTS: Final = (JAVA_4, JAVA_5, GO)
