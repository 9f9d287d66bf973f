"""Peers that speak something else, on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scripted_server import answer

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import RemoteConnectionError, RemoteProtocolError
from pyrocketmq.remote.peer import foreign_protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer

FOREIGN = {
    "tls alert": (b"\x15\x03\x01\x00\x02\x02\x0a", "the peer speaks TLS"),
    "tls handshake": (b"\x16\x03\x03\x00\x50rest", "the peer speaks TLS"),
    "http": (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "the peer speaks HTTP:"),
    "http/2": (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18), "looks like a gRPC port"),
    "text": (b"SSH-2.0-OpenSSH_9.2\r\n", "frame of 1397966897 bytes"),
    "zeros": (bytes(64), "leaves no room for a header"),
    "negative length": (b"\xff\xff\xff\xfe" + bytes(8), "leaves no room"),
    "too large": (b"\x01\x00\x00\x00" + bytes(8), "frame of 16777220 bytes, limit 16777216"),
    "header exceeds frame": (b"\x00\x00\x00\x04\x00\x00\x00\xff", "exceeds the frame"),
    "serialize type": (b"\x00\x00\x00\x05\x07\x00\x00\x01x", "unknown serialize type 7"),
    "not json": (b"\x00\x00\x00\x08\x00\x00\x00\x04{{{{", "JSON header does not parse"),
}


@pytest.mark.parametrize(("sent", "said"), FOREIGN.values(), ids=FOREIGN.keys())
async def test_foreign_bytes(driver: Driver, serve: Callable[..., ScriptedServer], sent: bytes, said: str) -> None:
    server = serve(lambda peer, request: peer.send(sent))
    remote = driver.remote(server.address)
    with pytest.raises(RemoteProtocolError, match=said) as caught:
        await remote.invoke(RemotingCommand(1))
    assert caught.value.written
    assert "\n" not in str(caught.value)
    assert not remote.is_connected
    server.script = answer
    assert (await remote.invoke(RemotingCommand(1))).code == 0


async def test_answer_before_garbage_counts(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def answer_and_garbage(peer: Peer, request: RemotingCommand) -> None:
        good = RemotingCommand(5, opaque=request.opaque, flag=1).encode()
        peer.send(good + b"\x00\x00\x00\x05\x07\x00\x00\x01x")

    server = serve(answer_and_garbage)
    assert (await driver.remote(server.address).invoke(RemotingCommand(1))).code == 5


async def test_closed_before_the_first_answer(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda peer, request: peer.close())
    with pytest.raises(RemoteConnectionError, match="does it accept connections without TLS"):
        await driver.remote(server.address).invoke(RemotingCommand(1))


async def test_frame_limit(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def large(peer: Peer, request: RemotingCommand) -> None:
        peer.send(RemotingCommand(0, opaque=request.opaque, flag=1, body=bytes(5000)).encode())

    server = serve(large)
    with pytest.raises(RemoteProtocolError, match="limit 4000"):
        await driver.remote(server.address, max_frame_size=4000).invoke(RemotingCommand(1))


def test_no_frame_looks_foreign() -> None:
    for length in (8, 100, 0x1204, 0x12_0400, 16 * 1024 * 1024 - 4):
        frame = length.to_bytes(4, "big") + (100).to_bytes(4, "big") + b"{"
        assert foreign_protocol(frame) is None
    assert foreign_protocol(b"\x00") is None
