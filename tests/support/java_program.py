"""Java programs of the tests: compiled against the jars of one RocketMQ version, and started."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from compiled import compiled
from line_program import LineProgram
from real_rocketmq.errors import PrerequisiteError
from real_rocketmq.installation import Installation
from real_rocketmq.jars import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def start_java(
    main_class: str,
    sources: Iterable[Path],
    version: str,
    folder: Path,
    *,
    role: Role = Role.CLIENT,
    options: Sequence[str] = (),
) -> LineProgram:
    """Compile a program unless that is done already, and start it.

    Args:
        main_class: The class with `main`.
        sources: Its files.
        version: The RocketMQ version whose jars it uses.
        folder: Where it runs; what libraries write into the user's home lands there too.
        role: Which jars of that version.
        options: Further options of the JVM.

    Raises:
        PrerequisiteError: Java, its compiler or the jars are missing.
    """
    installation = Installation.prepare(version, role)
    classes = compile_java(main_class, list(sources), installation)
    return LineProgram(
        [
            installation.java.executable,
            *installation.java.module_options,
            "-Xmx256m",
            "-XX:+UseSerialGC",
            f"-Duser.home={folder}",
            *options,
            "-cp",
            os.pathsep.join([str(classes), str(installation.jars / "*")]),
            main_class,
        ],
        folder,
    )


def compile_java(name: str, sources: list[Path], installation: Installation) -> Path:
    """Return the folder with the classes of a program.

    Raises:
        PrerequisiteError: there is no compiler beside the Java runtime.
    """
    compiler = installation.java.executable.resolve().with_name("javac")
    if not compiler.is_file():
        raise PrerequisiteError(f"{compiler} is missing: install a JDK (Debian: apt install default-jdk-headless)")
    return compiled(
        f"{name.lower()}-{installation.version}",
        sources,
        f"java {installation.java.major}",
        lambda folder: [
            compiler,
            "-encoding",
            "UTF-8",
            "-d",
            folder,
            "-cp",
            str(installation.jars / "*"),
            *sources,
        ],
    )
