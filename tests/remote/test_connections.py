"""Opening, losing and closing connections, on both sides."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from drivers import pythons_loop
from scripted_server import answer, eventually, ignore, take_nothing

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import (
    Address,
    RemoteClosedError,
    RemoteConnectionError,
    RemoteError,
    RemoteTimeoutError,
)
from pyrocketmq.remote.errors import of_call

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer


def unused_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


async def test_connects_on_first_call(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    assert not remote.is_connected
    assert remote.local_address is None
    await remote.invoke(RemotingCommand(1))
    assert remote.is_connected
    assert remote.address == Address.parse(server.address)
    assert remote.local_address.host == "127.0.0.1"
    assert remote.metrics.connects == 1
    assert remote.metrics.reconnects == 0


async def test_connect_and_close_any_number_of_times(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    await remote.close()
    for _ in range(3):
        await remote.connect()
        await remote.connect()
        assert remote.is_connected
        await remote.close()
        await remote.close()
        assert not remote.is_connected
    assert remote.metrics.connects == 3
    assert remote.metrics.losses == 0


async def test_simultaneous_first_calls_share_a_connection(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    await asyncio.gather(*(remote.invoke(RemotingCommand(1)) for _ in range(20)))
    assert len(server.peers) == 1


async def test_closed_until_connected_again(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    await remote.connect()
    await remote.close()
    for call in (remote.invoke, remote.invoke_oneway):
        with pytest.raises(RemoteClosedError, match="closed") as caught:
            await call(RemotingCommand(1))
        assert not caught.value.written
    await remote.connect()
    assert (await remote.invoke(RemotingCommand(1))).code == 0


async def test_close_fails_calls_in_flight(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore)
    remote = driver.remote(server.address)
    calls = [asyncio.ensure_future(remote.invoke(RemotingCommand(1), timeout=30)) for _ in range(5)]
    await server.wait_for_requests(5)
    await remote.close()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(result, RemoteClosedError) and result.written for result in results)


async def test_lost_connection_fails_all_calls_at_once(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def third_kills(peer: Peer, request: RemotingCommand) -> None:
        if len(peer.server.received) == 3:
            peer.close()

    server = serve(third_kills)
    remote = driver.remote(server.address)
    started = time.monotonic()
    results = await asyncio.gather(
        *(remote.invoke(RemotingCommand(1), timeout=30) for _ in range(3)), return_exceptions=True
    )
    assert time.monotonic() - started < 10
    assert all(type(result) is RemoteConnectionError and result.written for result in results), results
    assert len({result.opaque for result in results if isinstance(result, RemoteError)}) == 3
    assert remote.metrics.in_flight == 0


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_next_call_connects_again(driver: Driver, serve: Callable[..., ScriptedServer], end: str) -> None:
    def second_kills(peer: Peer, request: RemotingCommand) -> None:
        if request.code == 2:
            getattr(peer, end)()
        else:
            answer(peer, request)

    server = serve(second_kills)
    remote = driver.remote(server.address)
    for number in range(1, 4):
        await remote.invoke(RemotingCommand(1))
        with pytest.raises(RemoteConnectionError):
            await remote.invoke(RemotingCommand(2))
        assert not remote.is_connected
        assert remote.metrics.losses == number
    assert remote.metrics.reconnects == 2


async def test_end_of_an_idle_connection_is_noticed(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address)
    await remote.invoke(RemotingCommand(1))
    server.peers[0].close()
    await eventually(lambda: not remote.is_connected)
    assert (await remote.invoke(RemotingCommand(1))).code == 0
    assert remote.metrics.reconnects == 1


async def test_server_that_cuts_inside_a_frame(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def half(peer: Peer, request: RemotingCommand) -> None:
        peer.send(RemotingCommand(0, opaque=request.opaque, flag=1, body=bytes(100)).encode()[:-1])
        peer.close()

    server = serve(half)
    with pytest.raises(RemoteConnectionError, match="connection closed by the peer"):
        await driver.remote(server.address).invoke(RemotingCommand(1))


async def test_refused(driver: Driver) -> None:
    address = unused_address()
    remote = driver.remote(address)
    with pytest.raises(RemoteConnectionError, match="cannot connect: Connection refused") as caught:
        await remote.connect()
    assert caught.value.address == Address.parse(address)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    with pytest.raises(RemoteConnectionError, match="refused") as caught:
        await remote.invoke(RemotingCommand(10))
    assert caught.value.operation == "SEND_MESSAGE"
    assert not caught.value.written
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


async def test_unknown_name(driver: Driver) -> None:
    remote = driver.remote("no-such-host.invalid:10911")
    with pytest.raises(RemoteConnectionError, match=r"cannot look up no-such-host\.invalid") as caught:
        await remote.connect()
    assert isinstance(caught.value.__cause__, socket.gaierror)


async def test_impossible_name(driver: Driver) -> None:
    with pytest.raises(RemoteConnectionError, match="cannot look up"):
        await driver.remote("a..b:10911").connect()


@pythons_loop
async def test_name_look_up_has_a_deadline(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def slow_for_names(host: str, *args: Any, flags: int = 0, **kwargs: Any) -> Any:
        if not flags:
            time.sleep(0.3)
        return look_up(host, *args, flags=flags, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow_for_names)
    with pytest.raises(RemoteConnectionError, match=r"cannot look up localhost: timed out") as caught:
        await driver.remote("localhost:1").connect(0.05)
    assert caught.value.elapsed is not None
    assert caught.value.elapsed < 0.25


async def test_silent_tls_handshake_times_out(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    with pytest.raises(RemoteConnectionError, match="TLS handshake failed: timed out"):
        await driver.remote(server.address, tls=True, connect_timeout=0.1).connect()


async def test_call_deadline_while_connecting(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = driver.remote(server.address, tls=True)
    with pytest.raises(RemoteTimeoutError, match="timed out") as caught:
        await remote.invoke(RemotingCommand(1), timeout=0.1)
    assert not caught.value.written


@pytest.mark.parametrize(("left", "kind"), [(0.0005, RemoteTimeoutError), (60, RemoteConnectionError)])
def test_a_timer_that_is_a_little_early_is_the_deadline_of_the_call(left: float, kind: type[RemoteError]) -> None:
    now = time.monotonic()
    failure = RemoteConnectionError("timed out", address=Address.parse("localhost:1"))
    assert type(of_call(failure, 1, now - 0.1, now + left)) is kind


async def test_connect_deadline_inside_a_call(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = driver.remote(server.address, tls=True, connect_timeout=0.1)
    with pytest.raises(RemoteConnectionError, match="timed out"):
        await remote.invoke(RemotingCommand(1), timeout=10)


async def test_all_who_wait_for_a_connection_get_its_failure(
    driver: Driver, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve(on_connect=take_nothing)
    remote = driver.remote(server.address, tls=True, connect_timeout=0.2)
    started = time.monotonic()
    results = await asyncio.gather(*(remote.invoke(RemotingCommand(1)) for _ in range(10)), return_exceptions=True)
    assert all(type(result) is RemoteConnectionError for result in results), results
    assert time.monotonic() - started < 1.5


async def test_close_while_connecting(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = driver.remote(server.address, tls=True, connect_timeout=0.3)
    call = asyncio.ensure_future(remote.invoke(RemotingCommand(1)))
    await eventually(lambda: server.peers)
    await remote.close()
    with pytest.raises(RemoteConnectionError):
        await call
    assert not remote.is_connected


@pythons_loop
async def test_all_addresses_of_a_name_are_tried(
    driver: Driver, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(unused_address().rpartition(":")[2])

    def two_addresses(host: str, *args: Any, flags: int = 0, **kwargs: Any) -> Any:
        if flags:
            raise socket.gaierror
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
    remote = driver.remote("broker.example:10911")
    assert (await remote.invoke(RemotingCommand(1))).code == 0


async def test_address_resolver(driver: Driver, server: ScriptedServer) -> None:
    advertised = "broker.internal:10911"
    remote = driver.remote(advertised, address_resolver=lambda address: Address.parse(server.address))
    assert (await remote.invoke(RemotingCommand(1))).code == 0
    assert str(remote.address) == advertised


async def test_error_names_both_addresses(driver: Driver) -> None:
    dialled = unused_address()
    remote = driver.remote("broker.internal:10911", address_resolver=lambda address: Address.parse(dialled))
    with pytest.raises(RemoteConnectionError) as caught:
        await remote.connect()
    assert str(caught.value).startswith(
        f"broker.internal:10911: cannot connect (dialled {dialled}): Connection refused:"
    )


async def test_server_is_restarted(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    """Under load, every call either is answered or fails at once with a connection error."""
    server = serve()
    remote = driver.remote(server.address)
    stop = False

    async def calls() -> tuple[int, int]:
        answers = errors = 0
        while not stop:
            try:
                await remote.invoke(RemotingCommand(1))
                answers += 1
            except RemoteConnectionError:
                errors += 1
        return answers, errors

    callers = [asyncio.ensure_future(calls()) for _ in range(8)]
    for number in range(1, 6):
        await eventually(lambda number=number: len(server.peers) >= number and len(server.received) > 20 * number)
        server.peers[-1].close()
    await eventually(lambda: len(server.peers) >= 6)
    stop = True
    results = await asyncio.gather(*callers)
    assert all(answers for answers, _ in results)
    assert 5 <= remote.metrics.losses <= remote.metrics.connects
    assert remote.metrics.in_flight == 0


async def test_failures_do_not_keep_each_other_alive(driver: Driver) -> None:
    """A server that is away for hours must not fill the memory of those who wait for it."""
    remote = driver.remote(unused_address())
    for _ in range(20):
        with pytest.raises(RemoteConnectionError):
            await remote.invoke(RemotingCommand(1))
    gc.collect()
    alive = [found for found in gc.get_objects() if isinstance(found, ConnectionRefusedError)]
    assert len(alive) <= 2


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has these options")
async def test_options_of_the_socket(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address, read_timeout=7.5)
    await remote.connect()
    connection = getattr(remote, "target", remote)._connection
    sock = connection._stream.socket if driver.threads else connection._sock
    options = {
        (socket.IPPROTO_TCP, socket.TCP_NODELAY): 1,
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 30,
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT): 7500,
    }
    assert {option: sock.getsockopt(*option) for option in options} == options


@pythons_loop
@pytest.mark.parametrize("is_reachable", [True, False])
async def test_an_address_family_that_the_system_does_not_have(
    driver: Driver, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, is_reachable: bool
) -> None:
    def addresses(host: str, *args: Any, flags: int = 0, **kwargs: Any) -> Any:
        if flags:
            raise socket.gaierror
        here = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
        return [(9999, socket.SOCK_STREAM, 6, "", ("::1", server.port)), *([here] if is_reachable else [])]

    monkeypatch.setattr(socket, "getaddrinfo", addresses)
    remote = driver.remote("broker.example:10911")
    if is_reachable:
        assert (await remote.invoke(RemotingCommand(1))).code == 0
        return
    with pytest.raises(RemoteConnectionError, match="cannot connect: Address family not supported"):
        await remote.invoke(RemotingCommand(1))
    assert remote.metrics.connect_failures == 1
