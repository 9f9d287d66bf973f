"""Calls in two halves, on both sides."""

from __future__ import annotations

import asyncio
import inspect
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from drivers import async_only
from scripted_server import answer, eventually, ignore

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.remote import Call, RemoteConnectionError, RemoteTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer


async def begin(remote: Any, command: RemotingCommand, timeout: float | None = None) -> Any:
    """Begin a call on either side."""
    begun = remote.begin(command, timeout)
    return await begun if inspect.isawaitable(begun) else begun


async def finish(driver: Driver, begun: Any) -> RemotingCommand:
    """Wait for its answer on either side."""
    answer: RemotingCommand = await (asyncio.to_thread(begun.result) if driver.threads else begun.result())
    return answer


async def test_the_request_is_sent_before_anybody_waits(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    await remote.connect()
    begun = await begin(remote, RemotingCommand(7))
    await server.wait_for_requests(1)
    assert (await finish(driver, begun)).ext_fields == {"code_received": "7"}
    assert remote.metrics.in_flight == 0
    assert sum(count for _, count in remote.metrics.latency) == remote.metrics.responses == 1


async def test_calls_overlap(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    await remote.connect()
    begun = [await begin(remote, RemotingCommand(code)) for code in range(5)]
    assert (await remote.invoke(RemotingCommand(9))).ext_fields == {"code_received": "9"}
    answers = [await finish(driver, one) for one in reversed(begun)]
    assert [answer.ext_fields for answer in answers] == [{"code_received": str(code)} for code in (4, 3, 2, 1, 0)]


async def test_requests_leave_while_the_caller_holds_its_thread(
    driver: Driver, serve: Callable[..., ScriptedServer]
) -> None:
    """An event loop does not go on while messages are handed out; what is asked for ahead must not wait for that."""
    received = threading.Semaphore(0)
    server = serve(lambda peer, request: received.release())
    remote = driver.remote(server.address)
    await remote.connect()
    for code in range(3):
        begun = await begin(remote, RemotingCommand(code))  # an event loop makes no turn in here
        assert received.acquire(timeout=5.0), f"request {code} has not left"
        begun.abandon()


async def test_nothing_is_begun_without_a_connection(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    assert await begin(remote, RemotingCommand(7)) is None
    await remote.connect()
    await remote.close()
    assert await begin(remote, RemotingCommand(7)) is None
    assert server.received == []


async def test_hooks_see_calls_as_a_whole(driver: Driver, server: ScriptedServer) -> None:
    @contextmanager
    def hook(call: Call) -> Generator[None]:
        yield

    remote = driver.remote(server.address, call_hooks=(hook,))
    await remote.connect()
    assert await begin(remote, RemotingCommand(7)) is None


async def test_an_abandoned_call_leaves_nothing(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    held: list[tuple[Peer, RemotingCommand]] = []
    server = serve(lambda peer, request: held.append((peer, request)))
    remote = driver.remote(server.address)
    await remote.connect()
    (await begin(remote, RemotingCommand(7))).abandon()
    assert remote.metrics.in_flight == 0
    await server.wait_for_requests(1)
    for peer, request in held:
        answer(peer, request)
    server.script = answer
    assert (await remote.invoke(RemotingCommand(8))).ext_fields == {"code_received": "8"}
    assert remote.metrics.late_answers == 1


async def test_its_deadline_passes(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    remote = driver.remote(server.address)
    await remote.connect()
    begun = await begin(remote, RemotingCommand(7), 0.05)
    with pytest.raises(RemoteTimeoutError) as raised:
        await finish(driver, begun)
    assert raised.value.code == 7
    assert raised.value.written
    assert remote.metrics.in_flight == 0


async def test_an_answer_that_came_in_time_may_be_taken_late(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    await remote.connect()
    begun = await begin(remote, RemotingCommand(7), 0.05)
    await remote.invoke(RemotingCommand(8))  # by then the answer is there
    deadline = asyncio.get_running_loop().time() + 0.06
    await eventually(lambda: asyncio.get_running_loop().time() > deadline)
    assert (await finish(driver, begun)).ext_fields == {"code_received": "7"}


async def test_the_connection_is_lost_meanwhile(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda peer, request: peer.reset())
    remote = driver.remote(server.address)
    await remote.connect()
    begun = await begin(remote, RemotingCommand(7))
    with pytest.raises(RemoteConnectionError) as raised:
        await finish(driver, begun)
    assert raised.value.written
    assert await begin(remote, RemotingCommand(7)) is None


async def test_the_remote_is_closed_meanwhile(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    remote = driver.remote(server.address)
    await remote.connect()
    begun, other = [await begin(remote, RemotingCommand(code)) for code in (7, 8)]
    await remote.close()
    with pytest.raises(RemoteConnectionError):
        await finish(driver, begun)
    other.abandon()
    assert remote.metrics.in_flight == 0


async def test_a_server_that_is_going_away(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def going_away(peer: Peer, request: RemotingCommand) -> None:
        if peer is peer.server.peers[0]:
            peer.answer(request, ResponseCode.GO_AWAY)
        else:
            answer(peer, request)

    remote = driver.remote(serve(going_away).address)
    await remote.connect()
    assert (await finish(driver, await begin(remote, RemotingCommand(7)))).ext_fields == {"code_received": "7"}
    assert remote.metrics.resends == 1


async def test_a_request_that_cannot_be_written(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    await remote.connect()
    with pytest.raises(ProtocolError):
        await begin(remote, RemotingCommand(7, body=bytes(17 * 1024 * 1024)))
    assert remote.metrics.in_flight == 0
    assert (await remote.invoke(RemotingCommand(8))).code == 0


@async_only
async def test_a_begun_call_counts_as_one_in_flight(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    remote = driver.remote(serve(ignore).address, max_in_flight=1)
    await remote.connect()
    begun = await begin(remote, RemotingCommand(7))
    assert await begin(remote, RemotingCommand(8)) is None
    begun.abandon()
    (await begin(remote, RemotingCommand(8))).abandon()
