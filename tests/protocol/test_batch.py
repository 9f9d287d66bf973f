"""Batches."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrocketmq.model import RemotingCommand
from pyrocketmq.model.batch import RECORD_OVERHEAD, BatchRecord, decode_batch, encode_batch, record_spans
from pyrocketmq.model.errors import ProtocolError

records = st.builds(
    BatchRecord,
    st.binary(max_size=20),
    st.integers(-(2**31), 2**31 - 1),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


@given(st.lists(records, max_size=5))
def test_round_trip(batch: list[BatchRecord]) -> None:
    data = encode_batch(batch)
    assert decode_batch(data) == batch
    sizes = [RECORD_OVERHEAD + len(record.body) + len(record.properties.encode()) for record in batch]
    assert [span.end - span.start for span in record_spans(data)] == sizes
    assert len(data) == sum(sizes)


@given(st.binary(max_size=80))
def test_any_bytes_give_records_or_an_error(data: bytes) -> None:
    check_any(data)


@given(st.lists(records, min_size=1, max_size=3), st.data())
@settings(max_examples=300)
def test_a_changed_batch_gives_records_or_an_error(batch: list[BatchRecord], data: st.DataObject) -> None:
    changed = bytearray(encode_batch(batch))
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    check_any(bytes(changed))


@given(st.lists(records, min_size=1, max_size=3), st.data())
def test_a_cut_batch_is_an_error_at_its_end(batch: list[BatchRecord], data: st.DataObject) -> None:
    whole = encode_batch(batch[:-1])
    cut = data.draw(st.integers(1, len(encode_batch(batch[-1:])) - 1))
    with pytest.raises(ProtocolError, match="breaks off") as caught:
        decode_batch(encode_batch(batch)[: len(whole) + cut])
    assert caught.value.offset == len(whole) + cut


def check_any(data: bytes) -> None:
    try:
        batch = decode_batch(data)
    except ProtocolError as error:
        assert error.offset is not None
        assert 0 <= error.offset <= len(data)
        return
    assert [record.body for record in decode_batch(encode_batch(batch))] == [record.body for record in batch]


def head(total: int, body_size: int) -> bytes:
    return struct.pack(">iiiii", total, 0, 0, 7, body_size)


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        (bytes(19), 19, "breaks off"),
        (head(23, 1) + bytes(2), 22, "batch record of 23 bytes breaks off"),
        (head(21, 0) + bytes(2), 16, "a body of 0 bytes exceeds"),
        (head(22, 1) + bytes(2), 16, "a body of 1 bytes exceeds"),
        (head(22, -1) + bytes(2), 16, "a body of -1 bytes exceeds"),
        (head(-1, 0) + bytes(2), 16, "a body of 0 bytes exceeds"),
        (head(0, 0) + bytes(2), 16, "a body of 0 bytes exceeds"),
        (head(23, 1) + b"x\x00\x01", 21, "properties of 1 bytes where their batch record has 0"),
        (head(23, 0) + b"\xff\xffx", 20, "properties of -1 bytes where their batch record has 1"),
        (head(23, 0) + b"\x00\x01\xff", 22, "not UTF-8"),
    ],
)
def test_what_is_wrong_and_where(data: bytes, offset: int, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason) as caught:
        decode_batch(data)
    assert caught.value.offset == offset
    with pytest.raises(ProtocolError) as caught:
        decode_batch(encode_batch([BatchRecord(b"")]) + data)
    assert caught.value.offset == offset + 22


def test_magic_and_checksum_are_not_looked_at() -> None:
    data = struct.pack(">iiiiih", 22, 1, 2, 3, 0, 0)
    assert decode_batch(data) == [BatchRecord(b"", 3, "")]


@pytest.mark.parametrize(
    "record",
    [BatchRecord(b"", 0, "p" * 32_768), BatchRecord(b"", 2**31), BatchRecord(b"", 0, "\ud800")],
    ids=["properties", "flag", "surrogate"],
)
def test_what_does_not_fit_is_refused(record: BatchRecord) -> None:
    with pytest.raises(ProtocolError, match="does not fit"):
        encode_batch([record])


@pytest.mark.parametrize(("name", "count"), [("send_batch_5.4.0", 3), ("java_client_send_batch_5.4.0", 2)])
def test_golden_batches(name: str, count: int, golden: Callable[[str, str], RemotingCommand]) -> None:
    body = golden(name, "request").body
    assert len(decode_batch(body)) == count
    assert encode_batch(decode_batch(body)) == body
