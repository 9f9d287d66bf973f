"""The Java client's codecs as a fixture, and the helpers beside this file made importable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.append(str(Path(__file__).parent))

from java_codec import JavaCodec, start_codec

from compiled import Programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real_rocketmq.pytest_plugin import ServerKind


@pytest.fixture(scope="session")
def java_programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """The JVMs of this session."""
    programs = Programs(tmp_path_factory.mktemp("java"))
    yield programs
    programs.close()


@pytest.fixture(scope="session")
def java(server_kind: ServerKind, java_programs: Programs) -> JavaCodec:
    """The Java client of the current version."""
    version = server_kind.version
    return JavaCodec(version, java_programs.get(version, lambda folder: start_codec(version, folder)))
