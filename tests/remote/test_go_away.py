"""Servers that say that they are going away, on both sides."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from scripted_server import answer, answer_to, eventually

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.remote import (
    ConnectionClosed,
    ConnectionEvent,
    ConnectionOpened,
    RemoteClosedError,
    RemoteConnectionError,
    ServerGoingAway,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer

HELD = 11


class GoingAway:
    """The first connection's server refuses everything but what it holds; those of later ones answer."""

    def __init__(self) -> None:
        self.held: list[tuple[Peer, RemotingCommand]] = []

    def __call__(self, peer: Peer, request: RemotingCommand) -> None:
        if peer is not peer.server.peers[0]:
            answer(peer, request)
        elif request.code == HELD:
            self.held.append((peer, request))
        else:
            peer.answer(request, ResponseCode.GO_AWAY)


async def test_call_goes_over_a_new_connection(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(GoingAway())
    heard: list[ConnectionEvent] = []
    remote = driver.remote(server.address, event_listeners=(heard.append,))
    assert (await remote.invoke(RemotingCommand(7))).ext_fields == {"code_received": "7"}
    assert [request.code for request in server.received] == [7, 7]
    assert remote.metrics.resends == 1
    assert (await remote.invoke(RemotingCommand(8))).code == 0
    assert len(server.peers) == 2
    await eventually(lambda: len(heard) == 4)
    assert [type(event) for event in heard[:2]] == [ConnectionOpened, ServerGoingAway]
    closed = ConnectionClosed(address=remote.address, local_address=heard[0].local_address, failed_calls=0)  # type: ignore[attr-defined]
    assert closed in heard[2:]
    assert {type(event) for event in heard[2:]} == {ConnectionOpened, ConnectionClosed}
    assert remote.metrics.losses == 0


async def test_calls_in_flight_are_still_answered(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    script = GoingAway()
    server = serve(script)
    remote = driver.remote(server.address)
    held = asyncio.ensure_future(remote.invoke(RemotingCommand(HELD), timeout=30))
    await eventually(lambda: script.held)
    answers = await asyncio.gather(*(remote.invoke(RemotingCommand(7)) for _ in range(8)))
    assert [reply.code for reply in answers] == [0] * 8
    assert len(server.peers) == 2
    assert remote.metrics.in_flight == 1, "on the old connection"
    peer, request = script.held[0]
    peer.send(answer_to(request, 5))
    assert (await held).code == 5


async def test_closing_takes_the_old_connection_along(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    script = GoingAway()
    server = serve(script)
    remote = driver.remote(server.address)
    held = asyncio.ensure_future(remote.invoke(RemotingCommand(HELD), timeout=30))
    await eventually(lambda: script.held)
    await remote.invoke(RemotingCommand(7))
    await remote.close()
    with pytest.raises(RemoteClosedError):
        await held


async def test_server_that_stays_away(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda peer, request: peer.answer(request, ResponseCode.GO_AWAY))
    remote = driver.remote(server.address)
    assert (await remote.invoke(RemotingCommand(7))).code == ResponseCode.GO_AWAY
    assert remote.metrics.resends == 1


async def test_server_that_is_gone(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def refuse_and_end(peer: Peer, request: RemotingCommand) -> None:
        peer.server.stop_listening()
        peer.answer(request, ResponseCode.GO_AWAY)

    server = serve(refuse_and_end)
    remote = driver.remote(server.address)
    with pytest.raises(RemoteConnectionError, match="refused") as caught:
        await remote.invoke(RemotingCommand(7))
    assert not caught.value.written
