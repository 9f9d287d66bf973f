"""Records anew what the admin tool's commands print on real brokers.

PYTHONPATH=tools:tests/support:tests/foreign uv run python tests/foreign/record_admin.py
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import admin_commands
from clients import JAVA_4, JAVA_5
from scenarios import SCENARIOS, AdminScenario
from theatre import Theatre

from real_rocketmq.jars import VERSIONS
from real_rocketmq.pytest_plugin import ServerKind, ServerPool

SECONDS = 120.0


def main() -> None:
    """Play the commands with both tools on both servers, and write the file."""
    (scenario,) = (each for each in SCENARIOS if isinstance(each, AdminScenario))
    played = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(ServerPool()) as servers,
        closing(Theatre(Path(folder))) as theatre,
    ):
        for version in VERSIONS:
            server = servers.get(ServerKind(version, is_real=True))
            for client in (JAVA_4, JAVA_5):
                if not scenario.suits(client, version):
                    continue
                theatre.play(client, server, [scenario])
                played[f"{client} on {version}"] = theatre.outcome(client, server, scenario, SECONDS)
    admin_commands.record(played)


if __name__ == "__main__":
    main()
