"""The two questions asked of a server, over a plain socket so that no client under test has a part in them."""

from __future__ import annotations

import json
import re
import socket
import struct
from typing import BinaryIO, TypedDict, cast

_UPDATE_BROKER_CONFIG = 25
_GET_BROKER_CLUSTER_INFO = 106


class _BrokerData(TypedDict):
    brokerAddrs: dict[str, str]


class _ClusterInfo(TypedDict):
    brokerAddrTable: dict[str, _BrokerData]


def registered_brokers(namesrv_address: str, timeout: float = 3.0) -> dict[str, dict[int, str]]:
    """Ask a name server for its brokers: name to broker id to address.

    Raises:
        OSError: the name server did not answer within ``timeout`` seconds.
    """
    body = _ask(namesrv_address, _GET_BROKER_CLUSTER_INFO, timeout=timeout)
    # The name server writes broker ids as bare numbers, which JSON does not allow as keys.
    quoted = re.sub(r"([{,])(\d+):", r'\1"\2":', body.decode())
    info = cast("_ClusterInfo", json.loads(quoted))
    return {
        name: {int(broker_id): address for broker_id, address in data["brokerAddrs"].items()}
        for name, data in info["brokerAddrTable"].items()
    }


def update_broker_config(broker_address: str, name: str, value: str, timeout: float = 3.0) -> None:
    """Ask a broker to change one of its properties; whether it did is not looked at.

    Raises:
        OSError: the broker did not answer within ``timeout`` seconds.
    """
    _ask(broker_address, _UPDATE_BROKER_CONFIG, f"{name}={value}".encode(), timeout=timeout)


def _ask(address: str, code: int, body: bytes = b"", *, timeout: float) -> bytes:
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout) as connection:
        connection.sendall(_frame(code, body))
        with connection.makefile("rb") as stream:
            size, header_size = struct.unpack(">ii", _read(stream, 8))
            return _read(stream, size - 4)[header_size:]


def _frame(code: int, body: bytes) -> bytes:
    header = json.dumps({"code": code, "flag": 0, "language": "OTHER", "opaque": 1, "version": 0}).encode()
    return struct.pack(">ii", 4 + len(header) + len(body), len(header)) + header + body


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise ConnectionError("the server closed the connection before its answer was complete")
    return data
