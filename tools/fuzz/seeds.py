"""Inputs to start from: what is in the golden frames, cut to the size of each target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from fuzz.targets import BODY_START, HEADERS, VALUE_END
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.compression import Compression, compress
from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.model.enums import SerializeType
from pyrocketmq.model.message_ext import MAGIC_V1, MAGIC_V2, decode_messages
from pyrocketmq.model.recall import RecallHandle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyrocketmq.model.declaration.header import Header

_MAGICS: Final = [magic.to_bytes(4, "big") for magic in (MAGIC_V1, MAGIC_V2)]


def seeds(golden: Path) -> dict[str, list[bytes]]:
    """Return inputs by target.

    Args:
        golden: The folder of the golden files.
    """
    made: dict[str, list[bytes]] = _plain_seeds()
    for request, response in _exchanges(golden):
        for frame, request_code in ((request, None), (response, _code_of(request))):
            if frame:
                for target, data in _seeds_of(frame, request_code):
                    made.setdefault(target, []).append(data)
    return made


def _plain_seeds() -> dict[str, list[bytes]]:
    text = b"a body of some length, of some length"
    chosen = [index.to_bytes(2, "big") + BODY_START for index in range(len(HEADERS))]
    return {
        "declaration": [header + body for header in chosen for body in (b"", b"{}")],
        "settings": [b"# comment\nmaxMessageSize = 4194304\nkey\\ with\\u00e9:va\\\n  lue\n"],
        "receipt_handle": [b"0 1795399778190 10000 7 1 broker-w 0 3", b"0 1 2 999 0 b 0 3 77"],
        "recall_handle": [str(RecallHandle("topic", "broker-a", 1795399778191, "7F" * 16)).encode()],
        "pop": [b"0 0 3;1 0 9\n0 0 3,4;1 0 9\n0 0 1;0 qo0%3 2"],
        "ids": [b"7F00000100002E910000000000808646", b"7F000001000100000000" + b"0" * 12],
        "trace": [
            b"\x01".join([b"Pub", b"1", b"r", b"g", b"t", b"id", b"tag", b"k", b"h:1", b"6", b"5", b"0", b"o", b"true"])
            + b"\x02"
        ],
        "decompress": [compress(text, compression) for compression in Compression],
    }


def _exchanges(golden: Path) -> Iterator[tuple[bytes, bytes]]:
    for path in sorted(golden.glob("*.json")):
        exchange = json.loads(path.read_text(encoding="utf-8"))
        yield bytes.fromhex(exchange["request_hex"] or ""), bytes.fromhex(exchange["response_hex"] or "")


def _code_of(frame: bytes) -> int | None:
    return RemotingCommand.decode(frame).code if frame else None


def _seeds_of(frame: bytes, request_code: int | None) -> Iterator[tuple[str, bytes]]:
    command = RemotingCommand.decode(frame)
    yield "frames", b"\x07" + frame
    yield "command", frame
    yield "rmq_decode", frame
    yield "json_header", frame[8 : len(frame) - len(command.body)]
    if command.code < 1 << 15:
        command.serialize_type = SerializeType.ROCKETMQ
        binary = command.encode()
        yield "binary_header", binary[8 : len(binary) - len(command.body)]
    request = REGISTRY.get(command.code if request_code is None else request_code)
    if request is not None:
        header: type[Header] = request if request_code is None else request.REPLY
        yield "declaration", _declared(header, command)
    if command.body[:1] in (b"{", b"["):
        yield "fastjson", command.body
    if command.body[4:8] in _MAGICS:
        yield "messages", command.body
        for message in decode_messages(command.body):
            yield "properties", message.raw_properties.encode()
    if (command.ext_fields or {}).get("m") == "true":
        yield "batch", command.body


def _declared(header: type[Header], command: RemotingCommand) -> bytes:
    fields = command.ext_fields or {}
    values = [str(fields.get(wire.wire_name, "")).encode() for wire in header.wires()]
    return HEADERS.index(header).to_bytes(2, "big") + VALUE_END.join(values) + BODY_START + command.body
