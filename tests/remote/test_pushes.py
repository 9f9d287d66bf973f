"""Requests of the server, on both sides."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from drivers import sync_only
from scripted_server import answer, eventually, ignore

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.remote import AsyncRemote, RemoteConfig
from pyrocketmq.remote.async_connection import AsyncConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer

    from pyrocketmq.remote.errors import Loss

PUSH = 307


async def answers(server: ScriptedServer, number: int = 1) -> list[RemotingCommand]:
    await eventually(lambda: sum(command.is_response for command in server.received) >= number)
    return [command for command in server.received if command.is_response]


async def test_handler_answers(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    remote.register_request_handler(
        PUSH, lambda command: RemotingCommand(0, body=b"status", ext_fields={"asked": str(command.code)})
    )
    await remote.connect()
    await eventually(lambda: server.peers)
    server.peers[0].push(PUSH, opaque=-5)
    (reply,) = await answers(server)
    assert (reply.opaque, reply.flag, reply.code, reply.body) == (-5, 1, 0, b"status")
    assert reply.ext_fields == {"asked": "307"}
    assert remote.metrics.pushes == 1


async def test_shared_answer_is_not_changed(driver: Driver, server: ScriptedServer) -> None:
    shared = RemotingCommand(0, opaque=99)
    remote = driver.remote(server.address)
    remote.register_request_handler(PUSH, lambda command: shared)
    await remote.connect()
    await eventually(lambda: server.peers)
    for opaque in range(10):
        server.peers[0].push(PUSH, opaque=opaque)
    assert {reply.opaque for reply in await answers(server, 10)} == set(range(10))
    assert (shared.opaque, shared.flag) == (99, 0)


async def test_handler_without_answer_means_success(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    remote.register_request_handler(PUSH, lambda command: None)
    await remote.invoke(RemotingCommand(1))
    server.peers[0].push(PUSH)
    (reply,) = await answers(server)
    assert reply.code == ResponseCode.SUCCESS


async def test_oneway_push_is_not_answered(driver: Driver, server: ScriptedServer) -> None:
    handled: list[RemotingCommand] = []

    def handle(command: RemotingCommand) -> RemotingCommand:
        handled.append(command)
        return RemotingCommand(0)

    remote = driver.remote(server.address)
    remote.register_request_handler(40, handle)
    await remote.invoke(RemotingCommand(1))
    server.peers[0].push(40, flag=2)
    server.peers[0].push(PUSH, opaque=8)
    (reply,) = await answers(server)
    assert reply.opaque == 8
    assert [command.code for command in handled] == [40]


async def test_push_without_handler(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    remote.register_request_handler(PUSH, lambda command: None)
    remote.unregister_request_handler(PUSH)
    await remote.invoke(RemotingCommand(1))
    server.peers[0].push(PUSH)
    if driver.threads:
        await remote.attend()
    (reply,) = await answers(server)
    assert (reply.code, reply.remark) == (3, " request type 307 not supported")


async def test_handler_that_fails(driver: Driver, server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    def fail(command: RemotingCommand) -> None:
        raise LookupError("no such group")

    remote = driver.remote(server.address)
    remote.register_request_handler(PUSH, fail)
    await remote.invoke(RemotingCommand(1))
    server.peers[0].push(PUSH)
    (reply,) = await answers(server)
    assert (reply.code, reply.remark) == (ResponseCode.SYSTEM_ERROR, "LookupError: no such group")
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.exc_info is not None
    assert "307" in record.getMessage()
    assert remote.is_connected


async def test_answer_that_cannot_be_written(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    remote.register_request_handler(PUSH, lambda command: RemotingCommand(0, body=bytes(17 * 1024 * 1024)))
    await remote.invoke(RemotingCommand(1))
    server.peers[0].push(PUSH)
    (reply,) = await answers(server)
    assert reply.code == ResponseCode.SYSTEM_ERROR


async def test_push_with_the_opaque_of_a_call(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def push_first(peer: Peer, request: RemotingCommand) -> None:
        peer.push(PUSH, opaque=request.opaque)
        peer.answer(request, 5)

    server = serve(push_first)
    remote = driver.remote(server.address)
    assert (await remote.invoke(RemotingCommand(1))).code == 5
    (reply,) = await answers(server)
    assert reply.opaque == next(command for command in server.received if not command.is_response).opaque


async def test_pushes_while_calling(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def push_and_answer(peer: Peer, request: RemotingCommand) -> None:
        peer.push(PUSH, opaque=request.code)
        answer(peer, request)

    server = serve(push_and_answer)
    remote = driver.remote(server.address)
    remote.register_request_handler(PUSH, lambda command: None)
    await asyncio.gather(*(remote.invoke(RemotingCommand(code)) for code in range(50)))
    assert {reply.opaque for reply in await answers(server, 50)} == set(range(50))


async def test_push_long_after_the_last_call(driver: Driver, server: ScriptedServer) -> None:
    """The sync side's watcher must have taken over by then, whenever that was."""
    remote = driver.remote(server.address)
    remote.register_request_handler(PUSH, lambda command: None)
    await remote.invoke(RemotingCommand(1))
    for number in range(1, 4):
        server.peers[0].push(PUSH)
        await answers(server, number)
        await remote.invoke(RemotingCommand(1))


