"""Each scenario ends as declared, whichever client plays it on whichever server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from clients import CLIENTS
from scenarios import SCENARIOS

if TYPE_CHECKING:
    from clients import Client
    from scenarios import Scenario
    from theatre import Theatre

    from real_rocketmq.pytest_plugin import Server

PATIENCE = 150.0
"""Seconds; more than any scenario waits, and others play at the same time."""

pytestmark = [pytest.mark.foreign, pytest.mark.timeout(PATIENCE + 100)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    pairs = [(client, scenario) for client in CLIENTS for scenario in SCENARIOS]
    ids = [f"{client}-{scenario.name}" for client, scenario in pairs]
    metafunc.parametrize(("client", "scenario"), pairs, ids=ids, indirect=["client"], scope="session")


def test_outcome(
    client: Client,
    scenario: Scenario,
    server: Server,
    theatre: Theatre,
    request: pytest.FixtureRequest,
    record_property: pytest.RecordProperty,
) -> None:
    kind = f"{'real' if server.is_real else 'fake'} {server.version}"
    for name, value in {"scenario": scenario.name, "client": str(client), "server": kind}.items():
        record_property(name, value)
    theatre.play(client, server, chosen_with(request))
    assert theatre.outcome(client, server, scenario, PATIENCE) == scenario.expected(client, server)


def chosen_with(request: pytest.FixtureRequest) -> list[Scenario]:
    """Return the scenarios of this session for the client and the server of a case."""
    current = request.node.callspec.params
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    return [
        item.callspec.params["scenario"]
        for item in items
        if item.originalname == "test_outcome"
        and all(item.callspec.params[name] == current[name] for name in ("client", "server_kind"))
    ]
