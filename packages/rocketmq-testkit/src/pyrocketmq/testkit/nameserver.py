"""`NameServer`: everything that one fake NameServer knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.testkit.handlers import nameserver
from pyrocketmq.testkit.handlers.registry import NAMESERVER
from pyrocketmq.testkit.properties import Properties
from pyrocketmq.testkit.server import Server
from pyrocketmq.testkit.store.routes import EXPIRY_SCAN, RouteTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.testkit.connection import Connection
    from pyrocketmq.testkit.loop import ServerLoop
    from pyrocketmq.testkit.recorder import Recorder
    from pyrocketmq.testkit.refusal import Refusal
    from pyrocketmq.testkit.version import Profile

HANDLER_MODULES: Final = (nameserver,)
"""The modules that fill the table of handlers; importing them does it."""


class NameServer(Server):
    """A fake NameServer.

    Attributes:
        routes: Brokers and topics.
        values: Values by namespace and key.
        settings: Its properties.
    """

    def __init__(
        self,
        loop: ServerLoop,
        recorder: Recorder,
        profile: Profile,
        *,
        host: str,
        port: int,
        properties: Mapping[str, object],
        name: str = "namesrv",
    ) -> None:
        super().__init__(loop, recorder, NAMESERVER, profile, name=name, host=host, port=port)
        self.settings = Properties(profile.namesrv_defaults, properties)
        self.routes = RouteTable(self.clock, shows_acting_master=profile.has_extended_json)
        self.values: dict[str, dict[str, str]] = {}
        loop.timers.call_every(EXPIRY_SCAN, self.routes.drop_expired)

    def open(self) -> None:
        """Listen; the port is one of its settings."""
        super().open()
        self.settings.update({"listenPort": str(self.port)})

    def close(self) -> None:
        """Stop listening and forget all brokers; they register again when it is back."""
        super().close()
        self.routes.clear()

    def connection_lost(self, connection: Connection) -> None:
        """Forget the brokers that registered over it."""
        super().connection_lost(connection)
        self.routes.disconnect(connection)

    def refuse_unknown(self, code: int) -> Refusal | None:
        """Answer an unknown request code, unless this version ignores it."""
        return super().refuse_unknown(code) if self.profile.nameserver_refuses_unknown else None
