"""What is fuzzed. A target takes any bytes; an exception that leaves it is a finding."""

from __future__ import annotations

from contextlib import suppress
from io import BufferedReader, BytesIO
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.batch import decode_batch, encode_batch
from pyrocketmq.model.bodies import BatchAckMessageRequestBody
from pyrocketmq.model.cli.describe import Describer
from pyrocketmq.model.cli.show import json_line, readable_lines
from pyrocketmq.model.cli.source import frames_in
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.compression import Compression, compress, decompress
from pyrocketmq.model.declaration.header import REGISTRY, Header, Reply, Request
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import dumps_fastjson, dumps_json, loads
from pyrocketmq.model.frame import FrameDecoder, frame_of
from pyrocketmq.model.java_properties import format_java_properties, parse_java_properties
from pyrocketmq.model.message_ext import MessageExt, decode_messages, encode_message
from pyrocketmq.model.message_id import decode_offset_message_id, decode_unique_id, offset_message_id
from pyrocketmq.model.pop import ReceiptHandle, set_receipt_handles
from pyrocketmq.model.properties import decode_properties, encode_properties
from pyrocketmq.model.recall import RecallHandle
from pyrocketmq.model.requests import BatchAckMessage, PopMessageReply
from pyrocketmq.model.trace import decode_trace, encode_trace

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BODY_SIZE: Final = 1024 * 1024
"""Limit in bytes for a decompressed body here, so that a bomb shows in the time that it takes."""

VALUE_END: Final = b"\x1f"
BODY_START: Final = b"\x00"


def check_frames(data: bytes) -> None:
    """Cut a stream into pieces as its first byte says; the frames are those of the uncut stream."""
    size, stream = (data[0] or 1, data[1:]) if data else (1, b"")
    whole, whole_error = _feed(stream, len(stream) or 1)
    pieces, pieces_error = _feed(stream, size)
    assert whole_error == pieces_error
    # Where a stream breaks, the frames that came in the same piece are lost with it.
    assert whole == pieces or (whole_error is not None and not whole)


def _feed(stream: bytes, size: int) -> tuple[list[bytes], str | None]:
    decoder = FrameDecoder(max_frame_size=256 * 1024)
    frames: list[bytes] = []
    try:
        for at in range(0, len(stream), size):
            frames += map(bytes, decoder.feed(stream[at : at + size]))
        decoder.close()
    except ProtocolError as error:
        return frames, str(error)
    return frames, None


def check_command(data: bytes) -> None:
    """Decode a whole frame, and encode what came out."""
    command = RemotingCommand.decode(data)
    repr(command)
    # No short way through a frame leads anywhere else than the long one, which views of memory take.
    assert RemotingCommand.decode(memoryview(data)) == command
    with suppress(ProtocolError):
        assert RemotingCommand.decode(command.encode()) == command


def check_json_header(data: bytes) -> None:
    """Decode a JSON header."""
    check_command(frame_of(data, b"body", 0))


def check_binary_header(data: bytes) -> None:
    """Decode a ROCKETMQ header."""
    check_command(frame_of(data, b"body", 1))


def check_messages(data: bytes) -> None:
    """Decode stored messages, and everything in them."""
    for message in decode_messages(data, check_crc=False):
        _look_at(message)
        again = decode_messages(message.record, check_crc=False)
        assert again == [message]


def _look_at(message: MessageExt) -> None:
    repr(message)
    hash(message)
    for value in (message.topic, message.properties, message.born_host, message.store_host, message.keys, message.tags):
        repr(value)
    with suppress(ProtocolError):
        assert len(message.body) <= message.max_body_size


def check_batch(data: bytes) -> None:
    """Decode a batch; it encodes to the same messages."""
    records = decode_batch(data)
    with suppress(ProtocolError):
        assert decode_batch(encode_batch(records)) == records


def check_fastjson(data: bytes) -> None:
    """Read a JSON text; what is written of it reads the same."""
    value = loads(data)
    with suppress(ProtocolError):
        loads(dumps_json(value))
    assert loads(dumps_fastjson(value)) == value


HEADERS: Final[list[type[Header]]] = [
    *[REGISTRY[code] for code in sorted(REGISTRY)],
    *sorted({request.REPLY for request in REGISTRY.values()}, key=lambda reply: reply.__name__),
]