async def test_handlers_outlive_the_connection(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    remote.register_request_handler(PUSH, lambda command: None)
    for number in (1, 2):
        await remote.connect()
        await eventually(lambda number=number: len(server.peers) == number)
        server.peers[-1].push(PUSH)
        await answers(server, number)
        await remote.close()


@sync_only
async def test_sync_handler_uses_the_remote(server: ScriptedServer, driver: Driver) -> None:
    remote = driver.remote(server.address)
    remote.register_request_handler(PUSH, lambda command: remote.target.invoke(RemotingCommand(88)))
    await remote.invoke(RemotingCommand(1))
    for opaque in range(20):
        server.peers[0].push(PUSH, opaque=opaque)
    replies = await answers(server, 20)
    assert all(reply.ext_fields == {"code_received": "88"} for reply in replies)


async def test_async_handlers(server: ScriptedServer) -> None:
    async with AsyncRemote(server.address, RemoteConfig()) as remote:

        async def ask_back(command: RemotingCommand) -> RemotingCommand:
            return await remote.invoke(RemotingCommand(88))

        remote.register_request_handler(PUSH, ask_back)
        await remote.invoke(RemotingCommand(1))
        for opaque in range(20):
            server.peers[0].push(PUSH, opaque=opaque)
        replies = await answers(server, 20)
    assert all(reply.ext_fields == {"code_received": "88"} for reply in replies)


async def test_closing_cancels_async_handlers(server: ScriptedServer) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def hang(command: RemotingCommand) -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async with AsyncRemote(server.address, RemoteConfig()) as remote:
        remote.register_request_handler(PUSH, hang)
        await remote.invoke(RemotingCommand(1))
        server.peers[0].push(PUSH)
        await started.wait()
    assert ended.is_set()


async def test_handler_may_close_the_remote(driver: Driver, server: ScriptedServer) -> None:
    done = threading.Event()
    remote = driver.remote(server.address)

    def close(command: RemotingCommand) -> Any:
        if driver.threads:
            remote.target.close()
            done.set()
            return None

        async def close_async() -> None:
            await remote.close()
            done.set()

        return close_async()

    remote.register_request_handler(PUSH, close)
    await remote.invoke(RemotingCommand(1))
    server.peers[0].push(PUSH)
    await eventually(done.is_set)
    assert not remote.is_connected


@sync_only
async def test_slow_handlers_do_not_delay_answers(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    release = threading.Event()
    server = serve()
    remote = driver.remote(server.address, handler_threads=2)
    remote.register_request_handler(PUSH, lambda command: release.wait(10) and None)
    await remote.invoke(RemotingCommand(1))
    for opaque in range(5):
        server.peers[0].push(PUSH, opaque=opaque)
    started = time.monotonic()
    for _ in range(20):
        await remote.invoke(RemotingCommand(1))
    assert time.monotonic() - started < 5
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("rocketmq-handler")]
    assert len(names) == 2
    release.set()
    await answers(server, 5)


@sync_only
async def test_attend_reads_at_once(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    remote = driver.remote(server.address)
    await remote.invoke_oneway(RemotingCommand(1))
    await server.wait_for_requests(1)
    await remote.attend()
    started = time.monotonic()
    server.peers[0].push(PUSH)
    await answers(server)
    assert time.monotonic() - started < 0.9  # without it: a second


def raise_what_cannot_be_encoded(command: RemotingCommand) -> None:
    raise ValueError("half of a character: \ud800")


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (lambda command: "pong", "TypeError: a handler returns a RemotingCommand or None, not 'pong'"),
        (lambda command: {}["\ud800"], "KeyError: '\\ud800'"),
        (raise_what_cannot_be_encoded, "ValueError: half of a character: \\ud800"),
    ],
    ids=["no answer", "escaped", "not to be encoded"],
)
async def test_whatever_goes_wrong_is_answered(
    driver: Driver,
    server: ScriptedServer,
    handler: Callable[[RemotingCommand], Any],
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, "pyrocketmq.remote")  # nor can pytest's workers tell each other of such a text
    remote = driver.remote(server.address, handler_threads=1)
    remote.register_request_handler(PUSH, handler)
    await remote.invoke(RemotingCommand(1))
    for opaque in range(3):  # none of them must cost the only thread
        server.peers[0].push(PUSH, opaque=opaque)
    replies = await answers(server, 3)
    assert {(reply.code, reply.remark) for reply in replies} == {(ResponseCode.SYSTEM_ERROR, said)}


async def test_a_handler_whose_own_task_was_cancelled(server: ScriptedServer) -> None:
    async def wait_for_another(command: RemotingCommand) -> None:
        other = asyncio.ensure_future(asyncio.sleep(10))
        other.cancel()
        await other

    async with AsyncRemote(server.address) as remote:
        remote.register_request_handler(PUSH, wait_for_another)
        await eventually(lambda: server.peers)
        server.peers[0].push(PUSH)
        (reply,) = await answers(server)
    assert (reply.code, reply.remark) == (ResponseCode.SYSTEM_ERROR, "CancelledError: ")


async def test_handlers_end_where_closing_is_cancelled(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    started, ended, closing = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(command: RemotingCommand) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def never(connection: AsyncConnection, loss: Loss, timeout: float) -> None:
        closing.set()
        try:
            await asyncio.Event().wait()
        finally:
            connection.drop(loss)

    remote = AsyncRemote(server.address, RemoteConfig())
    remote.register_request_handler(PUSH, handle)
    await remote.connect()
    await eventually(lambda: server.peers)
    server.peers[0].push(PUSH)
    await started.wait()
    monkeypatch.setattr(AsyncConnection, "close", never)
    task = asyncio.create_task(remote.close())
    await closing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 30)
