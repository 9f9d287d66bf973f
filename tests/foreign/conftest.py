"""Fixtures for the tests with foreign clients, and the helpers beside this file made importable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.append(str(Path(__file__).parent))

from clients import Client
from scenarios import Scenario
from theatre import Theatre

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect scenarios that a client cannot play on a server."""
    unsuited = [item for item in items if not _suits(item)]
    if unsuited:
        items[:] = [item for item in items if _suits(item)]
        config.hook.pytest_deselected(items=unsuited)


def _suits(item: pytest.Item) -> bool:
    case = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    scenario = case.get("scenario")
    return not isinstance(scenario, Scenario) or scenario.suits(case["client"], case["server_kind"].version)


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
