"""Signing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model import RemotingCommand, RequestCode, SerializeType
from pyrocketmq.model.acl import sign, signature_of, signed_content
from pyrocketmq.model.errors import ProtocolError

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
ACCESS_KEY = "wpAdminKey"
SECRET_KEY = "wpSecretKey2"


@pytest.mark.parametrize("name", ["java_client_heartbeat_signed_4.9.7", "java_client_send_signed_4.9.7"])
def test_signatures_of_a_java_client(name: str, golden: Callable[[str, str], RemotingCommand]) -> None:
    signed = golden(name, "request")
    fields = dict(signed.ext_fields or {})
    bare = golden(name, "request")
    bare.ext_fields = {key: value for key, value in fields.items() if key not in ("AccessKey", "Signature")} or None
    sign(bare, ACCESS_KEY, SECRET_KEY)
    assert bare.ext_fields == fields


def test_content_of_a_java_client(golden: Callable[[str, str], RemotingCommand]) -> None:
    command = golden("java_client_heartbeat_signed_4.9.7", "request")
    assert signed_content(command, command.ext_fields or {}) == b"wpAdminKey" + command.body


def test_values_are_signed_in_the_order_of_their_names() -> None:
    # Java compares UTF-16 code units: a character beyond the basic plane comes before one at its end.
    fields = {"b": "4", "a": "3", "B": "2", "A": "1", "\uffff": "6", "\U0001f600": "5", "Signature": "never"}
    command = RemotingCommand(1, ext_fields=fields, body=b" body")
    assert signed_content(command, fields) == b"123456 body"


def test_signing_again_replaces_the_signature() -> None:
    command = RemotingCommand(1, ext_fields={"topic": "orders"})
    sign(command, "key", "secret")
    first = dict(command.ext_fields or {})
    sign(command, "key", "secret")
    assert command.ext_fields == first
    sign(command, "key", "other secret")
    assert (command.ext_fields or {})["Signature"] != first["Signature"]


def test_a_security_token_is_signed_too() -> None:
    command = RemotingCommand(1, body=b"!")
    sign(command, "key", "secret", "token")
    fields = command.ext_fields or {}
    assert fields["SecurityToken"] == "token"
    assert fields["Signature"] == signature_of(b"keytoken!", "secret")


@pytest.mark.parametrize(("version", "content"), [(399, b"17"), (400, b"true17")])
def test_the_mark_of_unique_key_queries(version: int, content: bytes) -> None:
    fields = {"_UNIQUE_KEY_QUERY": "true", "maxNum": "17"}
    command = RemotingCommand(RequestCode.QUERY_MESSAGE, version=version, ext_fields=fields)
    assert signed_content(command, fields) == content


@given(st.dictionaries(texts.filter(bool), texts, max_size=4), st.binary(max_size=9), texts)
def test_both_headers_are_signed_alike(fields: dict[str, str], body: bytes, secret: str) -> None:
    signatures: set[str] = set()
    for serialize_type in SerializeType:
        command = RemotingCommand(1, ext_fields=dict(fields), body=body, serialize_type=serialize_type)
        sign(command, "key", secret)
        received = RemotingCommand.decode(command.encode())
        content = signed_content(received, received.ext_fields or {})
        assert (received.ext_fields or {})["Signature"] == signature_of(content, secret)
        signatures.add(signature_of(content, secret))
    assert len(signatures) == 1


def test_fields_that_cannot_be_signed() -> None:
    for fields in ({"topic": "\ud800"}, {"\ud800": "orders"}):
        with pytest.raises(ProtocolError, match="cannot be signed"):
            sign(RemotingCommand(1, ext_fields=fields), "key", "secret")
