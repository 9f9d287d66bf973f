"""Plays scenarios: all of one client on one server at the same time, because most of their time is waiting."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any, Final

from compiled import Programs
from pyrocketmq.broker import create_broker_client
from pyrocketmq.nameserver import create_nameserver_client

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from clients import Client
    from scenarios import Scenario

    from real_rocketmq.pytest_plugin import Server

QUEUES: Final = 4
ROUTE_SECONDS: Final = 10.0


class Stage:
    """A topic with four queues and a group that no other scenario uses, on one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        unique = uuid.uuid4().hex[:12]
        self.topic = f"foreign_{unique}"
        self.group = f"group_{unique}"
        with create_broker_client(server.broker_address) as client:
            client.create_topic(self.topic, queues=QUEUES)
        self._await_route()

    @property
    def parameters(self) -> dict[str, str]:
        """What a program has to know."""
        return {
            "namesrv": self.server.namesrv_address,
            "broker": self.server.broker_address,
            "brokerName": self.server.broker_name,
            "cluster": self.server.cluster_name,
            "topic": self.topic,
            "group": self.group,
        }

    def normal(self, outcome: Any) -> Any:
        """Return an outcome with names in the place of this stage's own."""
        text = json.dumps(outcome)
        for name in ("topic", "group", "broker", "namesrv"):
            text = text.replace(self.parameters[name], f"<{name}>")
        return json.loads(text)

    def _await_route(self) -> None:
        # 4.9 tells its NameServer of a topic a moment after it has answered.
        deadline = time.monotonic() + ROUTE_SECONDS
        with create_nameserver_client(self.server.namesrv_address) as client:
            while self.topic not in client.get_all_topics():
                assert time.monotonic() < deadline, f"no route to {self.topic} within {ROUTE_SECONDS} s"
                time.sleep(0.01)


class Theatre:
    """The programs of the clients, and what has been played.

    Args:
        folder: Where the programs run.
    """

    def __init__(self, folder: Path) -> None:
        self._programs = Programs(folder)
        self._played: dict[tuple[Client, Server, str], tuple[Stage, Future[Any]]] = {}

    def call(self, client: Client, stage: Stage, operation: str, **parameters: object) -> Future[Any]:
        """Have a client's program carry out an operation."""
        program = self._programs.get(str(client), client.start)
        return program.submit(operation, **stage.parameters, **parameters)

    def play(self, client: Client, server: Server, scenarios: list[Scenario]) -> None:
        """Begin those scenarios that have not been played with this client on this server."""
        for scenario in scenarios:
            key = (client, server, scenario.name)
            if key not in self._played:
                stage = Stage(server)
                operation, parameters = scenario.operation(client)
                self._played[key] = stage, self.call(client, stage, operation, **parameters)

    def outcome(self, client: Client, server: Server, scenario: Scenario, seconds: float) -> Any:
        """Return what came of a scenario that was begun, normalised.

        Raises:
            ProgramError: the client threw.
            TimeoutError: it is not over yet.
        """
        stage, future = self._played[client, server, scenario.name]
        return scenario.reduce(stage.normal(future.result(seconds)))

    def close(self) -> None:
        """End the programs."""
        self._programs.close()
