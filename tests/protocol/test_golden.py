"""Frames of real servers and clients decode to what their description says, and encode to the same bytes again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from described_message import plain_fields
from pyrocketmq.model.batch import decode_batch, encode_batch
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.compression import Compression
from pyrocketmq.model.declaration.header import REGISTRY, Header, Reply
from pyrocketmq.model.enums import LanguageCode
from pyrocketmq.model.fastjson import JsonValue, ObjectKey, dumps_fastjson, loads
from pyrocketmq.model.frame import FrameDecoder
from pyrocketmq.model.message_ext import MessageExt, decode_messages
from pyrocketmq.model.properties import decode_properties
from pyrocketmq.model.requests import SendMessage

FILES = sorted((Path(__file__).parent / "golden").glob("*.json"))
GOLDEN: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text()) for path in FILES}
FRAMES = [(name, side) for name, exchange in GOLDEN.items() for side in ("request", "response") if exchange[side]]
LOOSE_FIELDS = {"AccessKey", "Signature"}
COMPRESSION_NAMES = {
    None: None,
    Compression.ZLIB: "zlib",
    Compression.LZ4: "lz4",
    Compression.ZSTD: "zstd",
}


def frame_of(name: str, side: str) -> bytes:
    return bytes.fromhex(GOLDEN[name][f"{side}_hex"])


def frames_with(member: str) -> list[tuple[str, str]]:
    return [(name, side) for name, side in FRAMES if member in GOLDEN[name][side]]


def shown(value: JsonValue) -> object:
    """Spell parsed JSON as the descriptions do, which are plain JSON themselves."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if not isinstance(value, dict):
        return value
    if any(isinstance(key, ObjectKey) for key in value):
        return [{"key": dict(key), "value": shown(item)} for key, item in value.items() if isinstance(key, ObjectKey)]
    return {str(key): shown(item) for key, item in value.items()}


def sorted_pairs(value: object) -> object:
    """Bring lists of queues and maps keyed by queues into one order; servers write sets and maps in any."""
    if isinstance(value, list):
        items = [sorted_pairs(item) for item in value]
        return sorted(items, key=repr) if items and isinstance(items[0], dict) else items
    if isinstance(value, dict):
        return {key: sorted_pairs(item) for key, item in sorted(value.items())}
    return value


def test_every_file_is_there() -> None:
    assert len(GOLDEN) == 102


@pytest.mark.parametrize(("name", "side"), FRAMES)
def test_frame_decodes_and_encodes_to_the_same_bytes(name: str, side: str) -> None:
    expected = GOLDEN[name][side]
    frame = frame_of(name, side)
    command = RemotingCommand.decode(frame)
    assert len(frame) == expected["frameLength"] + 4
    assert int.from_bytes(frame[5:8], "big") == expected["headerLength"]
    assert command.serialize_type.name == expected["serializeType"]
    assert command.code == expected["code"]
    assert isinstance(command.language, LanguageCode)
    assert command.language.name == expected["language"]
    assert command.version == expected["version"]
    assert command.opaque == expected["opaque"]
    assert command.flag == expected["flag"]
    assert command.is_response == (side == "response")
    assert command.remark == (expected["remark"] or None if command.header is None else expected["remark"])
    assert command.ext_fields == expected["extFields"]
    assert command.header == expected.get("headerJson")
    assert len(command.body) == expected["bodyLength"]
    assert command.encode() == frame


def test_a_stream_splits_into_the_frames() -> None:
    frames = [frame_of(name, side) for name, side in FRAMES]
    decoder = FrameDecoder()
    assert [part for byte in b"".join(frames) for part in decoder.feed(bytes((byte,)))] == frames
    decoder.close()


@pytest.mark.parametrize(("name", "side"), frames_with("bodyJson"))
def test_json_body(name: str, side: str) -> None:
    expected = GOLDEN[name][side]
    body = RemotingCommand.decode(frame_of(name, side)).body
    value = loads(body)
    assert shown(value) == expected["bodyJson"]
    assert loads(dumps_fastjson(value)) == value
    try:
        json.loads(body)
    except ValueError:
        strict = False
    else:
        strict = True
    assert strict == expected.get("bodyIsStrictJson", True)


@pytest.mark.parametrize(("name", "side"), frames_with("bodyText"))
def test_text_body(name: str, side: str) -> None:
    assert RemotingCommand.decode(frame_of(name, side)).body.decode() == GOLDEN[name][side]["bodyText"]


@pytest.mark.parametrize(("name", "side"), frames_with("bodyHex"))
def test_raw_body(name: str, side: str) -> None:
    assert RemotingCommand.decode(frame_of(name, side)).body.hex() == GOLDEN[name][side]["bodyHex"]


