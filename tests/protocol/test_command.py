"""One frame, as far as every frame is alike."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import anything, ints
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CommandFlag, LanguageCode, RequestCode, SerializeType
from pyrocketmq.model.errors import FrameTooLargeError, ProtocolError
from pyrocketmq.model.frame import frame_of
from pyrocketmq.model.header_encoding import json_header

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
shorts = st.integers(-(2**15), 2**15 - 1)
languages = st.sampled_from(LanguageCode)
json_commands = st.builds(
    RemotingCommand,
    ints,
    language=languages | st.just("COBOL") | st.integers(20, 90),
    version=ints,
    opaque=ints,
    flag=ints,
    remark=st.none() | texts,
    ext_fields=st.none() | st.dictionaries(texts, texts, max_size=4),
    body=st.binary(max_size=20),
)
binary_commands = st.builds(
    RemotingCommand,
    shorts,
    language=languages | st.integers(20, 90),
    version=shorts,
    opaque=ints,
    flag=ints,
    remark=st.none() | texts,
    ext_fields=st.none() | st.dictionaries(texts, texts, max_size=4),
    body=st.binary(max_size=20),
    serialize_type=st.just(SerializeType.ROCKETMQ),
)


def json_frame(header: str | bytes, body: bytes = b"") -> bytes:
    return frame_of(header if isinstance(header, bytes) else header.encode(), body, 0)


@given(json_commands)
def test_json_round_trip(command: RemotingCommand) -> None:
    frame = command.encode()
    again = RemotingCommand.decode(frame)
    assert again == command
    assert again.ext_fields == command.ext_fields
    assert again.encode() == frame


@given(binary_commands)
def test_binary_round_trip(command: RemotingCommand) -> None:
    again = RemotingCommand.decode(command.encode())
    command.remark = command.remark or None
    command.ext_fields = {name: value for name, value in (command.ext_fields or {}).items() if name and value}
    assert again == command
    assert RemotingCommand.decode(again.encode()) == command


@given(json_commands | binary_commands, st.sampled_from([bytes, bytearray, memoryview]))
def test_any_kind_of_bytes(command: RemotingCommand, kind: type[bytes] | type[bytearray]) -> None:
    frame = command.encode()
    assert RemotingCommand.decode(kind(frame)) == RemotingCommand.decode(frame)


@given(st.binary(max_size=60), st.sampled_from([0, 0, 1, 1, 2, 255]))
@settings(max_examples=300)
def test_any_header_gives_a_command_or_an_error(header: bytes, serialize_type: int) -> None:
    check_any(frame_of(header, b"body", serialize_type))


@given(st.binary(max_size=40))
def test_any_bytes_give_a_command_or_an_error(frame: bytes) -> None:
    check_any(frame)


any_values = anything()
members = ["code", "language", "version", "opaque", "flag", "remark", "extFields", "serializeTypeCurrentRPC", "other"]


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(members, any_values)))
@settings(max_examples=300)
def test_any_members_give_a_command_or_an_error(header: dict[str, Any]) -> None:
    check_any(json_frame(json.dumps(header)))


@given(json_commands | binary_commands, st.data())
@settings(max_examples=300)
def test_a_broken_frame_gives_a_command_or_an_error(command: RemotingCommand, data: st.DataObject) -> None:
    frame = bytearray(command.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    check_any(bytes(frame))


def decoded(frame: bytes | memoryview) -> RemotingCommand | ProtocolError:
    try:
        return RemotingCommand.decode(frame)
    except ProtocolError as error:
        return error


def check_any(frame: bytes) -> None:
    command = decoded(frame)
    if isinstance(command, ProtocolError):
        assert command.offset is not None
        assert 0 <= command.offset <= len(frame)
        assert command.reason
        return
    assert repr(command)
    try:
        again = command.encode()
    except ProtocolError:  # the JSON header holds what has no other form, such as half a character
        return
    assert RemotingCommand.decode(again).encode() == again


ANSWER = (
    '{"code":0,"extFields":{"queueId":"0","msgId":"7F","note":"a \\"b\\""},"flag":1,"language":"JAVA","opaque":17,'
    '"remark":"FOUND","serializeTypeCurrentRPC":"JSON","version":493}'
)


@pytest.fixture
def answer_ends(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, str | None]]:
    """The ends of answers noted in this test alone."""
    ends: dict[str, tuple[int, str | None]] = {}
    monkeypatch.setattr(json_header, "answer_ends", ends)
    monkeypatch.setattr("pyrocketmq.model.command._ends", ends)
    return ends


def test_answers_of_servers_are_taken_apart_where_they_differ(answer_ends: dict[str, tuple[int, str | None]]) -> None:
    first = RemotingCommand.decode(json_frame(ANSWER))
    assert answer_ends == {'"remark":"FOUND","serializeTypeCurrentRPC":"JSON","version":493}': (493, "FOUND")}
    again = RemotingCommand.decode(json_frame(ANSWER.replace("17", "18"), b"body"))
    for command, opaque, body in ((first, 17, b""), (again, 18, b"body")):
        assert (command.code, command.opaque, command.flag, command.version) == (0, opaque, 1, 493)
        assert (command.language, command.remark, command.body) == (LanguageCode.JAVA, "FOUND", body)
        assert command.ext_fields == {"queueId": "0", "msgId": "7F", "note": 'a "b"'}
        assert command.serialize_type is SerializeType.JSON
        assert command.encode() == json_frame(ANSWER.replace("17", str(opaque)), body)
        assert command.header == json.loads(ANSWER.replace("17", str(opaque)))


@pytest.mark.parametrize(
    "header",
    [
        ANSWER.replace(":0,", ":1,", 1),
        ANSWER.replace("17", "017"),
        ANSWER.replace("17", "1_7"),
        ANSWER.replace("17", "-17"),
        ANSWER.replace("17", " 17"),
        ANSWER.replace("17", "\u0661"),
        ANSWER.replace("17", "17.0"),
        ANSWER.replace("17", '"17"'),
        ANSWER.replace('"flag":1', '"flag":3'),
        ANSWER.replace('},"flag"', ' },"flag"'),
        ANSWER.replace('},"flag"', '} ,"flag"'),
        ANSWER.replace('},"flag"', ',"flag"'),
        ANSWER.replace('},"flag"', '}},"flag"'),
        ANSWER.replace('{"code"', ' {"code"'),
        ANSWER.replace('"a \\"b\\""', ANSWER),
        ANSWER.replace(',"remark"', ',"more":1,"remark"'),
        '{"code":0,"extFields":null' + ANSWER[ANSWER.index(',"flag"') :],
        ANSWER + " ",
        ANSWER + "x",
        ANSWER[:-1],
    ],
)
def test_answers_that_are_nearly_like_those_of_servers(
    header: str, answer_ends: dict[str, tuple[int, str | None]]
) -> None:
    RemotingCommand.decode(json_frame(ANSWER))
    assert len(answer_ends) == 1
    check_same(json_frame(header))


@pytest.mark.parametrize("length", [-1, 1, 2**24 - 1 - len(ANSWER)])
@pytest.mark.parametrize("body", [b"", b"body"])
def test_answers_whose_header_has_another_length(
    length: int, body: bytes, answer_ends: dict[str, tuple[int, str | None]]
) -> None:
    frame = bytearray(json_frame(ANSWER, body))
    RemotingCommand.decode(json_frame(ANSWER))
    assert answer_ends
    frame[4:8] = struct.pack(">I", len(ANSWER) + length)
    check_same(bytes(frame))


def check_same(frame: bytes) -> None:
    """See that no short way through a frame leads anywhere else than the long one, which views of memory take."""
    command, other = decoded(frame), decoded(memoryview(frame))
    if isinstance(command, ProtocolError) or isinstance(other, ProtocolError):
        assert str(command) == str(other)
    else:
        assert command == other
        assert command.header == other.header


@given(st.data())
@settings(max_examples=300)
def test_broken_answers_are_taken_as_all_headers_are(data: st.DataObject) -> None:
    RemotingCommand.decode(json_frame(ANSWER))
    header = list(ANSWER)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(header) - 1))
        header[at : at + data.draw(st.integers(0, 2))] = data.draw(st.sampled_from(['"', ",", "}", "1", "\\", "{", ""]))
    check_same(json_frame("".join(header)))


def test_what_is_noted_of_answers_is_bounded(answer_ends: dict[str, tuple[int, str | None]]) -> None:
    for version in range(100):
        RemotingCommand.decode(json_frame(ANSWER.replace("493", str(version))))
    assert len(answer_ends) == 64
    answer_ends.clear()
    for strange in (
        ANSWER.replace("FOUND", "x" * 100),
        ANSWER.replace('"remark"', '"code":1,"remark"'),
        ANSWER.replace('"remark"', '"extFields":{},"remark"'),
        ANSWER.replace('"note"', '"note":' + ANSWER + ',"other"'),
    ):
        RemotingCommand.decode(json_frame(strange))
        check_same(json_frame(strange))
    assert not answer_ends


def test_a_header_that_is_nested_too_deep_for_where_it_is_asked_for(
    answer_ends: dict[str, tuple[int, str | None]],
) -> None:
    RemotingCommand.decode(json_frame(ANSWER))
    for depth in range(1100, 800, -1):
        header = ANSWER.replace('"a \\"b\\""', "[" * depth + "]" * depth)
        command = decoded(json_frame(header))
        if isinstance(command, RemotingCommand):
            with suppress(ProtocolError):
                assert command.header
            with suppress(ProtocolError):
                command.encode()


def test_order_and_unknown_keys_of_a_header_are_kept() -> None:
    text = '{"extFields":{"b":"1","a":"2"},"new":[1],"opaque":7,"code":10,"flag":1,"language":"JAVA","version":401}'
    command = RemotingCommand.decode(json_frame(text))
    assert command.encode() == json_frame(text)
    command.opaque = 8
    command.remark = "later"
    again = RemotingCommand.decode(command.encode())
    assert again.header is not None
    assert list(again.header) == ["extFields", "new", "opaque", "code", "flag", "language", "version", "remark"]
    assert (again.opaque, again.remark) == (8, "later")


def test_members_that_may_be_missing() -> None:
    command = RemotingCommand.decode(json_frame('{"code":14}'))
    assert command.code == RequestCode.QUERY_CONSUMER_OFFSET
    assert command.language == LanguageCode.OTHER
    assert (command.version, command.opaque, command.flag, command.remark) == (0, 0, 0, None)
    assert command.ext_fields is None


def test_missing_and_empty_fields_are_the_same() -> None:
    assert RemotingCommand(1, ext_fields={}) == RemotingCommand(1)
    assert RemotingCommand(1, ext_fields={"a": "b"}) != RemotingCommand(1)
    assert RemotingCommand(1) != 1


def test_unknown_languages_are_kept() -> None:
    assert RemotingCommand.decode(json_frame('{"code":1,"language":"COBOL"}')).language == "COBOL"
    binary = RemotingCommand(1, language=77, serialize_type=SerializeType.ROCKETMQ)
    assert RemotingCommand.decode(binary.encode()).language == 77
    assert RemotingCommand.decode(RemotingCommand(1, language=LanguageCode.RUST).encode()).language is LanguageCode.RUST


def test_blanks_around_a_header() -> None:
    assert RemotingCommand.decode(json_frame(' \n{"code" : 3}\t')).code == 3


@pytest.mark.parametrize(
    ("frame", "offset", "reason"),
    [
        (b"", 0, "0 bytes are no frame"),
        (bytes(7), 0, "7 bytes are no frame"),
        (struct.pack(">II", 5, 0), 0, "length field 5 in a frame of 8 bytes"),
        (struct.pack(">II", 4, 1), 5, "a header of 1 bytes exceeds the frame"),
        (struct.pack(">II", 4, 2 << 24), 4, "unknown serialize type 2"),
        (json_frame(""), 8, "does not parse"),
        (json_frame("[]"), 8, "is no object"),
        (json_frame("{} x"), 8, "does not parse"),
        (json_frame('{"code":'), 8, "does not parse"),
        (json_frame("[" * 50_000), 8, "does not parse"),
        (json_frame('{"code":"x"}'), 8, "malformed member"),
        (json_frame('{"opaque":1e999}'), 8, "malformed member"),
        (json_frame('{"language":[]}'), 8, "malformed member"),
        (json_frame('{"extFields":[]}'), 8, "extFields of a JSON header is no object"),
        (json_frame('{"remark":1}'), 8, "remark of a JSON header is no text"),
        (json_frame(b'{"remark":"\xff"}'), 19, "not UTF-8"),
        (frame_of(bytes(16), b"", 1), 8, "ROCKETMQ header breaks off"),
        (frame_of(bytes(20), b"", 1), 25, "ROCKETMQ header breaks off"),
        (frame_of(bytes(13) + struct.pack(">ii", 5, 0), b"", 1), 25, "length 5 of a text exceeds the header"),
        (frame_of(bytes(13) + struct.pack(">ii", 1, 0), b"", 1), 26, "ROCKETMQ header breaks off"),
        (frame_of(bytes(13) + struct.pack(">ii", 0, 1), b"", 1), 25, "length 1 of the fields exceeds the header"),
    ],
)
def test_malformed(frame: bytes, offset: int, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason) as caught:
        RemotingCommand.decode(frame)
    assert caught.value.offset == offset


def test_binary_headers_with_lengths_that_do_not_fit() -> None:
    fixed = struct.pack(">hBhii", 1, 0, 1, 2, 0)
    for rest in (
        struct.pack(">i", 5),
        struct.pack(">i", -1) + struct.pack(">i", 0),
        struct.pack(">ii", 0, 5),
        struct.pack(">ii", 0, -1),
        struct.pack(">ii", 0, 1) + b"x",
        struct.pack(">iih", 0, 2, 3),
        struct.pack(">iih", 0, 2, -1),
        struct.pack(">iihc", 0, 3, 1, b"k"),
        struct.pack(">iihci", 0, 7, 1, b"k", 9),
        struct.pack(">iihci", 0, 7, 1, b"k", -9),
        struct.pack(">iihci", 0, 7, 1, b"\xff", 0),
    ):
        with pytest.raises(ProtocolError):
            RemotingCommand.decode(frame_of(fixed + rest, b"behind the header", 1))


def test_the_last_of_equal_fields_counts() -> None:
    pairs = b"".join(struct.pack(">hci", 1, b"k", 1) + value for value in (b"a", b"b"))
    header = struct.pack(">hBhiiii", 1, 0, 1, 2, 0, 0, len(pairs)) + pairs
    assert RemotingCommand.decode(frame_of(header, b"", 1)).ext_fields == {"k": "b"}


@pytest.mark.parametrize(
    "command",
    [
        RemotingCommand(200_050, serialize_type=SerializeType.ROCKETMQ),
        RemotingCommand(1, version=70_000, serialize_type=SerializeType.ROCKETMQ),
        RemotingCommand(1, opaque=2**31, serialize_type=SerializeType.ROCKETMQ),
        RemotingCommand(1, language=300, serialize_type=SerializeType.ROCKETMQ),
        RemotingCommand(1, ext_fields={"k" * 40_000: "v"}, serialize_type=SerializeType.ROCKETMQ),
        RemotingCommand(1, ext_fields={"k": "\ud800"}, serialize_type=SerializeType.ROCKETMQ),
        RemotingCommand(1, remark="\ud800", serialize_type=SerializeType.ROCKETMQ),
        RemotingCommand(1, remark="\ud800"),
        RemotingCommand(1, body=bytes(16 * 1024 * 1024)),
    ],
    ids=repr,
)
def test_what_does_not_fit_is_refused(command: RemotingCommand) -> None:
    with pytest.raises(ProtocolError):
        command.encode()


def test_largest_frame() -> None:
    command = RemotingCommand(1)
    room = 16 * 1024 * 1024 - len(command.encode())
    command.body = bytes(room)
    assert len(command.encode()) == 16 * 1024 * 1024
    command.body = bytes(room + 1)
    with pytest.raises(FrameTooLargeError):
        command.encode()


def test_pop_needs_the_json_header() -> None:
    command = RemotingCommand(RequestCode.POP_MESSAGE)
    assert RemotingCommand.decode(command.encode()).code == RequestCode.POP_MESSAGE
    command.serialize_type = SerializeType.ROCKETMQ
    with pytest.raises(ProtocolError, match="code 200050 cannot be written"):
        command.encode()


def test_kinds_of_commands() -> None:
    request, oneway, response = (
        RemotingCommand(1, flag=flag) for flag in (0, CommandFlag.ONEWAY, CommandFlag.RESPONSE)
    )
    assert [c.is_response for c in (request, oneway, response)] == [False, False, True]
    assert [c.is_oneway for c in (request, oneway, response)] == [False, True, False]
    assert [repr(c).split()[0] for c in (request, oneway, response)] == ["<request", "<oneway", "<response"]


def test_to_frame_replaces_opaque_and_flag() -> None:
    command = RemotingCommand(1, opaque=5)
    again = RemotingCommand.decode(command.to_frame(-3, CommandFlag.ONEWAY))
    assert (again.opaque, again.flag) == (-3, 2)


def test_repr_shows_no_values() -> None:
    command = RemotingCommand(17, ext_fields={"topic": "secret", "Signature": "secret"}, remark="why", body=b"secret")
    assert repr(command) == "<request code=17 opaque=0, remark='why' fields=[topic,Signature] body=6B>"


def test_commands_have_no_hash() -> None:
    with pytest.raises(TypeError):
        hash(RemotingCommand(1))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bodies_are_cut_out_when_they_are_asked_for(kind: Callable[[bytes], Any]) -> None:
    frame = RemotingCommand(0, flag=1, body=b"body").encode()
    command = RemotingCommand.decode(kind(frame))
    data, start = command.body_in_place()
    assert bytes(data[start:]) == b"body"
    assert command.body == b"body"
    assert type(command.body) is bytes
    assert command.body_in_place() == (b"body", 0)
    command.body = b"other"
    assert (command.body, command.body_in_place()) == (b"other", (b"other", 0))
    assert pickle.loads(pickle.dumps(RemotingCommand.decode(kind(frame)))) == RemotingCommand.decode(frame)
