"""Properties of a fake broker or NameServer, by their real names and with their real defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.delay import DEFAULT_DELAY_LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

BROKER_DEFAULTS: Final[dict[str, str]] = {
    "autoCreateTopicEnable": "true",
    "autoCreateSubscriptionGroup": "true",
    "brokerPermission": "6",
    "defaultTopicQueueNums": "8",
    "enablePropertyFilter": "false",
    "enableRetryTopicV2": "false",
    "fileReservedTime": "72",
    "longPollingEnable": "true",
    "maxMessageSize": "4194304",
    "maxTransferBytesOnMessageInMemory": "262144",
    "maxTransferCountOnMessageInMemory": "32",
    "messageDelayLevel": DEFAULT_DELAY_LEVELS,
    "recallMessageEnable": "false",
    "rejectPullConsumerEnable": "false",
    "rejectTransactionMessage": "false",
    "shortPollingTimeMills": "1000",
    "slaveReadEnable": "false",
    "storeReplyMessageEnable": "true",
    "timerMaxDelaySec": "259200",
    "timerWheelEnable": "true",
    "traceTopicEnable": "false",
    "transactionCheckInterval": "30000",
    "transactionCheckMax": "15",
    "transactionTimeOut": "6000",
    "useServerSideResetOffset": "true",
}

NAMESERVER_DEFAULTS_4: Final = {"orderMessageEnable": "false"}
NAMESERVER_DEFAULTS_5: Final = {
    **NAMESERVER_DEFAULTS_4,
    "deleteTopicWithBrokerRegistration": "false",
    "scanNotActiveBrokerInterval": "5000",
}


class Properties:
    """Settings that can change while the server runs; values are text, as on the wire.

    Args:
        defaults: What holds unless it is given.
        given: What was asked for. Names that the fake knows nothing of are kept and shown, like on a real server.
    """

    def __init__(self, defaults: Mapping[str, str], given: Mapping[str, object] | None = None) -> None:
        self._values = dict(defaults)
        self.update({name: text_of(value) for name, value in (given or {}).items()})

    def update(self, values: Mapping[str, str]) -> None:
        """Take new values."""
        self._values.update(values)

    def text(self, name: str) -> str:
        """Return a value."""
        return self._values[name]

    def number(self, name: str) -> int:
        """Return a value that is a number."""
        return int(self._values[name])

    def enabled(self, name: str) -> bool:
        """Return a value that is a switch."""
        return self._values[name].lower() == "true"

    def all(self) -> dict[str, str]:
        """Return all settings, by name."""
        return dict(sorted(self._values.items()))


def text_of(value: object) -> str:
    """Return a setting as the wire spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
