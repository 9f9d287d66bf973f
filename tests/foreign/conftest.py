"""Fixtures for the tests with foreign clients, and the helpers beside this file made importable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.append(str(Path(__file__).parent))

from clients import Client
from theatre import Theatre

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """The programs of this session."""
    made = Theatre(tmp_path_factory.mktemp("foreign"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def client(request: pytest.FixtureRequest) -> Client:
    """The client of the current case; parametrized for the whole session so that its cases come together."""
    chosen = request.param
    assert isinstance(chosen, Client)
    return chosen
