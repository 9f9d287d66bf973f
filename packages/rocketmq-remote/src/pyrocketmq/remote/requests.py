"""From a request to the bytes of its frame, with what the config adds on the way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pyrocketmq.model.acl import sign
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration import Request
from pyrocketmq.model.enums import RequestCode, SerializeType

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.remote.config import RemoteConfig

AnyRequest: TypeAlias = Request[Any] | RemotingCommand
"""What a remote sends: a declared request, or a command that was put together by hand."""

_LARGEST_BINARY_CODE: Final = 32767

_NOT_ON_VIP_CHANNEL: Final = frozenset(
    (
        RequestCode.PULL_MESSAGE,
        RequestCode.LITE_PULL_MESSAGE,
        RequestCode.POP_MESSAGE,
        RequestCode.PEEK_MESSAGE,
        RequestCode.NOTIFICATION,
        RequestCode.HEART_BEAT,
        RequestCode.UNREGISTER_CLIENT,
    )
)
# Brokers refuse the pulls and pops there (code 3). A heartbeat would be taken, but what it registers is the connection
# on which the broker then sends its own requests, and that has to be the one that handles them.


def code_of(request: AnyRequest) -> int:
    """Return the request code."""
    return int(request.code if isinstance(request, RemotingCommand) else request.CODE)


def may_use_vip_channel(request: AnyRequest) -> bool:
    """Whether clients may send a request on a broker's VIP channel, if they are told to use it."""
    return code_of(request) not in _NOT_ON_VIP_CHANNEL


def copy_of(command: RemotingCommand, opaque: int, flag: int) -> RemotingCommand:
    """Return a copy of a command, with another opaque and flag: the original stays as its owner made it."""
    return RemotingCommand(
        command.code,
        language=command.language,
        version=command.version,
        opaque=opaque,
        flag=flag,
        remark=command.remark,
        ext_fields=None if command.ext_fields is None else dict(command.ext_fields),
        body=command.body,
        serialize_type=command.serialize_type,
        header=command.header,
    )


def encoder_for(config: RemoteConfig) -> Callable[[AnyRequest, int, int], bytes]:
    """Return what turns (request, opaque, flag) into a frame.

    It raises `ProtocolError` for a request that cannot be written.
    """
    hooks = config.request_hooks
    if config.credentials is not None:
        keys = config.credentials
        # Last, because a signature covers what the other hooks have added.
        hooks = (*hooks, partial(_sign, keys.access_key, keys.secret_key, keys.security_token))
    if not hooks and config.serializer == SerializeType.JSON:
        return _encode
    return partial(_encode_with_hooks, hooks, config.serializer)


def _encode(request: AnyRequest, opaque: int, flag: int) -> bytes:
    return request.to_frame(opaque, flag)


def _encode_with_hooks(
    hooks: tuple[Callable[[RemotingCommand], None], ...],
    serializer: SerializeType,
    request: AnyRequest,
    opaque: int,
    flag: int,
) -> bytes:
    if isinstance(request, RemotingCommand):
        command = copy_of(request, opaque, flag)
    else:
        command = request.to_command(opaque, flag)
    if command.code <= _LARGEST_BINARY_CODE and serializer != SerializeType.JSON:
        command.serialize_type = serializer
    for hook in hooks:
        hook(command)
    return command.encode()


def _sign(access_key: str, secret_key: str, security_token: str | None, command: RemotingCommand) -> None:
    sign(command, access_key, secret_key, security_token)
