"""Signing of requests for brokers and NameServers with access control, the same for ACL 1.0 and 2.0."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
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
    """
    fields = command.ext_fields or {}
    fields[ACCESS_KEY] = access_key
    if security_token is not None:
        fields[SECURITY_TOKEN] = security_token
    fields.pop(SIGNATURE, None)
    fields[SIGNATURE] = signature_of(signed_content(command, fields), secret_key)
    command.ext_fields = fields


def signed_content(command: RemotingCommand, fields: dict[str, str]) -> bytes:
    """Return the bytes that a signature covers: the values of all fields in the order of their names, and the body."""
    skipped = {SIGNATURE}
    if command.version <= _LAST_VERSION_WITHOUT_UNIQUE_KEY_QUERY:
        skipped.add(UNIQUE_KEY_QUERY)
    # Java orders names by UTF-16 code units.
    names = sorted((name for name in fields if name not in skipped), key=lambda name: name.encode("utf-16-be"))
    return "".join(fields[name] for name in names).encode() + command.body


def signature_of(content: bytes, secret_key: str) -> str:
    """Return the signature: HMAC-SHA1 in Base64."""
    return base64.b64encode(hmac.new(secret_key.encode(), content, hashlib.sha1).digest()).decode()
