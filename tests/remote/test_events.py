"""Events of connections, on both sides."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING

import pytest
from drivers import async_only
from scripted_server import WAIT, answer, eventually, ignore

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import (
    Address,
    AsyncRemote,
    ConnectionClosed,
    ConnectionEvent,
    ConnectionFailed,
    ConnectionLost,
    ConnectionOpened,
    Remote,
    RemoteConfig,
    RemoteConnectionError,
    RemoteProtocolError,
)
from pyrocketmq.remote.dialing import Dialing

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer


async def test_life_of_a_connection(driver: Driver, server: ScriptedServer) -> None:
    heard: list[ConnectionEvent] = []
    remote = driver.remote(server.address, event_listeners=(heard.append,))
    await remote.invoke(RemotingCommand(1))
    first = remote.local_address
    server.peers[0].close()
    await eventually(lambda: not remote.is_connected)
    await remote.invoke(RemotingCommand(1))
    second = remote.local_address
    await remote.close()
    await eventually(lambda: len(heard) == 4)
    opened, lost, opened_again, closed = heard
    assert isinstance(opened, ConnectionOpened)
    assert (opened.address, opened.local_address) == (Address.parse(server.address), first)
    assert not opened.is_reconnect
    assert 0 < opened.elapsed < WAIT
    assert isinstance(lost, ConnectionLost)
    assert (lost.local_address, lost.failed_calls) == (first, 0)
    assert type(lost.error) is RemoteConnectionError
    assert "closed by the peer" in lost.error.reason
    assert isinstance(opened_again, ConnectionOpened)
    assert (opened_again.local_address, opened_again.is_reconnect) == (second, True)
    assert closed == ConnectionClosed(address=remote.address, local_address=second, failed_calls=0)


async def test_loss_says_why_and_how_many_calls_it_cost(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def garbage_after_three(peer: Peer, request: RemotingCommand) -> None:
        if len(peer.server.received) == 3:
            peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    heard: list[ConnectionEvent] = []
    server = serve(garbage_after_three)
    remote = driver.remote(server.address, event_listeners=(heard.append,))
    calls = (remote.invoke(RemotingCommand(1)) for _ in range(3))
    await asyncio.gather(*calls, return_exceptions=True)
    await eventually(lambda: len(heard) == 2)
    lost = heard[1]
    assert isinstance(lost, ConnectionLost)
    assert type(lost.error) is RemoteProtocolError
    assert lost.failed_calls == 3


async def test_failure_to_connect(driver: Driver, server: ScriptedServer) -> None:
    address = server.address
    server.close()
    heard: list[ConnectionEvent] = []
    remote = driver.remote(address, event_listeners=(heard.append,))
    for _ in range(2):
        with pytest.raises(RemoteConnectionError):
            await remote.invoke(RemotingCommand(1))
    await eventually(lambda: len(heard) == 2)
    assert all(isinstance(event, ConnectionFailed) and "refused" in event.error.reason for event in heard)
    assert remote.metrics.connect_failures == 2


async def test_connecting_in_vain_until_the_deadline(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=lambda peer: peer.reads.clear())
    heard: list[ConnectionEvent] = []
    remote = driver.remote(server.address, tls=True, connect_timeout=0.1, event_listeners=(heard.append,))
    with pytest.raises(RemoteConnectionError, match="timed out"):
        await remote.connect()
    await eventually(lambda: heard)
    (failed,) = heard
    assert isinstance(failed, ConnectionFailed)
    assert "timed out" in failed.error.reason


@async_only
async def test_a_failure_in_the_moment_of_the_deadline_is_told_once(
    driver: Driver, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(dialing: Dialing) -> None:
        time.sleep(0.02)  # noqa: ASYNC251  # so that the deadline has passed before anybody hears of the failure
        raise dialing.failure(TimeoutError())

    monkeypatch.setattr(Dialing, "dial_async", too_late)
    heard: list[ConnectionEvent] = []
    remote = driver.remote(server.address, connect_timeout=0.01, event_listeners=(heard.append,))
    with pytest.raises(RemoteConnectionError, match="timed out"):
        await remote.connect()
    await asyncio.sleep(0)
    assert remote.metrics.connect_failures == len(heard) == 1


async def test_listener_that_fails_harms_nothing(
    driver: Driver, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[ConnectionEvent] = []

    def fail(event: ConnectionEvent) -> None:
        raise LookupError("in the listener")

    remote = driver.remote(server.address, event_listeners=(fail, heard.append))
    assert (await remote.invoke(RemotingCommand(1))).code == 0
    await remote.close()
    await eventually(lambda: len(heard) == 2)
    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert ["ConnectionOpened" in failures[0].message, "ConnectionClosed" in failures[1].message] == [True, True]
    assert "in the listener" in caplog.text


def test_listener_may_use_its_remote(serve: Callable[..., ScriptedServer]) -> None:
    """It would wait for itself for ever if it were called under a lock, or by the thread that reads."""

    def answer_or_end(peer: Peer, request: RemotingCommand) -> None:
        if request.code == 2:
            peer.close()
        else:
            answer(peer, request)

    server = serve(answer_or_end)
    answers: list[object] = []
    opened, done = threading.Event(), threading.Event()

    def call(event: ConnectionEvent) -> None:
        answers.append(remote.invoke(RemotingCommand(1)).code)
        opened.set()
        if isinstance(event, ConnectionLost):
            remote.close()
            done.set()

    remote = Remote(server.address, RemoteConfig(event_listeners=(call,)))
    with remote:
        assert opened.wait(WAIT)
        with pytest.raises(RemoteConnectionError):
            remote.invoke(RemotingCommand(2), timeout=WAIT)
        assert done.wait(WAIT)
    assert answers[:2] == [0, 0]


async def test_async_listener_may_start_a_call(server: ScriptedServer) -> None:
    tasks: list[asyncio.Task[RemotingCommand]] = []

    def call(event: ConnectionEvent) -> None:
        if isinstance(event, ConnectionOpened):
            tasks.append(asyncio.create_task(remote.invoke(RemotingCommand(1))))

    remote = AsyncRemote(server.address, RemoteConfig(event_listeners=(call,)))
    async with remote:
        await eventually(lambda: tasks)
        assert (await tasks[0]).code == 0


def test_slow_listener_holds_nothing_up(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda peer, request: peer.close() if request.code == 2 else answer(peer, request))
    release = threading.Event()
    heard: list[ConnectionEvent] = []

    def slow(event: ConnectionEvent) -> None:
        release.wait(WAIT)
        heard.append(event)

    with Remote(server.address, RemoteConfig(event_listeners=(slow,))) as remote:
        for _ in range(3):
            assert remote.invoke(RemotingCommand(1)).code == 0
            with pytest.raises(RemoteConnectionError):
                remote.invoke(RemotingCommand(2))
        assert heard == []
        release.set()
    assert [type(event) for event in heard] == [ConnectionOpened, ConnectionLost] * 3


async def test_pool_tells_of_all_its_connections(driver: Driver, server: ScriptedServer) -> None:
    heard: list[ConnectionEvent] = []
    pool = driver.pool(server.address, max_connections=2, event_listeners=(heard.append,))
    for _ in range(2):
        await pool.acquire()
    await pool.close()
    await eventually(lambda: len(heard) == 4)
    assert sorted(type(event).__name__ for event in heard) == ["ConnectionClosed"] * 2 + ["ConnectionOpened"] * 2


async def test_calls_in_flight_at_close(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    heard: list[ConnectionEvent] = []
    remote = driver.remote(server.address, event_listeners=(heard.append,))
    calls = [asyncio.ensure_future(remote.invoke(RemotingCommand(1), timeout=30)) for _ in range(4)]
    await server.wait_for_requests(4)
    await remote.close()
    await asyncio.gather(*calls, return_exceptions=True)
    await eventually(lambda: len(heard) == 2)
    assert isinstance(heard[1], ConnectionClosed)
    assert heard[1].failed_calls == 4
