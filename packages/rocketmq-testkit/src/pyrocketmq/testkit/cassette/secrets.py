"""Secrets in frames: who signs, with what, and the passwords that administrators set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import loads

if TYPE_CHECKING:
    from pyrocketmq.model.command import RemotingCommand

BLOT: Final = "REDACTED"
"""What stands in a cassette in the place of a secret."""

_SECRET_NAMES: Final = frozenset(("accesskey", "password", "secretkey", "securitytoken", "signature"))
# Names of header fields and JSON members in lower case: 4.9 and 5.x do not write all of them alike.

_WITH_SECRETS_IN_BODY: Final = frozenset(
    (
        RequestCode.AUTH_CREATE_USER,
        RequestCode.AUTH_UPDATE_USER,
        RequestCode.AUTH_GET_USER,
        RequestCode.AUTH_LIST_USER,
        RequestCode.GET_BROKER_CLUSTER_ACL_CONFIG,
    )
)
# Bodies of other requests are an application's own, or hold no secret.

_WITH_SETTINGS: Final = frozenset(
    (
        RequestCode.GET_BROKER_CONFIG,
        RequestCode.UPDATE_BROKER_CONFIG,
        RequestCode.GET_NAMESRV_CONFIG,
        RequestCode.UPDATE_NAMESRV_CONFIG,
    )
)
# Bodies of `name=value` lines, among them credentials of brokers for one another.

_SECRET_SETTINGS: Final = ("credential", "password", "secret", "accesskey", "initauthenticationuser")


def redacted(command: RemotingCommand, code: int, frame: bytes, known: set[str]) -> bytes:
    """Return a frame without its secrets; the same bytes where it has none.

    Args:
        command: The frame, decoded; changed.
        code: Code of the request that it is, or that it answers.
        frame: The frame.
        known: Secrets in the fields of earlier requests, which refusals may repeat; those of this one are added.
    """
    fields = command.ext_fields or {}
    found = [name for name in fields if name.lower() in _SECRET_NAMES and fields[name]]
    for name in found:
        known.add(fields[name])
        fields[name] = BLOT
    for secret in known if command.remark else ():
        if secret in (command.remark or ""):
            command.remark = (command.remark or "").replace(secret, BLOT)
            found.append("remark")
    body = command.body
    if code in _WITH_SECRETS_IN_BODY:
        body = _without_members(body)
    elif code in _WITH_SETTINGS:
        body = b"\n".join(map(_without_value, body.split(b"\n")))
    if not found and body == command.body:
        return frame
    command.body = body
    return command.encode()


def _without_members(body: bytes) -> bytes:
    try:
        values = loads(body) if body else None
    except ProtocolError:
        return BLOT.encode()  # whatever it is, it was meant to hold secrets
    return json.dumps(_blotted(values)).encode() if body else body


def _blotted(value: object) -> object:  # JSON values
    if isinstance(value, dict):
        members = cast("dict[object, object]", value)
        return {
            name: BLOT if str(name).lower() in _SECRET_NAMES and isinstance(member, str) else _blotted(member)
            for name, member in members.items()
        }
    return [_blotted(item) for item in cast("list[object]", value)] if isinstance(value, list) else value


def _without_value(line: bytes) -> bytes:
    name, equals, value = line.partition(b"=")
    is_secret = bool(value.strip()) and any(
        part in name.decode("utf-8", "replace").lower() for part in _SECRET_SETTINGS
    )
    return name + equals + BLOT.encode() if is_secret else line
