"""Peers that take no bytes, and limits for calls in flight."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from drivers import sync_only
from scripted_server import eventually, ignore, take_nothing

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import AsyncRemote, RemoteConfig, RemoteConnectionError, RemoteTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer

MEBIBYTE = bytes(1024 * 1024)


async def fill(remote: Any, deadline: float = 0.05) -> RemoteTimeoutError:
    """Send one-way requests until the peer's buffers are full; return the error that shows it.

    They are full when nothing has left in all the time of a request: on a busy machine one may just be slow.
    """
    number = 0
    while number < 100:
        before = remote.metrics.bytes_out
        try:
            await remote.invoke_oneway(RemotingCommand(number, body=MEBIBYTE), timeout=deadline)
            number += 1
        except RemoteTimeoutError as error:
            if remote.metrics.bytes_out == before:
                return error
            number += error.written
    raise AssertionError("the buffers never filled")


async def test_oneway_waits_and_gives_up(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = driver.remote(server.address)
    error = await fill(remote)
    assert "takes no bytes" in str(error)
    sent = remote.metrics.oneways
    server.peers[0].reads.set()
    assert (await remote.invoke(RemotingCommand(1000))).ext_fields == {"code_received": "1000"}
    assert remote.metrics.reconnects == 0
    codes = [request.code for request in server.received]
    assert codes == [*range(codes[-2] + 1), 1000]  # in order, whole, and none that was given up
    assert sent - 1 <= len(codes) <= sent + 1


async def test_call_that_was_not_sent_says_so(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = driver.remote(server.address)
    await fill(remote)
    with pytest.raises(RemoteTimeoutError) as caught:
        await remote.invoke(RemotingCommand(77), timeout=0.05)
    assert not caught.value.written
    server.peers[0].reads.set()
    assert (await remote.invoke(RemotingCommand(78))).code == 0
    assert 77 not in [request.code for request in server.received]
    assert remote.metrics.in_flight == 0


@sync_only
async def test_peer_that_never_reads_again(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = driver.remote(server.address, read_timeout=0.2)
    await fill(remote)
    await eventually(lambda: not remote.is_connected)
    assert remote.metrics.losses == 1


async def test_closing_while_the_peer_takes_nothing(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = driver.remote(server.address)
    await fill(remote)
    await remote.close()
    assert not remote.is_connected


async def test_many_large_requests_at_once(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    calls = (remote.invoke(RemotingCommand(code, body=MEBIBYTE), timeout=30) for code in range(24))
    results = await asyncio.gather(*calls)
    assert [result.ext_fields for result in results] == [{"code_received": str(code)} for code in range(24)]
    assert {len(request.body) for request in server.received} == {len(MEBIBYTE)}


async def test_loss_while_frames_wait(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = driver.remote(server.address)
    await fill(remote)
    calls = [asyncio.ensure_future(remote.invoke(RemotingCommand(code), timeout=30)) for code in range(5)]
    await asyncio.sleep(0)  # tasks wait to be let in after this, threads for their answers
    await eventually(lambda: not driver.threads or remote.metrics.in_flight == 5)
    server.peers[0].reset()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(result, RemoteConnectionError) and not result.written for result in results), results


async def test_limit_of_calls_in_flight(serve: Callable[..., ScriptedServer]) -> None:
    held: list[tuple[Peer, RemotingCommand]] = []
    server = serve(lambda peer, request: held.append((peer, request)))
    async with AsyncRemote(server.address, RemoteConfig(max_in_flight=4)) as remote:
        calls = [asyncio.create_task(remote.invoke(RemotingCommand(code))) for code in range(10)]
        await server.wait_for_requests(4)
        await asyncio.sleep(0.02)
        assert [request.code for request in server.received] == [0, 1, 2, 3]
        assert remote.metrics.in_flight == 4
        while not all(call.done() for call in calls):
            while held:
                peer, request = held.pop()
                peer.answer(request)
            await asyncio.sleep(0.001)
        assert [request.code for request in server.received] == list(range(10))


async def test_limit_of_bytes_in_flight(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    async with AsyncRemote(server.address, RemoteConfig(max_in_flight_bytes=3 * 1024 * 1024)) as remote:
        calls = [
            asyncio.create_task(remote.invoke(RemotingCommand(code, body=MEBIBYTE), timeout=timeout))
            for code, timeout in enumerate((0.5, 0.5, 0.5, 0.1, 0.1))
        ]
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert [result.written for result in results if isinstance(result, RemoteTimeoutError)] == [True] * 3 + [False] * 2
    assert "too many calls are in flight" in str(results[-1])


async def test_limits_survive_every_way_out(serve: Callable[..., ScriptedServer]) -> None:
    """Timeouts, cancellations and losses, before and after admission, must give their places back."""
    server = serve(ignore)
    async with AsyncRemote(server.address, RemoteConfig(max_in_flight=3)) as remote:
        for round_ in range(5):
            calls = [asyncio.create_task(remote.invoke(RemotingCommand(1), timeout=0.05)) for _ in range(8)]
            await asyncio.sleep(0.01)
            for call in calls[round_ : round_ + 3]:
                call.cancel()
            if round_ == 3:
                server.peers[-1].close()
            await asyncio.gather(*calls, return_exceptions=True)
        server.script = lambda peer, request: peer.answer(request)
        await asyncio.gather(*(remote.invoke(RemotingCommand(1)) for _ in range(20)))
        assert remote.metrics.in_flight == 0
