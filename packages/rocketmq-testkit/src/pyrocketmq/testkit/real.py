"""A real broker in the place of the fake, for tests that run on both."""

from __future__ import annotations

import socket
from typing import Final

import pytest

from pyrocketmq.model.bodies.route import ClusterInfo
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import FrameDecoder
from pyrocketmq.model.requests import GetBrokerClusterInfo, GetBrokerClusterInfoReply
from pyrocketmq.testkit.endpoint import endpoint_of

_TIMEOUT: Final = 5.0
_MASTER: Final = 0


class RealBroker:
    """What a test may know of a real broker; it skips the test that asks for more.

    Args:
        namesrv_address: Where its NameServer is.

    Raises:
        OSError: there is none.
        ProtocolError: it does not answer like one.
    """

    def __init__(self, namesrv_address: str) -> None:
        self.namesrv_address = namesrv_address
        """Where its NameServer is."""
        data = min(
            (
                data
                for data in _cluster_info(namesrv_address).broker_addr_table.values()
                if _MASTER in data.broker_addrs
            ),
            key=lambda data: data.broker_name,
            default=None,
        )
        if data is None:
            raise ProtocolError(f"the NameServer at {namesrv_address} knows no master")
        self.address = data.broker_addrs[_MASTER]
        """Where the broker is: of several, the first by name."""
        self.broker_name = data.broker_name
        """Its name."""
        self.cluster_name = data.cluster or ""
        """Name of its cluster."""

    def __getattr__(self, name: str) -> object:
        pytest.skip(f"needs a fake broker: {name} is not there with --rocketmq")


def _cluster_info(address: str) -> ClusterInfo:
    decoder = FrameDecoder()
    frames: list[bytes | bytearray] = []
    with socket.create_connection(endpoint_of(address), _TIMEOUT) as connection:
        connection.sendall(GetBrokerClusterInfo().to_frame(1))
        while not frames:
            data = connection.recv(65536)
            if not data:
                raise ProtocolError(f"the server at {address} closed the connection: it is no NameServer")
            frames = decoder.feed(data)
    command = RemotingCommand.decode(frames[0])
    if command.code:
        raise ProtocolError(f"the server at {address} answered {command.code}: {command.remark}")
    return GetBrokerClusterInfoReply.from_command(command).cluster_info
