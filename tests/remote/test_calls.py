"""Calls and their answers, on both sides."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from scripted_server import answer_to, eventually, ignore

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.requests.offset import GetMaxOffset
from pyrocketmq.remote import RemoteConnectionError, RemoteTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer


async def test_answer_belongs_to_its_request(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    answer = await remote.invoke(RemotingCommand(77))
    assert answer.ext_fields == {"code_received": "77"}
    assert answer.opaque == server.received[0].opaque
    assert server.received[0].flag == 0


async def test_declared_request(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    answer = await remote.invoke(GetMaxOffset(topic="orders", queue_id=3))
    assert answer.code == 0
    (request,) = server.received
    assert request.code == RequestCode.GET_MAX_OFFSET
    assert request.ext_fields is not None
    assert request.ext_fields["queueId"] == "3"


async def test_error_code_is_an_answer(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda peer, request: peer.answer(request, 17))
    assert (await driver.remote(server.address).invoke(RemotingCommand(1))).code == 17


async def test_answers_out_of_order(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    waiting: list[RemotingCommand] = []

    def reversed_order(peer: Peer, request: RemotingCommand) -> None:
        waiting.append(request)
        if len(waiting) == 5:
            peer.send(b"".join(answer_to(one, code_received=str(one.code)) for one in reversed(waiting)))

    server = serve(reversed_order)
    remote = driver.remote(server.address)
    answers = await asyncio.gather(*(remote.invoke(RemotingCommand(code)) for code in range(5)))
    assert [answer.ext_fields["code_received"] for answer in answers] == ["0", "1", "2", "3", "4"]


async def test_answers_in_pieces(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def drip(peer: Peer, request: RemotingCommand) -> None:
        for byte in answer_to(request):
            peer.send(bytes((byte,)))

    server = serve(drip)
    assert (await driver.remote(server.address).invoke(RemotingCommand(1))).code == 0


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
async def test_large_bodies(driver: Driver, serve: Callable[..., ScriptedServer], size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)

    def echo(peer: Peer, request: RemotingCommand) -> None:
        peer.send(RemotingCommand(0, opaque=request.opaque, flag=1, body=request.body).encode())

    server = serve(echo)
    remote = driver.remote(server.address)
    answer = await remote.invoke(RemotingCommand(1, body=body[:size]))
    assert answer.body == body[:size]
    assert remote.metrics.bytes_out > size
    assert remote.metrics.bytes_in == len(answer.encode())


async def test_foreign_opaque_is_dropped(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def misaddressed_first(peer: Peer, request: RemotingCommand) -> None:
        peer.send(RemotingCommand(9, opaque=request.opaque ^ 1, flag=1).encode())
        peer.answer(request, 0)

    server = serve(misaddressed_first)
    remote = driver.remote(server.address)
    assert (await remote.invoke(RemotingCommand(1))).code == 0
    assert remote.metrics.late_answers == 1


async def test_second_answer_is_dropped(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def twice(peer: Peer, request: RemotingCommand) -> None:
        peer.send(answer_to(request) * 2)

    server = serve(twice)
    remote = driver.remote(server.address)
    for _ in range(3):
        assert (await remote.invoke(RemotingCommand(1))).code == 0
    await remote.close()
    assert remote.metrics.late_answers in (2, 3)  # the last one may not have been read
    assert remote.metrics.responses == 3


async def test_timeout_leaves_nothing_and_late_answer_is_dropped(
    driver: Driver, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve(ignore)
    remote = driver.remote(server.address)
    with pytest.raises(RemoteTimeoutError) as caught:
        await remote.invoke(RemotingCommand(RequestCode.HEART_BEAT), timeout=0.05)
    late = (await server.wait_for_requests(1))[0]
    error = caught.value
    assert error.written
    assert error.operation == "HEART_BEAT"
    assert error.opaque == late.opaque
    assert error.elapsed is not None
    assert 0.05 <= error.elapsed < 5
    assert str(error) == (
        f"{server.address}: HEART_BEAT (opaque {late.opaque}, {error.elapsed:.3f} s): no answer in time, nor"
        " anything else on this connection: is it a broker or NameServer, and does it take connections without TLS?"
    )
    assert remote.metrics.in_flight == 0
    server.script = lambda peer, request: peer.send(answer_to(late) + answer_to(request))
    assert (await remote.invoke(RemotingCommand(1))).code == 0
    assert remote.metrics.late_answers == 1
    assert remote.metrics.timeouts == 1
    assert remote.metrics.reconnects == 0


async def test_deadline_in_the_past(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    await remote.connect()
    for call in (remote.invoke, remote.invoke_oneway):
        with pytest.raises(RemoteTimeoutError, match="no time is left") as caught:
            await call(RemotingCommand(1), timeout=0.0)
        assert not caught.value.written
    assert (await remote.invoke(RemotingCommand(1))).code == 0
    assert len(server.received) == 1


async def test_one_timeout_among_answers(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def skip_odd(peer: Peer, request: RemotingCommand) -> None:
        if request.code % 2 == 0:
            peer.answer(request)

    server = serve(skip_odd)
    remote = driver.remote(server.address)
    results = await asyncio.gather(
        *(remote.invoke(RemotingCommand(code), timeout=0.1 if code % 2 else 5) for code in range(10)),
        return_exceptions=True,
    )
    assert [isinstance(result, RemoteTimeoutError) for result in results] == [code % 2 == 1 for code in range(10)]
    assert remote.metrics.in_flight == 0


async def test_oneway(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    assert await remote.invoke_oneway(GetMaxOffset(topic="orders", queue_id=3)) is None
    (request,) = await server.wait_for_requests(1)
    assert request.is_oneway
    assert remote.metrics.in_flight == 0
    assert remote.metrics.oneways == 1


async def test_oneway_then_close_is_still_sent(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    for code in range(100):
        await remote.invoke_oneway(RemotingCommand(code))
    await remote.close()
    assert [request.code for request in await server.wait_for_requests(100)] == list(range(100))


async def test_request_that_cannot_be_written(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    await remote.connect()
    for call in (remote.invoke, remote.invoke_oneway):
        with pytest.raises(ProtocolError):
            await call(RemotingCommand(1, body=bytes(17 * 1024 * 1024)))
    assert remote.metrics.in_flight == 0
    assert (await remote.invoke(RemotingCommand(1))).code == 0
    assert remote.metrics.reconnects == 0


async def test_many_callers_on_one_connection(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)

    async def calls(caller: int) -> None:
        for number in range(25):
            code = caller * 100 + number
            answer = await remote.invoke(RemotingCommand(code))
            assert answer.ext_fields == {"code_received": str(code)}

    await asyncio.gather(*(calls(caller) for caller in range(16 if driver.threads else 256)))
    assert len(server.peers) == 1
    assert remote.metrics.responses == len(server.received)
    assert remote.metrics.in_flight == 0
    assert sum(count for _, count in remote.metrics.latency) == remote.metrics.responses


async def test_mixed_deadlines_under_load(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    """Readers that time out while others wait must hand the reading on."""

    def skip_some(peer: Peer, request: RemotingCommand) -> None:
        if request.code % 7:
            peer.answer(request)

    server = serve(skip_some)
    remote = driver.remote(server.address)

    async def calls(caller: int) -> int:
        timeouts = 0
        for number in range(20):
            try:
                await remote.invoke(
                    RemotingCommand(caller + number), timeout=0.02 if (caller + number) % 7 == 0 else 10
                )
            except RemoteTimeoutError:
                timeouts += 1
        return timeouts

    found = await asyncio.gather(*(calls(caller) for caller in range(16)))
    assert sum(found) == sum((caller + number) % 7 == 0 for caller in range(16) for number in range(20))
    assert remote.metrics.in_flight == 0
    assert remote.metrics.reconnects == 0


async def test_three_timeouts_in_a_row_drop_the_connection(
    driver: Driver, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve(ignore)
    remote = driver.remote(server.address)
    for _ in range(3):
        with pytest.raises(RemoteTimeoutError):
            await remote.invoke(RemotingCommand(1), timeout=0.01)
    await eventually(lambda: not remote.is_connected)
    await remote.connect()
    assert remote.metrics.reconnects == 1
    assert remote.metrics.losses == 1


async def test_simultaneous_timeouts_count_once(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    remote = driver.remote(server.address)
    await remote.connect()
    results = await asyncio.gather(
        *(remote.invoke(RemotingCommand(1), timeout=0.1) for _ in range(20)), return_exceptions=True
    )
    assert all(isinstance(result, RemoteTimeoutError) for result in results)
    assert remote.is_connected


async def test_silence_while_answers_are_due(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    remote = driver.remote(server.address, read_timeout=0.1)
    with pytest.raises(RemoteConnectionError, match=r"nothing received for 0\.1 s") as caught:
        await remote.invoke(RemotingCommand(1), timeout=30)
    assert caught.value.written
    assert not remote.is_connected


async def test_silence_of_a_long_poll(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    remote = driver.remote(server.address, read_timeout=0.05)
    with pytest.raises(RemoteTimeoutError):
        await remote.invoke(RemotingCommand(1), timeout=0.3, hold=10)
    assert remote.is_connected


async def test_other_answers_break_the_silence(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def first_is_held(peer: Peer, request: RemotingCommand) -> None:
        if request.code != 11:
            peer.answer(request)

    server = serve(first_is_held)
    remote = driver.remote(server.address, read_timeout=0.3)
    held = asyncio.ensure_future(remote.invoke(RemotingCommand(11), timeout=0.9))
    while not held.done():
        await remote.invoke(RemotingCommand(1))
        await asyncio.sleep(0.01)
    with pytest.raises(RemoteTimeoutError):
        held.result()


async def test_uncaught_hook_error_leaves_nothing(driver: Driver, server: ScriptedServer) -> None:
    def refuse(command: RemotingCommand) -> None:
        raise KeyError(command.code)

    remote = driver.remote(server.address, request_hooks=(refuse,))
    with pytest.raises(KeyError):
        await remote.invoke(RemotingCommand(1))
    assert remote.metrics.in_flight == 0


async def test_call_hook_cannot_do_away_with_an_error(driver: Driver, server: ScriptedServer) -> None:
    server.script = lambda peer, request: peer.close()
    remote = driver.remote(server.address, call_hooks=(lambda call: suppress(Exception),))
    with pytest.raises(RemoteConnectionError):
        await remote.invoke(RemotingCommand(7))


async def test_oneway_that_is_not_sent_is_not_counted(driver: Driver, server: ScriptedServer) -> None:
    def refuse(command: RemotingCommand) -> None:
        raise ValueError("refused")

    remote = driver.remote(server.address, request_hooks=(refuse,))
    with pytest.raises(ValueError, match="refused"):
        await remote.invoke_oneway(RemotingCommand(7))
    assert remote.metrics.oneways == 0
