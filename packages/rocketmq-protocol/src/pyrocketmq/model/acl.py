"""Signing of requests for brokers and NameServers with access control, the same for ACL 1.0 and 2.0."""

from __future__ import annotations

import hmac
from base64 import b64encode
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.model.command import RemotingCommand

ACCESS_KEY: Final = "AccessKey"
SECURITY_TOKEN: Final = "SecurityToken"
SIGNATURE: Final = "Signature"
UNIQUE_KEY_QUERY: Final = "_UNIQUE_KEY_QUERY"
"""Marks a query for a unique id. Brokers leave it out of the signed content of requests up to version 399."""

_LAST_VERSION_WITHOUT_UNIQUE_KEY_QUERY: Final = 399


def sign(command: RemotingCommand, access_key: str, secret_key: str, security_token: str | None = None) -> None:
    """Add the fields that prove who sends a request.

    Everything that is in the header's fields at this point is signed, and the body; later changes make the signature
    wrong. Code, opaque, flag and remark are not part of it.

    Args:
        command: The request; its `ext_fields` are changed.
        access_key: Name of the user; travels in clear text.
        secret_key: Their secret; does not travel.
        security_token: Token of temporary credentials, if there is one.

    Raises:
        ProtocolError: a field holds what no UTF-8 text can.
    """
    fields = command.ext_fields or {}
    fields[ACCESS_KEY] = access_key
    if security_token is not None:
        fields[SECURITY_TOKEN] = security_token
    fields.pop(SIGNATURE, None)
    fields[SIGNATURE] = signature_of(signed_content(command, fields), secret_key)
    command.ext_fields = fields


def signed_content(command: RemotingCommand, fields: Mapping[str, str]) -> bytes:
    """Return the bytes that a signature covers: the values of all fields in the order of their names, and the body.

    Raises:
        ProtocolError: a field holds what no UTF-8 text can.
    """
    skipped = {SIGNATURE}
    if command.version <= _LAST_VERSION_WITHOUT_UNIQUE_KEY_QUERY:
        skipped.add(UNIQUE_KEY_QUERY)
    try:
        values = "".join([fields[name] for name in sorted(fields, key=_java_order) if name not in skipped])
        return values.encode() + command.body
    except UnicodeEncodeError as error:
        raise ProtocolError(f"fields cannot be signed: {error}") from error


def _java_order(name: str) -> bytes:
    """Return what Java compares texts by: UTF-16 code units."""
    return name.encode("utf-16-be")


def signature_of(content: bytes, secret_key: str) -> str:
    """Return the signature: HMAC-SHA1 in Base64."""
    return b64encode(hmac.digest(secret_key.encode(), content, "sha1")).decode()
