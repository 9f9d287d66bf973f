"""Commands in both encodings, their numbers and their signatures are those of Java."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from declared_values import examples, ints, texts
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model.acl import sign
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CLIENT_VERSION, LanguageCode, RequestCode, ResponseCode, SerializeType

if TYPE_CHECKING:
    from java_codec import JavaCodec

pytestmark = pytest.mark.real(only=True)

MAX_SHORT = 0x7FFF
LANGUAGES_OF_4: Final = [language for language in LanguageCode if language is not LanguageCode.NODE_JS]

REUSED: Final = {
    "UPDATE_AND_CREATE_ACL_CONFIG_FAILED",
    "DELETE_ACL_CONFIG_FAILED",
    "UPDATE_GLOBAL_WHITE_ADDRS_CONFIG_FAILED",
}
"""Response codes of 4.9 whose numbers 5.x gives another meaning."""

all_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


@st.composite
def commands(draw: st.DrawFn) -> RemotingCommand:
    serialize_type = draw(st.sampled_from(SerializeType))
    short = serialize_type == SerializeType.ROCKETMQ
    return RemotingCommand(
        draw(st.integers(-(2**15), MAX_SHORT) if short else ints),
        language=draw(st.sampled_from(LANGUAGES_OF_4)),
        version=draw(st.integers(0, MAX_SHORT) if short else ints),
        opaque=draw(ints),
        flag=draw(st.integers(0, 3)),
        remark=draw(st.none() | all_texts),
        # Java signs fields in the order of UTF-16 code units, so names beyond 16 bits have to be among them; but the
        # JSON library of 5.x servers does not read those.
        ext_fields=draw(st.dictionaries(all_texts if short else texts, all_texts, max_size=4)),
        body=draw(st.binary(max_size=20)),
        serialize_type=serialize_type,
    )


def described(command: RemotingCommand) -> dict[str, Any]:
    assert isinstance(command.language, LanguageCode)
    return {
        "code": command.code,
        "language": command.language.name,
        "version": command.version,
        "opaque": command.opaque,
        "flag": command.flag,
        "remark": command.remark,
        "fields": command.ext_fields or {},
        "body": command.body.hex(),
        "serializeType": command.serialize_type.name,
    }


@given(command=commands())
@examples(300)
def test_java_decodes_our_commands(command: RemotingCommand, java: JavaCodec) -> None:
    answer = java.call("describeCommand", frame=command.encode().hex())
    assert answer.pop("isResponse") is command.is_response
    assert answer.pop("isOneway") is command.is_oneway
    assert answer | {"fields": answer["fields"] or {}} == described(command)


@given(command=commands())
@examples(300)
def test_we_decode_commands_of_java(command: RemotingCommand, java: JavaCodec) -> None:
    frame = bytes.fromhex(java.call("makeCommand", **described(command)))
    assert described(RemotingCommand.decode(frame)) == described(command)


@given(command=commands(), access_key=texts, secret_key=texts, security_token=st.none() | texts)
@examples(300)
def test_signatures(
    command: RemotingCommand, access_key: str, secret_key: str, security_token: str | None, java: JavaCodec
) -> None:
    frame = command.encode()
    signed = RemotingCommand.decode(frame)
    sign(signed, access_key, secret_key, security_token)
    assert signed.ext_fields == java.call(
        "sign", frame=frame.hex(), accessKey=access_key, secretKey=secret_key, securityToken=security_token
    )


@pytest.mark.parametrize("enumeration", [RequestCode, ResponseCode], ids=lambda enumeration: enumeration.__name__)
def test_codes(enumeration: type[RequestCode | ResponseCode], java: JavaCodec) -> None:
    theirs = java.call("constants", **{"class": enumeration.__name__})
    ours = {member.name: int(member) for member in enumeration}
    assert {name: ours[name] for name in ours.keys() & theirs.keys()}.items() <= theirs.items()
    assert theirs.keys() - ours.keys() == (REUSED if java.is_4 and enumeration is ResponseCode else set())


def test_languages(java: JavaCodec) -> None:
    languages = LANGUAGES_OF_4 if java.is_4 else LanguageCode
    assert java.call("languages") == {language.name: int(language) for language in languages}


def test_our_version_number_is_that_of_a_release(java: JavaCodec) -> None:
    assert java.call("versions")[CLIENT_VERSION] == "V5_3_1"
