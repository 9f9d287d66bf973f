"""Where brokers are: what a manager knows, and how it finds out.

The address that a manager is given may be a NameServer's or a broker's; it finds out by asking for the cluster
(GET_BROKER_CLUSTER_INFO, 106), which every NameServer answers and no broker knows.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.errors import (
    AuthorizationError,
    BrokerConnectionError,
    BrokerError,
    BrokerProtocolError,
    BrokerTimeoutError,
)
from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS
from pyrocketmq.model import ResponseCode
from pyrocketmq.model.requests import GetBrokerClusterInfo, GetBrokerConfig
from pyrocketmq.remote import Address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan

MASTER_ID: Final = 0
"""Broker id of the master in its group; replicas have higher ones."""

REFRESH_PERIOD: Final = 30.0
"""Seconds for which routes are taken as true."""


class Routes:
    """The addresses of brokers, by name and broker id.

    Args:
        addresses: NameServers, tried in turn, or one broker.
    """

    def __init__(self, addresses: Sequence[Address]) -> None:
        self.addresses = list(addresses)
        self._brokers: Mapping[str, Mapping[int, str]] = {}
        # As they are told: one that is no address must not stand in the way to the other brokers.
        self._fresh_until = 0.0
        self._any_name: Address | None = None
        # A broker that does not tell its name, because access control keeps its configuration from this user.
        self._found: set[tuple[str, int]] = set()
        # Brokers that were there once: where one is missing now it is down, and not a wrong name.

    def invalidate(self) -> None:
        """Say that a connection failed, so that the next look-up asks again."""
        self._fresh_until = 0.0

    def expire(self, lost_at: float) -> None:
        """Say when a connection failed; the next look-up asks again, unless somebody has asked since.

        Args:
            lost_at: The time, by the monotonic clock.
        """
        if self._fresh_until - REFRESH_PERIOD < lost_at:
            self.invalidate()

    def look_up(self, context: ClientContext, broker_name: str, broker_id: int, timeout: float) -> Plan[Address]:
        """Return the address of a broker.

        Args:
            context: The manager's settings.
            broker_name: Name of the broker group.
            broker_id: 0 for the master.
            timeout: Seconds for the whole look-up.

        Raises:
            BrokerError: there is no such broker; the message names those that there are.
            BrokerConnectionError: no NameServer can be reached, and the message names all that were tried; or the
                broker was there before and is gone.
            BrokerProtocolError: what the broker is registered with is no address.
        """
        if time.monotonic() >= self._fresh_until or self._find(broker_name, broker_id) is None:
            yield from self._refresh(context, timeout)
        address = self._find(broker_name, broker_id)
        if address is None:
            kind = BrokerConnectionError if (broker_name, broker_id) in self._found else BrokerError
            raise kind(self._unknown(broker_name, broker_id), broker_addr=self._asked)
        self._found.add((broker_name, broker_id))
        return address

    def names(self, context: ClientContext, timeout: float) -> Plan[list[str]]:
        """Ask for the names of all brokers, in order; none where the only broker keeps its name to itself.

        Raises:
            BrokerConnectionError: no NameServer can be reached; the message names all that were tried.
        """
        yield from self._refresh(context, timeout)
        return sorted(self._brokers)

    def not_asked(self, operation: str) -> BrokerConnectionError:
        """Return the error of a call that waits in vain for the answer to another call's question."""
        reason = "cannot be reached: another call still waits for an answer, and there was no time to ask"
        return BrokerConnectionError(reason, broker_addr=self._asked, operation=operation)

    @property
    def _asked(self) -> str:
        return ";".join(map(str, self.addresses))

    def _find(self, broker_name: str, broker_id: int) -> Address | None:
        if self._any_name is not None:
            return self._any_name
        text = self._brokers.get(broker_name, {}).get(broker_id)
        try:
            return None if text is None else Address.parse(text)
        except ValueError as error:
            reason = f"broker {broker_name!r} is registered with a bad {error}; set brokerIP1 of the broker"
            raise BrokerProtocolError(reason, broker_addr=self._asked) from error

    def _unknown(self, broker_name: str, broker_id: int) -> str:
        group = self._brokers.get(broker_name)
        if group is None:
            known = ", ".join(sorted(self._brokers)) or "none"
            return f"there is no broker named {broker_name!r}; known: {known}"
        known = ", ".join(map(str, sorted(group)))
        return f"broker {broker_name!r} has no member with id {broker_id}; known: {known}"

    def _refresh(self, context: ClientContext, timeout: float) -> Plan[None]:
        failures: list[BrokerError] = []
        deadline = time.monotonic() + timeout
        for position, address in enumerate(self.addresses):
            # Each of the servers that are left gets its share of what is left of the time.
            share = (deadline - time.monotonic()) / (len(self.addresses) - position)
            try:
                yield from self._ask(context, address, max(share, 0.0))
            except (BrokerConnectionError, BrokerTimeoutError) as error:
                failures.append(error)
            else:
                self.addresses.insert(0, self.addresses.pop(position))
                self._fresh_until = time.monotonic() + REFRESH_PERIOD
                return
        reasons = "; ".join(f"{error.broker_addr}: {error.reason}" for error in failures)
        raise BrokerConnectionError(f"cannot be reached: {reasons}", broker_addr=self._asked) from failures[-1]

    def _ask(self, context: ClientContext, address: Address, timeout: float) -> Plan[None]:
        try:
            reply = yield from call(context, GetBrokerClusterInfo(), timeout, None, address=address)
        except BrokerError as error:
            if error.response_code != ResponseCode.REQUEST_CODE_NOT_SUPPORTED:
                raise
            yield from self._ask_broker(context, address, timeout)
            return
        self._any_name = None
        self._brokers = {name: data.broker_addrs for name, data in reply.cluster_info.broker_addr_table.items()}

    def _ask_broker(self, context: ClientContext, address: Address, timeout: float) -> Plan[None]:
        """Ask a broker for its own name: the only one that it can be asked for under this address."""
        try:
            reply = yield from call(context, GetBrokerConfig(), timeout, REPEAT_READS, address=address)
        except AuthorizationError:
            self._any_name = address
            return
        self._any_name = None
        self._brokers = {reply.settings["brokerName"]: {int(reply.settings.get("brokerId", MASTER_ID)): str(address)}}


def parse_addresses(text: str) -> list[Address]:
    """Read a list of addresses, separated by `;`.

    Raises:
        ValueError: an element is no address, or there is none.
    """
    addresses = [Address.parse(part) for part in text.split(";") if part.strip()]
    if not addresses:
        raise ValueError(f"no address in {text!r}: expected 'host:port', several separated by ';'")
    return addresses