def shown_message(message: MessageExt) -> dict[str, object]:
    compression = Compression.of(message.sys_flag)
    return plain_fields(message) | {
        "magic": message.record[4:8].hex(),
        "bodyCRC": message.body_crc,
        "bornHost": "{}:{}".format(*message.born_host),
        "storeHost": "{}:{}".format(*message.store_host),
        "uniqKey": message.properties.get("UNIQ_KEY"),
        "bodyRawHex": message.raw_body.hex(),
        "compression": COMPRESSION_NAMES[compression],
        "bodyHex": message.body.hex(),
        "bodyLength": len(message.body),
        "bodyCrcOk": True,  # a wrong one does not decode
    }


@pytest.mark.parametrize(("name", "side"), frames_with("messages"))
def test_stored_messages(name: str, side: str) -> None:
    expected = GOLDEN[name][side]["messages"]
    body = RemotingCommand.decode(frame_of(name, side)).body
    messages = decode_messages(body)
    assert b"".join(message.record for message in messages) == body
    assert len(messages) == len(expected)
    for message, members in zip(messages, expected, strict=True):
        described = {key: value for key, value in members.items() if key != "bodyCrc32Of"}
        if described.get("bodyHex", "") is None:
            del described["bodyHex"]
        found = shown_message(message)
        assert {key: found[key] for key in described} == described


@pytest.mark.parametrize(("name", "side"), frames_with("batch"))
def test_batch(name: str, side: str) -> None:
    expected = GOLDEN[name][side]["batch"]
    body = RemotingCommand.decode(frame_of(name, side)).body
    records = decode_batch(body)
    assert encode_batch(records) == body
    assert [
        {
            "flag": record.flag,
            "bodyHex": record.body.hex(),
            "propertiesRaw": record.properties,
            "properties": decode_properties(record.properties),
        }
        for record in records
    ] == [{key: record[key] for key in ("flag", "bodyHex", "propertiesRaw", "properties")} for record in expected]


def declared_frames() -> list[tuple[str, str, type[Header]]]:
    """Return the frames that have a declaration: known requests, and answers that are results."""
    frames: list[tuple[str, str, type[Header]]] = []
    for name, exchange in GOLDEN.items():
        request = REGISTRY.get(exchange["request"]["code"])
        if request is None:
            assert "unsupported_code" in name
            continue
        frames.append((name, "request", request))
        response = exchange["response"]
        if response is not None and response["code"] in request.RESULTS:
            frames.append((name, "response", request.REPLY))
    return frames


@pytest.mark.parametrize(("name", "side", "declaration"), declared_frames())
def test_declaration_reads_and_writes_the_frame(name: str, side: str, declaration: type[Header]) -> None:
    command = RemotingCommand.decode(frame_of(name, side))
    typed = declaration.from_command(command)
    assert typed.extra_fields.keys() <= LOOSE_FIELDS
    assert typed.to_fields() == (command.ext_fields or {})
    if isinstance(typed, Reply):
        assert (typed.code, typed.remark) == (command.code, command.remark)
    body = typed.encode_body()
    if "bodyJson" in GOLDEN[name][side]:
        assert sorted_pairs(shown(loads(body))) == sorted_pairs(shown(loads(command.body)))
    else:
        assert body == command.body


def test_refusals_have_other_codes_than_results() -> None:
    refused = {
        name
        for name, exchange in GOLDEN.items()
        if exchange["response"] is not None
        and exchange["request"]["code"] in REGISTRY
        and exchange["response"]["code"] not in REGISTRY[exchange["request"]["code"]].RESULTS
    }
    assert refused == {
        "ack_offset_illegal_5.4.0",
        "error_pull_subscription_not_exist_5.4.0",
        "error_pull_topic_not_exist_5.4.0",
        "error_queue_id_4.9.7",
        "error_queue_id_5.4.0",
        "error_topic_illegal_5.4.0",
        "query_consumer_offset_not_found_5.4.0",
        "query_message_not_found_5.4.0",
        "route_not_exist_5.4.0",
    }


def test_both_spellings_of_a_send_are_one_declaration() -> None:
    long, short = (
        REGISTRY[GOLDEN[name]["request"]["code"]].from_command(RemotingCommand.decode(frame_of(name, "request")))
        for name in ("send_v1_json_4.9.7", "send_v2_json_4.9.7")
    )
    assert isinstance(long, SendMessage)
    assert isinstance(short, SendMessage)
    assert long.topic == short.topic
    assert long.default_topic == short.default_topic == "TBW102"
