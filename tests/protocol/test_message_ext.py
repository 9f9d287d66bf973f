"""Stored messages."""

from __future__ import annotations

import copy
import pickle
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import ints, longs
from pyrocketmq.model import MessageExt, RemotingCommand
from pyrocketmq.model.batch import BatchRecord, encode_batch
from pyrocketmq.model.compression import Compression, compress
from pyrocketmq.model.errors import ChecksumError, ProtocolError
from pyrocketmq.model.message_ext import MAGIC_V1, MAGIC_V2, decode_messages, encode_message, record_of
from pyrocketmq.model.properties import encode_properties
from pyrocketmq.model.sys_flag import MessageSysFlag

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x01\x02"), min_size=1, max_size=8)
addresses = st.ip_addresses().filter(lambda address: getattr(address, "scope_id", None) is None).map(str)
hosts = st.tuples(addresses, ints)
plain_flags = st.sampled_from([0, 0x2, 0x4, 0x8, 0xC, 0x40, 0x80])
fields: dict[str, st.SearchStrategy[Any]] = {
    "topic": st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    "body": st.binary(max_size=40),
    "properties": st.dictionaries(names, names, max_size=4).map(encode_properties),
    "queue_id": ints,
    "queue_offset": longs,
    "commit_log_offset": longs,
    "sys_flag": plain_flags,
    "flag": ints,
    "born_timestamp": longs,
    "born_host": hosts,
    "store_timestamp": longs,
    "store_host": hosts,
    "reconsume_times": ints,
    "prepared_transaction_offset": longs,
}
messages = st.fixed_dictionaries(fields)
records = messages.map(lambda values: encode_message(**values))

INNER_BATCH = int(MessageSysFlag.NEED_UNWRAP | MessageSysFlag.INNER_BATCH)


@given(st.lists(messages, max_size=3))
def test_round_trip(sent: list[dict[str, Any]]) -> None:
    data = b"".join(encode_message(**values) for values in sent)
    decoded = decode_messages(data)
    assert len(decoded) == len(sent)
    for message, values in zip(decoded, sent, strict=True):
        hosts_flag = (0x10 if ":" in values["born_host"][0] else 0) | (0x20 if ":" in values["store_host"][0] else 0)
        expected = values | {"sys_flag": values["sys_flag"] | hosts_flag, "properties": message.properties}
        assert {name: getattr(message, name) for name in values} == expected
        assert message.raw_properties == values["properties"]
        assert message.raw_body == values["body"]
        assert message.body_crc == zlib.crc32(values["body"]) & 0x7FFFFFFF
        assert message.store_size == len(message.record)
    assert b"".join(message.record for message in decoded) == data


@pytest.mark.parametrize("kind", [bytes, bytearray])
@given(before=st.binary(max_size=9), sent=st.lists(messages, max_size=3), data=st.data())
def test_messages_are_read_where_they_lie(
    kind: Callable[[bytes], bytes], before: bytes, sent: list[dict[str, Any]], data: st.DataObject
) -> None:
    """As in a large frame: behind something else, in a `bytearray`."""
    body = b"".join(encode_message(**values) for values in sent)
    decoded = decode_messages(kind(before + body), len(before))
    for one, other in zip(decoded, decode_messages(body), strict=True):
        assert {name: getattr(one, name) for name in fields} == {name: getattr(other, name) for name in fields}
        assert (one.record, one.raw_body, one.raw_properties) == (other.record, other.raw_body, other.raw_properties)
        assert {type(one.body), type(one.raw_body), type(one.record)} == {bytes}
    cut = data.draw(st.integers(0, len(body)))
    changed = body[:cut] + b"\xff" + body[cut + 1 :]
    assert refusal_of(kind(before + changed), len(before)) == refusal_of(changed, 0)


def refusal_of(data: bytes, start: int) -> tuple[str, int | None] | None:
    """Return what is said of messages that are not sound."""
    try:
        decode_messages(data, start)
    except ProtocolError as error:
        return error.reason, error.offset
    return None


