"""Which brokers a name server knows, asked over a plain socket so that no client under test has a part in it."""

from __future__ import annotations

import json
import re
import socket
import struct
from typing import TypedDict, cast

GET_BROKER_CLUSTER_INFO = 106


class _BrokerData(TypedDict):
    brokerAddrs: dict[str, str]


class _ClusterInfo(TypedDict):
    brokerAddrTable: dict[str, _BrokerData]


def registered_brokers(namesrv_address: str, timeout: float = 3.0) -> dict[str, dict[int, str]]:
    """Ask a name server for its brokers: name to broker id to address.

    Raises:
        OSError: the name server did not answer within ``timeout`` seconds.
    """
    host, port = namesrv_address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout) as connection:
        connection.sendall(_request())
        body = _response_body(connection)
    # The name server writes broker ids as bare numbers, which JSON does not allow as keys.
    quoted = re.sub(r"([{,])(\d+):", r'\1"\2":', body.decode())
    info = cast("_ClusterInfo", json.loads(quoted))
    return {
        name: {int(broker_id): address for broker_id, address in data["brokerAddrs"].items()}
        for name, data in info["brokerAddrTable"].items()
    }


def _request() -> bytes:
    header = json.dumps({"code": GET_BROKER_CLUSTER_INFO, "flag": 0, "language": "OTHER", "opaque": 1, "version": 0})
    return struct.pack(">ii", 4 + len(header), len(header)) + header.encode()


def _response_body(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as stream:
        size, header_size = struct.unpack(">ii", _read(stream.read(8), 8))
        return _read(stream.read(size - 4), size - 4)[header_size:]


def _read(data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise ConnectionError("the name server closed the connection before its answer was complete")
    return data
