"""The command `rmq-decode`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import anything
from pyrocketmq.model import CommandFlag, RemotingCommand, RequestCode
from pyrocketmq.model.cli import main
from pyrocketmq.model.cli.describe import Describer
from pyrocketmq.model.cli.show import json_line, readable_lines
from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import frame_of
from pyrocketmq.model.message_ext import encode_message
from pyrocketmq.model.requests import OffsetReply, QueryConsumerOffset, SendMessageV2

FILES = sorted((Path(__file__).parent / "golden").glob("*.json"))

REQUEST = QueryConsumerOffset(consumer_group="group", topic="orders", queue_id=3).to_frame(7)
ANSWER = OffsetReply(offset=42).to_command(7).encode()


class Decoded:
    """What a run of the command wrote."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Command:
    """Runs the command on files, or on bytes that it writes to one."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self._folder = folder

    def run(self, *arguments: str | Path) -> Decoded:
        code = main([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return Decoded(code, captured.out, captured.err)

    def decode(self, data: bytes, *options: str) -> Decoded:
        path = self._folder / "capture"
        path.write_bytes(data)
        decoded = self.run(path, *options)
        return Decoded(decoded.code, decoded.out.replace(str(path), "PATH"), decoded.err.replace(str(path), "PATH"))


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return Command(capsys, tmp_path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_golden_exchanges(path: Path, command: Command) -> None:
    exchange = json.loads(path.read_text())
    sides = [side for side in ("request", "response") if exchange[side]]
    decoded = command.run("--json", path)
    assert (decoded.code, decoded.err) == (0, "")
    assert [frame["source"] for frame in decoded.frames] == [f"{path} {side}_hex" for side in sides]
    for frame, side in zip(decoded.frames, sides, strict=True):
        expected = exchange[side]
        names = ("code", "opaque", "flag", "language", "version")
        assert {name: frame[name] for name in names} == {name: expected[name] for name in names}
        assert frame["serialize_type"] == expected["serializeType"]
        assert frame["problem"] is None
        assert len(frame["fields"]) == len(expected["extFields"] or {})
        assert (frame["body"] is None) == (expected["bodyLength"] == 0)
        for message, described in zip(expected.get("messages", []), messages_of(frame), strict=True):
            assert described["topic"] == message["topic"]
            assert described["properties"] == message["properties"]
            assert described["body"]["size"] == len(message["bodyHex"] or "") // 2 or message["bodyLength"]
        for record, described in zip(expected.get("batch", []), batch_of(frame), strict=True):
            assert described["properties"] == record["properties"]
    readable = command.run(path)
    assert (readable.code, readable.err) == (0, "")
    assert sum(not line.startswith(" ") for line in readable.out.splitlines()) == len(sides)


def messages_of(frame: dict[str, Any]) -> list[dict[str, Any]]:
    body = frame["body"]
    if isinstance(body, list) and body and "queue_offset" in body[0]:
        return body
    return [body] if isinstance(body, dict) and "queue_offset" in body else []


def batch_of(frame: dict[str, Any]) -> list[dict[str, Any]]:
    return frame["body"] if frame["name"] == "SEND_BATCH_MESSAGE" and frame["kind"] == "request" else []


def test_readable_form(command: Command) -> None:
    decoded = command.decode(REQUEST + ANSWER)
    assert (decoded.code, decoded.err) == (0, "")
    assert decoded.out == (
        "PATH, byte 0: request QUERY_CONSUMER_OFFSET (14), opaque 7\n"
        "  142 bytes: JSON header of 134, body of 0; language PYTHON, version 475, flag 0\n"
        "  consumer_group (consumerGroup, string): 'group'\n"
        "  topic (string): 'orders'\n"
        "  queue_id (queueId, int): 3\n"
        "PATH, byte 142: response to QUERY_CONSUMER_OFFSET: SUCCESS (0), opaque 7\n"
        "  100 bytes: JSON header of 92, body of 0; language PYTHON, version 475, flag 1\n"
        "  offset (long): 42\n"
    )


def test_json_form(command: Command) -> None:
    assert command.decode(REQUEST + ANSWER, "--json").frames[1] == {
        "source": "PATH",
        "start": 142,
        "kind": "response",
        "code": 0,
        "name": "SUCCESS",
        "request": "QUERY_CONSUMER_OFFSET",
        "opaque": 7,
        "flag": 1,
        "language": "PYTHON",
        "version": 475,
        "serialize_type": "JSON",
        "remark": None,
        "fields": {"offset": 42},
        "body": None,
        "problem": None,
    }


@pytest.mark.parametrize(
    "text",
    [
        REQUEST.hex(),
        REQUEST.hex(" ").upper(),
        "0x" + REQUEST.hex(":", 2),
        "\n".join([REQUEST.hex()[:40], REQUEST.hex()[40:], ""]),
        json.dumps({"request_hex": REQUEST.hex(), "response_hex": ""}),
        json.dumps({"response_hex": REQUEST.hex(), "note": "→"}, ensure_ascii=False),
    ],
    ids=["plain", "blanks", "colons", "lines", "exchange", "one-sided exchange"],
)
def test_forms_of_input(text: str, command: Command) -> None:
    decoded = command.decode(text.encode(), "--json")
    assert (decoded.code, decoded.err) == (0, "")
    assert [frame["name"] for frame in decoded.frames] == ["QUERY_CONSUMER_OFFSET"]


def test_several_files(command: Command, tmp_path: Path) -> None:
    (tmp_path / "requests").write_bytes(REQUEST)
    (tmp_path / "answers").write_text(ANSWER.hex())
    decoded = command.run("--json", tmp_path / "requests", tmp_path / "missing", tmp_path / "answers")
    assert decoded.code == 1
    assert decoded.err == f"rmq-decode: {tmp_path / 'missing'}: No such file or directory\n"
    assert [frame["fields"] for frame in decoded.frames][1] == {"offset": 42}


def test_an_answer_whose_request_is_not_there(command: Command) -> None:
    assert "response to an unknown request: SUCCESS (0)" in command.decode(ANSWER).out
    assert command.decode(ANSWER, "--json").frames[0]["fields"] == {"offset": "42"}


def test_answers_belong_to_requests_with_their_opaque(command: Command) -> None:
    other = SendMessageV2(producer_group="g", topic="t", queue_id=0, born_timestamp=0, body=b"x")
    oneway = other.to_frame(7, CommandFlag.ONEWAY)
    frames = command.decode(REQUEST + other.to_frame(8) + oneway + ANSWER + ANSWER, "--json").frames
    assert [frame["request"] for frame in frames] == [None, None, None, "QUERY_CONSUMER_OFFSET", None]
    assert [frame["kind"] for frame in frames] == ["request", "request", "oneway", "response", "response"]


def test_bodies_that_nothing_declares(command: Command) -> None:
    bodies = {
        b'{"a":{0:"b"}}': {"a": {"0": "b"}},
        b"[1,NaN]": [1, "nan"],
        b"{broken": {"size": 7, "text": "{broken"},
        b"\xff\x00": {"size": 2, "hex": "ff00"},
        encode_message(topic="t", body=b"hello"): "hello",
        encode_message(topic="t", body=b"hello")[:-1]: None,
    }
    data = b"".join(RemotingCommand(0, flag=1, body=body).encode() for body in bodies)
    frames = command.decode(data, "--json").frames
    for frame, expected in zip(frames, bodies.values(), strict=True):
        if expected == "hello":
            assert frame["body"][0]["body"] == {"size": 5, "text": "hello"}
        elif expected is not None:
            assert frame["body"] == expected


def test_unknown_codes(command: Command) -> None:
    data = RemotingCommand(9999, ext_fields={"a": "b"}).encode() + RemotingCommand(9999, flag=1).encode()
    decoded = command.decode(data)
    assert decoded.code == 0
    assert "request unknown (9999)" in decoded.out
    assert "response to an unknown request: unknown (9999)" in decoded.out
    assert "  a (not declared): 'b'\n" in decoded.out


def test_a_frame_that_its_declaration_does_not_fit(command: Command) -> None:
    bad = RemotingCommand(RequestCode.QUERY_CONSUMER_OFFSET, ext_fields={"queueId": "x", "topic": "t"})
    decoded = command.decode(bad.encode() + REQUEST)
    assert decoded.code == 1
    assert decoded.err.count("\n") == 1
    assert decoded.err.startswith("rmq-decode: PATH: frame at byte 0: QueryConsumerOffset: field 'consumerGroup'")
    assert "  queue_id (queueId, int): 'x'\n" in decoded.out
    assert "  problem: QueryConsumerOffset" in decoded.out
    assert "queue_id (queueId, int): 3" in decoded.out


def test_a_body_that_its_declaration_does_not_fit(command: Command) -> None:
    bad = RemotingCommand(RequestCode.HEART_BEAT, body=b'{"clientID":')
    decoded = command.decode(REQUEST + bad.encode())
    assert decoded.code == 1
    at = len(REQUEST) + len(bad.encode())
    assert f"frame at byte {len(REQUEST)}: malformed JSON" in decoded.err
    assert decoded.err.endswith(f"(at byte {at})\n")
    assert "text: '{\"clientID\":'" in decoded.out


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "there are no bytes (at byte 0)"),
        (b"\x16\x03\x01", "neither a frame, which starts with a zero byte, nor hexadecimal text"),
        (b"\xff\x00", "neither a frame, which starts with a zero byte, nor text"),
        (b"{", "JSON does not parse"),
        (b"{}", "a JSON object needs frames in hexadecimal as request_hex and response_hex"),
        (b'{"request_hex":7}', "a JSON object needs frames"),
        (b"0000000", "nor hexadecimal text"),
        (REQUEST + b"\0\0", "the stream ends inside a frame, after 2 of its bytes (at byte 142)"),
        (REQUEST + ANSWER[:-1], "the stream ends inside a frame, after 99 of its bytes (at byte 142)"),
        (REQUEST + b"\0\0\0\3more", "length field 3 leaves no room for a header (at byte 142)"),
        (REQUEST + b"\2\0\0\0more", "frame of 33554436 bytes, limit 16777216 (at byte 142)"),
        (REQUEST + frame_of(b"{}", b"", 2), "frame at byte 142: unknown serialize type 2 (at byte 146)"),
        (REQUEST + frame_of(b"{", b"", 0), "frame at byte 142: JSON header does not parse"),
    ],
)
def test_where_a_stream_breaks(data: bytes, reason: str, command: Command) -> None:
    decoded = command.decode(data, "--json")
    assert decoded.code == 1
    assert decoded.err.startswith("rmq-decode: PATH: ")
    assert reason in decoded.err
    assert decoded.err.count("\n") == 1
    assert len(decoded.frames) == (1 if data.startswith(REQUEST) else 0)


def test_frames_after_one_with_a_bad_header_are_shown(command: Command) -> None:
    decoded = command.decode(frame_of(b"[]", b"", 0) + REQUEST, "--json")
    assert decoded.code == 1
    assert [frame["start"] for frame in decoded.frames] == [10]


def test_debug_shows_the_traceback(command: Command) -> None:
    assert "Traceback" not in command.decode(b"\x16").err
    assert "Traceback" in command.decode(b"\x16", "--debug").err


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--nonsense"])
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: rmq-decode")


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "examples: rmq-decode" in capsys.readouterr().out


def test_texts_cannot_steer_a_terminal(command: Command) -> None:
    data = RemotingCommand(1, remark="\x1b[2J", ext_fields={"\x1b[1m": "\x1b]0;x\x07"}).encode()
    decoded = command.decode(data)
    assert "\x1b" not in decoded.out
    assert "  '\\x1b[1m' (not declared): '\\x1b]0;x\\x07'" in decoded.out


def test_long_texts_are_cut_for_readers_only(command: Command) -> None:
    data = RemotingCommand(1, remark="r" * 300).encode()
    assert f"remark: '{'r' * 200}'... (300 characters)\n" in command.decode(data).out
    assert command.decode(data, "--json").frames[0]["remark"] == "r" * 300


SCRIPT = "import sys; from pyrocketmq.model.cli import main; sys.exit(main())"


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        input=REQUEST + ANSWER[:-1],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.startswith(b"standard input, byte 0: request QUERY_CONSUMER_OFFSET")
    assert done.stderr.startswith(b"rmq-decode: standard input: the stream ends inside a frame")


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(REQUEST * 2000)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, path], stdout=writing, stderr=subprocess.PIPE, timeout=30, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


codes = st.sampled_from(sorted(REGISTRY)) | st.integers(0, 70_000)
any_values = anything()
fields = st.dictionaries(st.sampled_from(["topic", "b", "i", "f", "m", "queueId"]) | st.text(max_size=3), any_values)
bodies = st.one_of(
    st.binary(max_size=20),
    st.just(encode_message(topic="t", body=b"x", sys_flag=1)),
    any_values.map(lambda value: json.dumps(value).encode()),
)


@given(codes, st.integers(0, 3), fields, bodies)
@settings(max_examples=300)
def test_any_frame_is_described(code: int, flag: int, ext_fields: dict[str, Any], body: bytes) -> None:
    header = {"code": code, "language": "JAVA", "version": 1, "opaque": 7, "flag": flag, "extFields": ext_fields}
    describer = Describer()
    describer.describe(RemotingCommand(code, opaque=7).encode())
    description = describer.describe(frame_of(json.dumps(header).encode(), body, 0))
    assert json.loads(json_line(description, "source", 0))["code"] == code
    assert "\x1b" not in "".join(readable_lines(description, "source", 0))


@given(st.binary(max_size=60), st.integers(0, 2))
def test_any_bytes_are_described_or_an_error(header: bytes, serialize_type: int) -> None:
    frame = frame_of(header, b"body", serialize_type)
    try:
        description = Describer().describe(frame)
    except ProtocolError as error:
        assert error.offset is not None
        assert 0 <= error.offset <= len(frame)
        return
    assert json_line(description, "source", 0)
