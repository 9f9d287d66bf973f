"""The four distributions, and what each promises to those who install it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Distribution:
    """What one distribution promises.

    Attributes:
        name: Its name.
        imports: Modules that must import.
        absent: Modules that must not come along.
        commands: Console scripts that must show their help.
    """

    name: str
    imports: tuple[str, ...]
    absent: tuple[str, ...]
    commands: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where it is."""
        return ROOT / "packages" / self.name

    @property
    def smoke_test(self) -> Path:
        """A program that does its main job with nothing else installed."""
        return Path(__file__).with_name("smoke") / f"{self.name}.py"

    @property
    def file_name(self) -> str:
        """How the names of its files begin."""
        return f"{self.name.replace('-', '_')}-{self.version}"

    @property
    def version(self) -> str:
        """Its version."""
        return str(self.project["version"])

    @cached_property
    def project(self) -> dict[str, Any]:  # TOML
        """The table `[project]` of its `pyproject.toml`."""
        text = (self.folder / "pyproject.toml").read_text(encoding="utf-8")
        project: dict[str, Any] = tomllib.loads(text)["project"]
        return project


DISTRIBUTIONS: Final = (
    Distribution(
        "rocketmq-protocol",
        ("pyrocketmq.model", "pyrocketmq.model.requests", "pyrocketmq.model.bodies"),
        ("pyrocketmq.remote", "pyrocketmq.testkit"),
        ("rmq-decode",),
    ),
    Distribution("rocketmq-remote", ("pyrocketmq.remote", "pyrocketmq.logging"), ("pyrocketmq.broker",)),
    Distribution("rocketmq-broker", ("pyrocketmq.broker", "pyrocketmq.nameserver"), ("pyrocketmq.testkit",), ("rmq",)),
    Distribution(
        "rocketmq-testkit",
        ("pyrocketmq.testkit", "pyrocketmq.testkit.conformance"),
        ("pyrocketmq.remote",),
        ("rmq-fake",),
    ),
)
BY_NAME: Final = {distribution.name: distribution for distribution in DISTRIBUTIONS}