@given(messages, st.permutations(sorted(fields)))
def test_fields_may_be_read_in_any_order(values: dict[str, Any], order: list[str]) -> None:
    [message], [other] = decode_messages(encode_message(**values)), decode_messages(encode_message(**values))
    assert {name: getattr(message, name) for name in order} == {name: getattr(other, name) for name in fields}


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda message: pickle.loads(pickle.dumps(message))])
def test_messages_can_be_copied_before_they_are_read(copied: Callable[[MessageExt], MessageExt]) -> None:
    record = encode_message(topic="t", body=b"b", queue_offset=7, store_host=("::1", 9))
    [message] = decode_messages(record)
    twin = copied(message)
    assert type(twin) is MessageExt
    assert (twin.record, twin.queue_offset, twin.store_host) == (record, 7, ("::1", 9))


def test_a_field_can_be_set_before_any_is_read() -> None:
    [message] = decode_messages(encode_message(topic="t", body=b"b", queue_offset=7, reconsume_times=1))
    message.reconsume_times = 3
    assert (message.reconsume_times, message.queue_offset) == (3, 7)


@pytest.fixture
def restless_threads() -> Generator[None]:
    """Let threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("restless_threads")
def test_many_threads_may_read_first() -> None:
    number, rounds = 8, 200
    received = decode_messages(encode_message(topic="t", body=b"b", queue_offset=7, commit_log_offset=9) * rounds)
    together = threading.Barrier(number)

    def read(index: int) -> list[int]:
        found = []
        for message in received:
            together.wait(10.0)
            found.append(message.queue_offset if index % 2 else message.commit_log_offset)
        return found

    with ThreadPoolExecutor(number) as threads:
        assert list(threads.map(read, range(number))) == [[9] * rounds, [7] * rounds] * (number // 2)


@given(st.binary(max_size=200))
def test_any_bytes_give_messages_or_an_error(data: bytes) -> None:
    check_any(data)


@given(records, st.data())
@settings(max_examples=300)
def test_a_changed_record_gives_messages_or_an_error(record: bytes, data: st.DataObject) -> None:
    changed = bytearray(record)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    check_any(bytes(changed) + record)


@given(records, st.data())
@settings(max_examples=200)
def test_a_cut_record_is_an_error_at_its_end(record: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(record) - 1))
    with pytest.raises(ProtocolError, match="breaks off") as caught:
        decode_messages(record + record[:cut])
    assert caught.value.offset == len(record) + cut


def check_any(data: bytes) -> None:
    try:
        decoded = decode_messages(data, check_crc=False)
    except ProtocolError as error:
        assert error.offset is not None
        assert 0 <= error.offset <= len(data)
        return
    for message in decoded:
        touch(message)


def touch(message: MessageExt) -> None:
    """Read everything; a body may still fail to decompress."""
    try:
        assert isinstance(message.body, bytes)
    except ProtocolError:
        assert message.sys_flag & MessageSysFlag.COMPRESSED
    assert isinstance(message.properties, dict)
    assert isinstance(message.topic, str)
    assert isinstance(message.keys, list)
    assert message.msg_id
    assert len(message.offset_msg_id) in (32, 56)
    assert message.born_host
    assert message.store_host
    assert repr(message)


def broken(at: int, value: bytes, record: bytes | None = None) -> bytes:
    record = encode_message(topic="orders", body=b"body", properties="a\x01b\x02") if record is None else record
    return record[:at] + value + record[at + len(value) :]


LONG_TOPIC = encode_message(topic="t" * 130, body=b"body")


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        (bytes(39), 39, "breaks off after 39 bytes"),
        (bytes(40), 4, "magic number 00000000"),
        (broken(4, b"\xcb\xd4\x31\x94"), 4, "magic number CBD43194"),
        (broken(0, struct.pack(">I", 500)), 105, "500 bytes breaks off after 105"),
        (broken(0, struct.pack(">I", 104)), 99, "properties of 4 bytes where their record has 3"),
        (broken(0, struct.pack(">I", 90)), 0, "90 bytes has no room for its fields"),
        (broken(0, struct.pack(">I", 0)), 0, "0 bytes has no room for its fields"),
        (broken(39, b"\x30"), 0, "105 bytes has no room for its fields"),
        (broken(84, struct.pack(">I", 15)), 84, "a body of 15 bytes exceeds its record"),
        (broken(84, struct.pack(">i", -1)), 84, "a body of 4294967295 bytes exceeds its record"),
        (broken(92, b"\x0b"), 92, "a topic of 11 bytes exceeds its record"),
        (broken(92, b"\xff"), 92, "a topic of 255 bytes exceeds its record"),
        (broken(99, b"\x00\x03"), 99, "properties of 3 bytes where their record has 4"),
        (broken(99, b"\xff\xff"), 99, "properties of 65535 bytes where their record has 4"),
        (broken(92, b"\xff\xff", LONG_TOPIC), 92, "a topic of 65535 bytes exceeds its record"),
    ],
)
def test_what_is_wrong_and_where(data: bytes, offset: int, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason) as caught:
        decode_messages(data)
    assert caught.value.offset == offset
    with pytest.raises(ProtocolError) as caught:
        decode_messages(encode_message(topic="before", body=b"") + data)
    assert caught.value.offset == offset + 97


def test_checksum() -> None:
    good = encode_message(topic="orders", body=b"hello")
    assert decode_messages(good)[0].body_crc == 907060870
    bad = good[:88] + b"j" + good[89:]
    with pytest.raises(ChecksumError, match="checksum") as caught:
        decode_messages(good + bad)
    assert caught.value.offset == len(good) + 8
    assert decode_messages(good + bad, check_crc=False)[1].body == b"jello"


def test_topics_beyond_127_bytes_take_the_second_form() -> None:
    for topic, magic in (("t" * 127, MAGIC_V1), ("t" * 128, MAGIC_V2), ("é" * 64, MAGIC_V2)):
        record = encode_message(topic=topic, body=b"x")
        assert int.from_bytes(record[4:8], "big") == magic
        assert decode_messages(record)[0].topic == topic


def test_a_topic_of_the_first_form_is_not_longer_than_127_bytes() -> None:
    record = bytearray(encode_message(topic="t" * 128, body=b"x"))
    record[4:8] = MAGIC_V1.to_bytes(4, "big")
    del record[89]
    record[0:4] = len(record).to_bytes(4, "big")
    with pytest.raises(ProtocolError, match="a topic of 128 bytes"):
        decode_messages(bytes(record))


def test_texts_that_are_not_utf8() -> None:
    record = encode_message(topic="orders", body=b"", properties="TAGS\x01gr?n\x02")
    message = decode_messages(record.replace(b"gr?n", b"gr\xfcn").replace(b"orders", b"or\xffers"))[0]
    assert message.topic == "or\ufffders"
    assert message.tags == "gr\ufffdn"


def test_ids_and_keys() -> None:
    properties = encode_properties({"UNIQ_KEY": "ID", "TAGS": "a", "KEYS": "k1 k2"})
    record = encode_message(
        topic="orders",
        body=b"",
        properties=properties,
        store_host=("127.0.0.1", 11921),
        commit_log_offset=8422982,
    )
    message = decode_messages(record)[0]
    assert message.offset_msg_id == "7F00000100002E910000000000808646"
    assert (message.msg_id, message.tags, message.keys) == ("ID", "a", ["k1", "k2"])
    message = decode_messages(encode_message(topic="orders", body=b"", store_host=("::1", 1)))[0]
    assert message.msg_id == message.offset_msg_id == "0" * 31 + "1" + "00000001" + "0" * 16
    assert (message.tags, message.keys) == (None, [])


@pytest.mark.parametrize("compression", Compression)
def test_compressed_bodies(compression: Compression) -> None:
    body = b"hello " * 100
    packed = compress(body, compression)
    message = decode_messages(encode_message(topic="orders", body=packed, sys_flag=compression.sys_flag))[0]
    assert message.body == body
    assert message.body is message.body
    assert message.raw_body == packed


def test_the_limit_for_bodies_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = compress(bytes(1000), Compression.ZLIB)
    record = encode_message(topic="orders", body=packed, sys_flag=Compression.ZLIB.sys_flag)
    monkeypatch.setattr(MessageExt, "max_body_size", 999)
    with pytest.raises(ProtocolError, match="more than 999 bytes"):
        _ = decode_messages(record)[0].body
    monkeypatch.setattr(MessageExt, "max_body_size", 1000)
    assert decode_messages(record)[0].body == bytes(1000)


def test_messages_compare_by_their_records() -> None:
    one, same, other = (decode_messages(encode_message(topic=topic, body=b"x"))[0] for topic in ("a", "a", "b"))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "a"


def test_a_namespace_can_be_taken_off_the_topic() -> None:
    message = decode_messages(encode_message(topic="ns%orders", body=b"x"))[0]
    message.topic = "orders"
    assert message.topic == "orders"
    assert b"ns%orders" in message.record


def test_repr() -> None:
    message = decode_messages(encode_message(topic="orders", body=b"secret", properties="UNIQ_KEY\x01ID"))[0]
    assert repr(message) == "MessageExt(topic='orders', queue_id=0, queue_offset=0, msg_id='ID', body=6 bytes)"


@given(messages, st.lists(st.builds(BatchRecord, st.binary(max_size=9), ints, fields["properties"]), max_size=4))
def test_inner_batches_are_taken_apart(shared: dict[str, Any], batch: list[BatchRecord]) -> None:
    shared = shared | {"queue_offset": 40, "sys_flag": INNER_BATCH | 0x8, "body": encode_batch(batch)}
    before = encode_message(topic="before", body=b"x")
    first, *inner = decode_messages(before + encode_message(**shared))
    assert first.record == before
    assert len(inner) == len(batch)
    for index, (message, record) in enumerate(zip(inner, batch, strict=True)):
        assert (message.body, message.flag, message.raw_properties) == record
        assert message.queue_offset == 40 + index
        assert message.sys_flag & ~0x30 == 0x8
        assert message.store_size == 22 + len(record.body) + len(record.properties.encode())
        for name in ("topic", "queue_id", "commit_log_offset", "born_timestamp", "born_host", "store_host"):
            assert getattr(message, name) == shared[name]
        touch(message)
        assert decode_messages(message.record)[0] == message


def test_a_broken_inner_batch() -> None:
    record = encode_message(topic="orders", body=encode_batch([BatchRecord(b"x")])[:-1], sys_flag=INNER_BATCH)
    with pytest.raises(ProtocolError, match="inner batch: a batch record of 23 bytes breaks off") as caught:
        decode_messages(record)
    assert caught.value.offset == 88 + 22


def test_an_inner_batch_cannot_be_compressed() -> None:
    body = compress(encode_batch([BatchRecord(b"x")] * 100), Compression.ZLIB)
    record = encode_message(topic="orders", body=body, sys_flag=INNER_BATCH | Compression.ZLIB.sys_flag)
    with pytest.raises(ProtocolError, match="compressed") as caught:
        decode_messages(record)
    assert caught.value.offset == 88


def test_messages_of_an_inner_batch_share_its_topic() -> None:
    body = encode_batch([BatchRecord(b"")] * 1000)
    decoded = decode_messages(encode_message(topic="t" * 32_000, body=body, sys_flag=INNER_BATCH))
    assert len(decoded) == 1000
    assert len({id(message.topic) for message in decoded}) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"topic": "t" * 32_768},
        {"topic": "\ud800"},
        {"properties": "p" * 32_768},
        {"properties": "\ud800"},
        {"queue_id": 2**31},
        {"queue_offset": 2**63},
        {"born_host": ("localhost", 1)},
        {"store_host": ("::1::", 1)},
        {"store_host": ("::1", 2**31)},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_does_not_fit_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        encode_message(**{"topic": "orders", "body": b"x"} | values)


def test_golden_messages_are_written_to_the_same_bytes(golden: Callable[[str, str], RemotingCommand]) -> None:
    for name in ("pull_several_5.4.0", "pull_ipv6_bornhost_4.9.7", "pull_long_topic_magic_v2_5.4.0"):
        for message in decode_messages(golden(name, "response").body):
            assert record_of(message) == message.record


@given(messages)
def test_a_record_is_made_anew_with_other_values(values: dict[str, Any]) -> None:
    (message,) = decode_messages(encode_message(**values))
    changes = {"topic": "other", "properties": "TAGS\x01a\x02", "queue_id": 7}
    for name, value in changes.items():
        assert record_of(message, **{name: value}) == encode_message(**values | {name: value})
    assert record_of(message, **changes) == encode_message(**values | changes)
    assert record_of(message, topic="", properties="", queue_id=0) == encode_message(
        **values | {"topic": "", "properties": "", "queue_id": 0}
    )
