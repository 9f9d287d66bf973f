"""What the config adds to requests, on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.acl import signature_of, signed_content
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import RequestCode, SerializeType
from pyrocketmq.model.requests.offset import GetMaxOffset
from pyrocketmq.remote import Credentials, RemoteConfig
from pyrocketmq.remote.requests import encoder_for, may_use_vip_channel

if TYPE_CHECKING:
    from drivers import Driver
    from scripted_server import ScriptedServer


async def test_requests_are_signed(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address, credentials=Credentials("key", "secret", "token"))
    command = RemotingCommand(1, ext_fields={"b": "2"}, body=b"body")
    await remote.invoke(command)
    await remote.invoke(command)
    await remote.invoke_oneway(GetMaxOffset(topic="orders", queue_id=3))
    for request in await server.wait_for_requests(3):
        fields = request.ext_fields
        assert fields is not None
        assert (fields["AccessKey"], fields["SecurityToken"]) == ("key", "token")
        assert fields["Signature"] == signature_of(signed_content(request, fields), "secret")
    assert command.ext_fields == {"b": "2"}, "the caller's command has changed"
    assert server.received[2].is_oneway


async def test_hooks_run_in_turn_before_signing(driver: Driver, server: ScriptedServer) -> None:
    def add(name: str) -> object:
        def hook(command: RemotingCommand) -> None:
            assert "Signature" not in (command.ext_fields or {})
            command.ext_fields = {**(command.ext_fields or {}), name: ",".join(command.ext_fields or {})}

        return hook

    remote = driver.remote(
        server.address, request_hooks=(add("one"), add("two")), credentials=Credentials("key", "secret")
    )
    await remote.invoke(RemotingCommand(1))
    fields = server.received[0].ext_fields
    assert fields is not None
    assert (fields["one"], fields["two"]) == ("", "one")
    assert fields["Signature"] == signature_of(signed_content(server.received[0], fields), "secret")


async def test_serializer(driver: Driver, server: ScriptedServer) -> None:
    remote = driver.remote(server.address, serializer=SerializeType.ROCKETMQ)
    await remote.invoke(GetMaxOffset(topic="orders", queue_id=3))
    await remote.invoke(RemotingCommand(RequestCode.POP_MESSAGE))
    small, large = server.received
    assert small.serialize_type == SerializeType.ROCKETMQ
    assert small.ext_fields is not None
    assert small.ext_fields["topic"] == "orders"
    assert (large.serialize_type, large.code) == (SerializeType.JSON, RequestCode.POP_MESSAGE)


def test_without_hooks_the_request_encodes_itself() -> None:
    encode = encoder_for(RemoteConfig())
    request = GetMaxOffset(topic="orders", queue_id=3)
    assert encode(request, 7, 2) == request.to_frame(7, 2)


def test_vip_channel() -> None:
    assert may_use_vip_channel(GetMaxOffset(topic="orders", queue_id=3))
    assert not may_use_vip_channel(RemotingCommand(RequestCode.PULL_MESSAGE))
    assert not may_use_vip_channel(RemotingCommand(RequestCode.POP_MESSAGE))