def check_declaration(data: bytes) -> None:
    """Decode a request or reply: two bytes choose it, then come its fields, a zero byte, and the body."""
    header = HEADERS[int.from_bytes(data[:2], "big") % len(HEADERS)]
    fields, _, body = data[2:].partition(BODY_START)
    values = fields.split(VALUE_END)
    command = RemotingCommand(
        0,
        ext_fields={
            wire.wire_name: values[index].decode("utf-8", "replace") if index < len(values) else "0"
            for index, wire in enumerate(header.wires())
        },
        body=body,
    )
    value = header.from_command(command)
    repr(value)
    if isinstance(value, BatchAckMessage):
        _look_at_acks(value.batch_ack)
    with suppress(ProtocolError):
        assert header.from_command(_sent(value)) == value


def _sent(value: Header) -> RemotingCommand:
    assert isinstance(value, Request | Reply)
    return RemotingCommand.decode(value.to_command(1).encode())


def _look_at_acks(body: BatchAckMessageRequestBody) -> None:
    for ack in body.acks:
        with suppress(ProtocolError):
            repr(ack.offsets)


def check_properties(data: bytes) -> None:
    """Read the text of properties; what is written of them reads the same."""
    properties = decode_properties(data.decode("utf-8", "replace"))
    assert decode_properties(encode_properties(properties)) == properties


def check_settings(data: bytes) -> None:
    """Read Java's text of settings; what is written of them reads the same."""
    settings = parse_java_properties(data.decode("utf-8", "replace"))
    assert parse_java_properties(format_java_properties(settings)) == settings


def check_receipt_handle(data: bytes) -> None:
    """Read a receipt handle; what is written of it reads the same."""
    handle = ReceiptHandle.parse(data.decode("utf-8", "replace"))
    assert ReceiptHandle.parse(str(handle)) == handle


def check_recall_handle(data: bytes) -> None:
    """Read a recall handle; what is written of it reads the same."""
    handle = RecallHandle.parse(data.decode("utf-8", "replace"))
    assert RecallHandle.parse(str(handle)) == handle


def check_pop(data: bytes) -> None:
    """Give messages the handles that three texts tell of."""
    starts, offsets, counts = (data.decode("utf-8", "replace").split("\n") + [""] * 3)[:3]
    reply = PopMessageReply(
        pop_time=1,
        invisible_time=2,
        revive_qid=3,
        rest_num=0,
        start_offset_info=starts or None,
        msg_offset_info=offsets or None,
        order_count_info=counts or None,
        messages=decode_messages(_POPPED),
    )
    set_receipt_handles(reply, "broker-a")
    for message in reply.messages:
        assert ReceiptHandle.parse(message.receipt_handle or "").broker_name == "broker-a"


_POPPED: Final = b"".join(
    [
        encode_message(topic=topic, body=b"body", queue_id=queue_id, queue_offset=offset)
        for topic, queue_id, offset in [("orders", 0, 3), ("orders", 0, 4), ("%RETRY%group_orders", 0, 9)]
    ]
)


def check_ids(data: bytes) -> None:
    """Read message ids; an offset id encodes to itself."""
    text = data.decode("utf-8", "replace")
    with suppress(ProtocolError):
        repr(decode_unique_id(text))
    where = decode_offset_message_id(text)
    assert decode_offset_message_id(offset_message_id(*where)) == where


def check_trace(data: bytes) -> None:
    """Decode traces; they encode to the same."""
    contexts = decode_trace(data)
    assert decode_trace(encode_trace(contexts)) == contexts


def check_decompress(data: bytes) -> None:
    """Decompress in each way, within a limit."""
    for compression in Compression:
        with suppress(ProtocolError):
            plain = decompress(data, compression, MAX_BODY_SIZE)
            assert len(plain) <= MAX_BODY_SIZE
            assert decompress(compress(plain, compression), compression) == plain


def check_rmq_decode(data: bytes) -> None:
    """Describe a file of frames, as the command line tool does."""
    describer = Describer()
    for part, start, frame in frames_in(BufferedReader(BytesIO(data))):
        with suppress(ProtocolError):
            description = describer.describe(frame)
            json_line(description, part, start)
            list(readable_lines(description, part, start))


def quietly(check: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Return a check for which a refusal is no finding."""

    def checked(data: bytes) -> None:
        with suppress(ProtocolError):
            check(data)

    return checked


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    check.__name__.removeprefix("check_"): quietly(check)
    for check in (
        check_frames,
        check_command,
        check_json_header,
        check_binary_header,
        check_messages,
        check_batch,
        check_fastjson,
        check_declaration,
        check_properties,
        check_settings,
        check_receipt_handle,
        check_recall_handle,
        check_pop,
        check_ids,
        check_trace,
        check_decompress,
        check_rmq_decode,
    )
}
"""By the names that the runner takes and that the folders of the corpus have."""
