"""Pools with connections, on both sides."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from scripted_server import WAIT, answer, eventually, take_nothing

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import (
    Address,
    AsyncConnectionPool,
    ConnectionPool,
    RemoteClosedError,
    RemoteConfig,
    RemoteConnectionError,
    RemoteTimeoutError,
)
from pyrocketmq.remote.pool_policy import PoolPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer


def same(one: object, other: object) -> bool:
    return getattr(one, "target", one) is getattr(other, "target", other)


async def release(pool: object, remote: object) -> None:
    result = pool.release(remote)  # type: ignore[attr-defined]
    if result is not None:
        await result


async def test_lends_and_takes_back(driver: Driver, server: ScriptedServer) -> None:
    pool = driver.pool(server.address)
    first = await pool.acquire()
    assert (await first.invoke(RemotingCommand(1))).code == 0
    await release(pool, first)
    second = await pool.acquire()
    assert same(first, second)
    assert pool.metrics.opened == 1
    assert pool.metrics.leases == 1
    await release(pool, second)
    with pytest.raises(ValueError, match="twice"):
        await release(pool, second)


async def test_opens_then_shares(driver: Driver, server: ScriptedServer) -> None:
    pool = driver.pool(server.address, max_connections=2)
    leases = [await pool.acquire() for _ in range(6)]
    await eventually(lambda: len(server.peers) == 2)
    assert sum(same(lease, leases[0]) for lease in leases) == 3
    for lease in leases:
        await release(pool, lease)
    assert pool.metrics.idle == 2
    assert pool.metrics.leases == 0


async def test_many_users(driver: Driver, server: ScriptedServer) -> None:
    pool = driver.pool(server.address, max_connections=10)

    async def use(user: int) -> None:
        for number in range(5):
            remote = await pool.acquire()
            try:
                code = user * 10 + number
                assert (await remote.invoke(RemotingCommand(code))).ext_fields == {"code_received": str(code)}
            finally:
                await release(pool, remote)

    await asyncio.gather(*(use(user) for user in range(50 if driver.threads else 200)))
    metrics = pool.metrics
    assert metrics.leases == metrics.waiting == 0
    assert 1 <= metrics.opened <= 10
    assert pool.metrics.connections == metrics.opened


async def test_broken_idle_connection_is_replaced(driver: Driver, server: ScriptedServer) -> None:
    pool = driver.pool(server.address)
    first = await pool.acquire()
    await first.invoke(RemotingCommand(1))
    await release(pool, first)
    server.peers[0].close()
    await eventually(lambda: not first.is_connected)
    second = await pool.acquire()
    assert not same(first, second)
    assert (await second.invoke(RemotingCommand(1))).code == 0
    assert pool.metrics.broken == 1
    assert pool.metrics.connections == 1


async def test_only_the_call_that_broke_fails(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def kill(peer: Peer, request: RemotingCommand) -> None:
        if request.code == 2:
            peer.close()
        else:
            answer(peer, request)

    server = serve(kill)
    pool = driver.pool(server.address, max_connections=1)
    first, second = await pool.acquire(), await pool.acquire()
    with pytest.raises(RemoteConnectionError):
        await first.invoke(RemotingCommand(2))
    await release(pool, first)
    assert (await second.invoke(RemotingCommand(1))).code == 0
    await release(pool, second)
    assert pool.metrics.idle == 1


async def test_connection_returned_broken_is_closed(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda peer, request: peer.close())
    pool = driver.pool(server.address)
    remote = await pool.acquire()
    with pytest.raises(RemoteConnectionError):
        await remote.invoke(RemotingCommand(1))
    await release(pool, remote)
    assert pool.metrics.connections == 0


async def test_idle_connections_are_closed(driver: Driver, server: ScriptedServer) -> None:
    pool = driver.pool(server.address, max_connections=3, connection_idle_time=0.05)
    leases = [await pool.acquire() for _ in range(3)]
    for lease in leases:
        await release(pool, lease)
    await eventually(lambda: pool.metrics.connections == 1)
    assert pool.metrics.expired == 2
    assert (await (await pool.acquire()).invoke(RemotingCommand(1))).code == 0
    await pool.close()
    await eventually(lambda: not any(thread.name.startswith("rocketmq-pool") for thread in threading.enumerate()))


async def test_server_out_of_reach(driver: Driver, server: ScriptedServer) -> None:
    address = server.address
    server.close()
    pool = driver.pool(address, max_connections=2)
    started = time.monotonic()
    with pytest.raises(RemoteConnectionError, match="refused"):
        await pool.acquire()
    with pytest.raises(RemoteConnectionError, match="refused"):
        await pool.acquire()
    assert 0.05 <= time.monotonic() - started < 3, "the second attempt waits a little"
    with pytest.raises(RemoteTimeoutError, match="no connection in time"):
        await pool.acquire(timeout=0.01)
    results = await asyncio.gather(*(pool.acquire(timeout=2) for _ in range(10)), return_exceptions=True)
    assert all(type(result) is RemoteConnectionError for result in results), results
    assert pool.metrics.open_failures == 3
    assert pool.metrics.waiting == 0


async def test_waiting_has_a_deadline(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    pool = driver.pool(server.address, tls=True, max_connections=1, connect_timeout=0.5)
    results = await asyncio.gather(*(pool.acquire(timeout=0.05) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(result, RemoteTimeoutError) for result in results), results
    assert pool.metrics.connections == 0
    assert pool.metrics.open_failures == 0, "their time was too short; that tells nothing of the server"


async def test_closing(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    pool = driver.pool(server.address, tls=True, max_connections=1, connect_timeout=0.3)
    waiting = [asyncio.ensure_future(pool.acquire()) for _ in range(3)]
    await eventually(lambda: pool.metrics.waiting == 2 and server.peers)
    await pool.close()
    await pool.close()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, RemoteConnectionError) for result in results)
    assert sum(isinstance(result, RemoteClosedError) for result in results) >= 2
    with pytest.raises(RemoteClosedError):
        await pool.acquire()


async def test_closing_with_leases(driver: Driver, server: ScriptedServer) -> None:
    pool = driver.pool(server.address)
    remote = await pool.acquire()
    await pool.close()
    with pytest.raises(RemoteClosedError):
        await remote.invoke(RemotingCommand(1))
    await release(pool, remote)


async def test_broken_idle_connection_is_found_by_probing(
    driver: Driver, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PoolPolicy.__init__, "__defaults__", (lambda: 1.0, 0.02))
    pool = driver.pool(server.address)
    for _ in range(2):
        leases = [await pool.acquire() for _ in range(2)]
        for lease in leases:
            await release(pool, lease)
    assert pool.metrics.idle == 2
    await eventually(lambda: len(server.peers) == 2)
    server.peers[0].close()
    await eventually(lambda: pool.metrics.idle == 1)
    assert pool.metrics.broken == 1
    server.peers[1].close()
    await eventually(lambda: pool.metrics.idle == 0)


async def test_drain_waits_for_holders(driver: Driver, server: ScriptedServer) -> None:
    pool = driver.pool(server.address)
    first, second = await pool.acquire(), await pool.acquire()
    closing = asyncio.ensure_future(pool.close(drain=WAIT))
    await eventually(lambda: pool.is_closed)
    with pytest.raises(RemoteClosedError):
        await pool.acquire()
    assert (await first.invoke(RemotingCommand(1))).code == 0
    await release(pool, first)
    assert (await second.invoke(RemotingCommand(1))).code == 0
    assert not closing.done()
    await release(pool, second)
    started = time.monotonic()
    await closing
    assert time.monotonic() - started < WAIT / 2
    assert pool.metrics.connections == 0


async def test_drain_has_a_deadline(driver: Driver, server: ScriptedServer) -> None:
    pool = driver.pool(server.address)
    remote = await pool.acquire()
    await pool.close(drain=0.05)
    with pytest.raises(RemoteClosedError):
        await remote.invoke(RemotingCommand(1))


async def test_calls_of_all_connections_are_counted(driver: Driver, server: ScriptedServer) -> None:
    pool = driver.pool(server.address, max_connections=2, connection_idle_time=0.02)
    leases = [await pool.acquire() for _ in range(2)]
    for lease in leases:
        await lease.invoke(RemotingCommand(1))
        await release(pool, lease)
    del leases, lease
    await eventually(lambda: pool.metrics.expired == 1)
    calls = pool.metrics.calls
    assert (calls.responses, calls.connects, calls.in_flight) == (2, 2, 0)
    assert sum(count for _, count in calls.latency) == 2


async def test_cancelled_opening_passes_the_turn_on(serve: Callable[..., ScriptedServer]) -> None:
    server = serve()
    async with AsyncConnectionPool(server.address, RemoteConfig(max_connections=1)) as pool:
        users = [asyncio.create_task(pool.acquire()) for _ in range(4)]
        await asyncio.sleep(0)
        users[0].cancel()
        users[2].cancel()
        results = await asyncio.gather(*users, return_exceptions=True)
        assert [isinstance(result, asyncio.CancelledError) for result in results] == [True, False, True, False]
        assert results[1] is results[3]
        assert pool.metrics.leases == 2
        assert pool.metrics.waiting == 0


async def test_random_cancellation_leaves_no_lease(serve: Callable[..., ScriptedServer]) -> None:
    server = serve()
    async with AsyncConnectionPool(server.address, RemoteConfig(max_connections=2)) as pool:

        async def use(user: int) -> None:
            async with pool.connection() as remote:
                await remote.invoke(RemotingCommand(user))

        for turns in range(30):
            users = [asyncio.create_task(use(user)) for user in range(6)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for user in users[::2]:
                user.cancel()
            await asyncio.gather(*users, return_exceptions=True)
            assert pool.metrics.leases == pool.metrics.waiting == 0
        await use(1)


async def test_async_context_managers(server: ScriptedServer) -> None:
    async with AsyncConnectionPool(server.address) as pool, pool.connection() as remote:
        assert (await remote.invoke(RemotingCommand(1))).code == 0
        assert pool.metrics.leases == 1
    assert pool.metrics.connections == 0


def test_context_managers(server: ScriptedServer) -> None:
    with ExitStack() as stack:
        pool = stack.enter_context(ConnectionPool(server.address))
        remote = stack.enter_context(pool.connection())
        assert remote.invoke(RemotingCommand(1)).code == 0
        assert pool.metrics.leases == 1
    assert pool.metrics.connections == 0


async def test_closing_while_a_connection_is_opened(driver: Driver, server: ScriptedServer) -> None:
    closing: list[asyncio.Future[None]] = []

    def close_meanwhile(address: Address) -> Address:
        if driver.threads:
            pool.target.close()
        else:
            closing.append(asyncio.ensure_future(pool.close()))
        return address

    pool = driver.pool(server.address, address_resolver=close_meanwhile)
    with pytest.raises(RemoteClosedError):
        await pool.acquire()
    await asyncio.gather(*closing)
    assert pool.metrics.connections == 0
    await eventually(lambda: not any(thread.name.startswith("rocketmq") for thread in threading.enumerate()))
