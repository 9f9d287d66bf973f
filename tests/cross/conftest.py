"""The Java client's codecs as a fixture, and the helpers beside this file made importable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.append(str(Path(__file__).parent))

from java_codec import JavaCodec, JavaCodecs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real_rocketmq.pytest_plugin import ServerKind


@pytest.fixture(scope="session")
def java_codecs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JavaCodecs]:
    """The JVMs of this session."""
    codecs = JavaCodecs(tmp_path_factory.mktemp("java"))
    yield codecs
    codecs.close()


@pytest.fixture(scope="session")
def java(server_kind: ServerKind, java_codecs: JavaCodecs) -> JavaCodec:
    """The Java client of the current version."""
    return java_codecs.get(server_kind.version)
