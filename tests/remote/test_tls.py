"""TLS, on both sides, and on many threads at once: OpenSSL must not be entered twice."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scripted_server import eventually, ignore, take_nothing

from listener import Listener
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import (
    AsyncRemote,
    RemoteConfig,
    RemoteConnectionError,
    RemoteError,
    RemoteTimeoutError,
    async_remote,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver
    from scripted_server import Peer, ScriptedServer

CERTIFICATE = Path(__file__).with_name("localhost.pem")
WITH_PASSPHRASE = Path(__file__).with_name("passphrase.pem")


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def client_context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


async def test_calls(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def echo(peer: Peer, request: RemotingCommand) -> None:
        peer.send(RemotingCommand(request.code, opaque=request.opaque, flag=1, body=request.body).encode())

    server = serve(echo, tls=server_context())
    remote = driver.remote(f"localhost:{server.port}", tls=client_context())
    body = bytes(200_000)

    async def calls(caller: int) -> None:
        for number in range(10):
            answer = await remote.invoke(
                RemotingCommand(caller * 10 + number, body=body[: number * 20_000]), timeout=30
            )
            assert answer.code == caller * 10 + number
            assert len(answer.body) == number * 20_000

    await asyncio.gather(*(calls(caller) for caller in range(8)))
    assert len(server.peers) == 1


async def test_pushes_and_end(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(tls=server_context())
    remote = driver.remote(server.address, tls=client_context())
    remote.register_request_handler(307, lambda command: None)
    await remote.connect()
    await eventually(lambda: server.peers)
    server.peers[0].push(307)
    await eventually(lambda: any(command.is_response for command in server.received))
    server.peers[0].close()
    await eventually(lambda: not remote.is_connected)


async def test_closing_does_not_wait_for_the_peer(
    driver: Driver, serve: Callable[..., ScriptedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_remote, "CLOSE_TIMEOUT", 3600.0)
    server = serve(on_connect=take_nothing, tls=server_context())  # so it says no good-bye either
    remote = driver.remote(server.address, tls=client_context())
    await remote.connect()
    async with asyncio.timeout(10):
        await remote.close()
    assert not remote.is_connected


async def test_closing_sends_first_what_is_queued(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(ignore, on_connect=take_nothing, tls=server_context())
    remote = AsyncRemote(server.address, RemoteConfig(tls=client_context()))
    await remote.connect()
    await eventually(lambda: server.peers)

    async def fill() -> None:
        for number in range(1000):
            await remote.invoke_oneway(RemotingCommand(number, body=bytes(50_000)), timeout=0.05)

    with pytest.raises(RemoteTimeoutError):  # the buffers of both are full
        await fill()
    closing = asyncio.create_task(remote.close())
    await asyncio.sleep(0)
    server.peers[0].reads.set()
    await closing
    await eventually(lambda: len(server.received) == remote.metrics.oneways)
    assert [request.code for request in server.received] == list(range(remote.metrics.oneways))


async def test_certificate_is_verified(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(tls=server_context())
    with pytest.raises(
        RemoteConnectionError, match=r"TLS handshake failed: .*certificate.*: name its authority in"
    ) as caught:
        await driver.remote(server.address, tls=True).connect()
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


async def test_mutual(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    context = server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(CERTIFICATE)
    server = serve(tls=context)
    known = client_context()
    known.load_cert_chain(CERTIFICATE)
    remote = driver.remote(f"localhost:{server.port}", tls=known)
    assert (await remote.invoke(RemotingCommand(1))).code == 0
    # With TLS 1.3 the server refuses after the handshake, so the first call is the one that hears of it.
    with pytest.raises(RemoteConnectionError):
        await driver.remote(f"localhost:{server.port}", tls=client_context()).invoke(RemotingCommand(1))


async def test_plain_server(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    def refuse(peer: Peer) -> None:
        peer.send(b"no TLS here")
        peer.reads.clear()

    server = serve(on_connect=refuse)
    with pytest.raises(RemoteConnectionError, match=r"TLS handshake failed: .*: does the peer speak TLS there\?"):
        await driver.remote(server.address, tls=True).connect()


async def test_a_server_that_hangs_up_in_the_handshake(driver: Driver) -> None:
    said = r"TLS handshake failed: .*: does the peer speak TLS there\?"
    with Listener(lambda connection: connection.recv(1)) as server, pytest.raises(RemoteConnectionError, match=said):
        await driver.remote(server.address, tls=True).connect()


async def test_plain_client(driver: Driver, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(tls=server_context())
    with pytest.raises(RemoteError, match="TLS"):
        await driver.remote(server.address).invoke(RemotingCommand(1))


def test_context_from_the_environment() -> None:
    variables = {"ROCKETMQ_BROKER_TLS_CA_FILE": str(CERTIFICATE)}
    config = RemoteConfig.from_environment(environ=variables)
    assert isinstance(config.tls, ssl.SSLContext)
    assert config.tls.verify_mode == ssl.CERT_REQUIRED
    assert len(config.tls.get_ca_certs()) == 1
    off = RemoteConfig.from_environment(environ={**variables, "ROCKETMQ_BROKER_TLS": "off"})
    assert off.tls is False
    on = RemoteConfig.from_environment(environ={**variables, "ROCKETMQ_BROKER_TLS": "on"})
    assert isinstance(on.tls, ssl.SSLContext)
    assert RemoteConfig.from_environment(environ=variables, tls=False).tls is False
    assert RemoteConfig.from_environment(environ={"ROCKETMQ_BROKER_TLS": "yes"}).tls is True


def test_client_certificate_from_the_environment() -> None:
    variables = {"ROCKETMQ_BROKER_TLS_CERT_FILE": str(CERTIFICATE)}
    assert isinstance(RemoteConfig.from_environment(environ=variables).tls, ssl.SSLContext)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"TLS_CA_FILE": "/no/such.pem"}, "ROCKETMQ_BROKER_TLS_CA_FILE='/no/such.pem': expected a file"),
        ({"TLS_CERT_FILE": "/no/such.pem"}, "ROCKETMQ_BROKER_TLS_CERT_FILE='/no/such.pem'"),
        ({"TLS_KEY_FILE": "/no/such.pem"}, "expected ROCKETMQ_BROKER_TLS_CERT_FILE beside it"),
        ({"TLS_CERT_FILE": str(WITH_PASSPHRASE)}, r"PEM files of .* its key: the key has a passphrase; .* as tls="),
    ],
)
def test_bad_files(variables: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RemoteConfig.from_environment(environ={f"ROCKETMQ_BROKER_{name}": value for name, value in variables.items()})
