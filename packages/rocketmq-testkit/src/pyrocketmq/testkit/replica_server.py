"""`ReplicaServer`: a broker that follows a master."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.enums import RequestCode, ResponseCode
from pyrocketmq.testkit.broker_server import BrokerServer
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from pyrocketmq.testkit.exchange import Exchange

_SYNCHRONISATION: Final = 10_000
# Milliseconds between two copies of the master's topics, groups and offsets; messages follow at once.

_SENDS: Final = frozenset(
    (
        RequestCode.SEND_MESSAGE,
        RequestCode.SEND_MESSAGE_V2,
        RequestCode.SEND_BATCH_MESSAGE,
        RequestCode.CONSUMER_SEND_MSG_BACK,
    )
)
_PULLS: Final = frozenset((RequestCode.PULL_MESSAGE, RequestCode.LITE_PULL_MESSAGE))


class ReplicaServer(BrokerServer):
    """A fake broker that has a master's messages and gives them away if it may, but takes none.

    Args:
        master: The master; its store is the replica's too, so that what is stored is replicated already.
        options: Those of `BrokerServer`.
    """

    is_replica = True

    def __init__(self, master: BrokerServer, **options: Any) -> None:  # those of `BrokerServer`, of several types
        super().__init__(**options)
        self._master = master
        self.store = master.store
        self._synchronise()
        self.loop.timers.call_every(_SYNCHRONISATION, self._synchronise)

    def refuse(self, exchange: Exchange) -> Refusal | None:
        """Take no messages, and give some away only where that is allowed."""
        code = exchange.command.code
        if self.profile.rejects_on_replicas:
            may_read = self.settings.enabled("slaveReadEnable")
            if code in _SENDS or (code in _PULLS and not may_read):
                return Refusal(ResponseCode.SYSTEM_BUSY, "[REJECTREQUEST]system busy, start flow control for a while")
        elif code in _SENDS:
            return Refusal(
                ResponseCode.SERVICE_NOT_AVAILABLE,
                "service not available now. It may be caused by one of the following reasons: the broker's disk is "
                "full, messages are put to the slave, message store has been shut down, etc.",
            )
        if code == RequestCode.END_TRANSACTION:
            return Refusal(ResponseCode.SLAVE_NOT_AVAILABLE, None)
        return super().refuse(exchange)

    def _synchronise(self) -> None:
        if self._master.is_open or not self.is_open:
            self.topics.copy_from(self._master.topics)
            self.groups.copy_from(self._master.groups)
            self.offsets.copy_from(self._master.offsets)
