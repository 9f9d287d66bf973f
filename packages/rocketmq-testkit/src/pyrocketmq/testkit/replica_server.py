"""`ReplicaServer`: a broker that follows a master."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.enums import RequestCode, ResponseCode
from pyrocketmq.testkit.broker_server import BrokerServer
from pyrocketmq.testkit.refusal import NOT_SET, Refusal

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

_NOT_SERVING: Final = (
    "service not available now. It may be caused by one of the following reasons: the broker's disk is full "
    "[CL: 0.50 CQ: 0.50 INDEX: 0.50], messages are put to the slave, message store has been shut down, etc."
)


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

    def admit(self, exchange: Exchange) -> None:
        """Take no messages, and give some away only where that is allowed.

        Raises:
            Refusal: a replica does not do that.
        """
        super().admit(exchange)
        code = exchange.command.code
        rejects = self.profile.rejects_on_replicas
        if code in _SENDS and not rejects:
            raise Refusal(ResponseCode.SERVICE_NOT_AVAILABLE, _NOT_SERVING)
        if code in _SENDS or (rejects and code in _PULLS and not self.settings.enabled("slaveReadEnable")):
            raise Refusal(ResponseCode.SYSTEM_BUSY, "[REJECTREQUEST]system busy, start flow control for a while")
        if code == RequestCode.END_TRANSACTION:
            raise Refusal(ResponseCode.SLAVE_NOT_AVAILABLE, NOT_SET)

    def _synchronise(self) -> None:
        if self._master.is_open or not self.is_open:
            self.topics.copy_from(self._master.topics)
            self.groups.copy_from(self._master.groups)
            self.offsets.copy_from(self._master.offsets)
