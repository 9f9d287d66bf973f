"""What only the asyncio side has: cancellation and event loops."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import TYPE_CHECKING

import pytest
from drivers import pythons_loop
from scripted_server import WAIT, answer_to, eventually, ignore, take_nothing

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import AsyncRemote, RemoteConfig, RemoteError, async_pushes

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripted_server import ScriptedServer


async def test_cancelled_call_leaves_nothing(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    async with AsyncRemote(server.address, RemoteConfig()) as remote:
        call = asyncio.create_task(remote.invoke(RemotingCommand(1)))
        (cancelled,) = await server.wait_for_requests(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert remote.metrics.in_flight == 0
        server.script = lambda peer, request: peer.send(answer_to(cancelled, 9) + answer_to(request, 5))
        assert (await remote.invoke(RemotingCommand(2))).code == 5
        assert remote.metrics.late_answers == 1
        assert remote.metrics.connects == 1


async def test_cancelling_one_of_those_who_connect(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=lambda peer: None)
    async with asyncio.timeout(10):
        remote = AsyncRemote(server.address, RemoteConfig())
        calls = [asyncio.create_task(remote.invoke(RemotingCommand(code))) for code in range(3)]
        await asyncio.sleep(0)
        calls[0].cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert not isinstance(results[1], BaseException)
        await remote.close()
    assert len(server.peers) == 1


async def test_cancelling_all_who_connect(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = AsyncRemote(server.address, RemoteConfig(tls=True))
    call = asyncio.create_task(remote.invoke(RemotingCommand(1)))
    await eventually(lambda: server.peers)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await eventually(lambda: asyncio.all_tasks() == {asyncio.current_task()})
    assert not remote.is_connected


async def test_random_cancellation_never_mixes_answers(server: ScriptedServer) -> None:
    choose = random.Random(7)
    async with AsyncRemote(server.address, RemoteConfig(max_in_flight=8)) as remote:

        async def calls(caller: int) -> None:
            for number in range(30):
                code = caller * 1000 + number
                try:
                    async with asyncio.timeout(choose.random() * 0.004):
                        reply = await remote.invoke(RemotingCommand(code))
                except TimeoutError:
                    continue
                assert reply.ext_fields == {"code_received": str(code)}

        await asyncio.gather(*(calls(caller) for caller in range(20)))
        assert remote.metrics.in_flight == 0
        assert (await remote.invoke(RemotingCommand(5))).ext_fields == {"code_received": "5"}
        assert remote.metrics.connects == 1


async def test_many_different_deadlines(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    async with AsyncRemote(server.address, RemoteConfig()) as remote:
        calls = (remote.invoke(RemotingCommand(1), timeout=0.02 + number / 2000) for number in range(300))
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, RemoteError) for result in results)
        assert remote.metrics.in_flight == 0


def test_one_loop_after_another(server: ScriptedServer) -> None:
    """An earlier loop that ended without closing the remote is forgotten."""
    remote = AsyncRemote(server.address, RemoteConfig())

    async def call_and_close() -> None:
        assert (await remote.invoke(RemotingCommand(1))).code == 0
        await remote.close()

    asyncio.run(call_and_close())
    with pytest.raises(RemoteError, match="closed"):
        asyncio.run(call_and_close())

    async def connect_and_call() -> None:
        await remote.connect()
        await call_and_close()

    asyncio.run(connect_and_call())
    assert len(server.peers) == 2


async def test_call_on_another_loop(server: ScriptedServer) -> None:
    async with AsyncRemote(server.address, RemoteConfig()) as remote:
        caught: list[BaseException] = []

        def elsewhere() -> None:
            for attempt in (remote.invoke, remote.invoke_oneway):
                try:
                    asyncio.run(attempt(RemotingCommand(1)))
                except RuntimeError as error:
                    caught.append(error)
            try:
                asyncio.run(remote.close())
            except RuntimeError as error:
                caught.append(error)

        thread = threading.Thread(target=elsewhere)
        thread.start()
        await asyncio.get_running_loop().run_in_executor(None, thread.join)
        assert [str(error) for error in caught] == [
            f"<AsyncRemote {server.address} open> is open on another event loop: close it there first"
        ] * 3
        assert (await remote.invoke(RemotingCommand(1))).code == 0


@pythons_loop
async def test_writes_of_one_turn_leave_together(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with AsyncRemote(server.address, RemoteConfig()) as remote:
        connection = remote._connection
        assert connection is not None
        sizes: list[int] = []
        write = connection._transport.write

        def noted(data: bytes) -> None:
            sizes.append(len(data))
            write(data)

        monkeypatch.setattr(connection._transport, "write", noted)
        await asyncio.gather(*(remote.invoke(RemotingCommand(1)) for _ in range(50)))
    assert len(sizes) == 2  # the first at once, since nothing else was in flight
    assert sum(sizes) == remote.metrics.bytes_out


async def test_end_is_noticed_without_the_event_loop(server: ScriptedServer) -> None:
    async with AsyncRemote(server.address, RemoteConfig()) as remote:
        await remote.invoke(RemotingCommand(1))
        assert remote.is_connected
        server.peers[0].close()
        deadline = time.monotonic() + WAIT
        while remote.is_connected:  # never gives the loop a turn
            assert time.monotonic() < deadline
        assert (await remote.invoke(RemotingCommand(1))).code == 0
        assert remote.metrics.reconnects == 1


async def test_handlers_have_a_limit(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(async_pushes, "_TASK_LIMIT", 2)
    release = asyncio.Event()
    async with AsyncRemote(server.address, RemoteConfig()) as remote:
        remote.register_request_handler(307, lambda command: release.wait())  # type: ignore[arg-type,return-value]
        await remote.invoke(RemotingCommand(1))
        for opaque in range(5):
            server.peers[0].push(307, opaque=opaque, flag=2)
        await eventually(lambda: remote.metrics.pushes == 5)
        release.set()
    assert caplog.text.count("dropped: too many are being handled") == 3
