"""Stored messages, batches, properties and compressed bodies are those of Java."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from declared_values import addresses, examples, ints, longs, names, texts
from hypothesis import given
from hypothesis import strategies as st

from described_message import plain_fields
from pyrocketmq.model.batch import BatchRecord, decode_batch, encode_batch
from pyrocketmq.model.compression import Compression, compress, decompress
from pyrocketmq.model.message_ext import MessageExt, decode_messages, encode_message
from pyrocketmq.model.properties import PropertyName, decode_properties, encode_properties
from pyrocketmq.model.sys_flag import MessageSysFlag

if TYPE_CHECKING:
    from java_codec import JavaCodec

pytestmark = pytest.mark.real(only=True)

hosts = st.tuples(addresses, st.integers(0, 0xFFFF))
property_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x01\x02"), min_size=1, max_size=8
)
property_maps = st.dictionaries(property_texts, property_texts, max_size=4)
transaction_bits = st.sampled_from([0, 0x2, 0x4, 0x8, 0xC])
records = st.fixed_dictionaries(
    {
        "topic": names | st.text("t", min_size=120, max_size=127),
        "body": st.binary(max_size=40),
        "properties": property_maps,
        "queueId": ints,
        "flag": ints,
        "queueOffset": longs,
        "commitLogOffset": longs,
        "sysFlag": transaction_bits,
        "bornTimestamp": longs,
        "bornHost": hosts,
        "storeTimestamp": longs,
        "storeHost": hosts,
        "reconsumeTimes": ints,
        "preparedTransactionOffset": longs,
    }
)


def ours_of(values: dict[str, Any]) -> bytes:
    """Encode a record from the values that Java is given."""
    return encode_message(
        topic=values["topic"],
        body=values["body"],
        properties=encode_properties(values["properties"]),
        queue_id=values["queueId"],
        flag=values["flag"],
        queue_offset=values["queueOffset"],
        commit_log_offset=values["commitLogOffset"],
        sys_flag=values["sysFlag"],
        born_timestamp=values["bornTimestamp"],
        born_host=values["bornHost"],
        store_timestamp=values["storeTimestamp"],
        store_host=values["storeHost"],
        reconsume_times=values["reconsumeTimes"],
        prepared_transaction_offset=values["preparedTransactionOffset"],
    )


def sent(values: dict[str, Any]) -> dict[str, Any]:
    """Spell values for Java: it has to be told the bits for the hosts."""
    bits = (MessageSysFlag.BORN_HOST_V6 if ":" in values["bornHost"][0] else 0) | (
        MessageSysFlag.STORE_HOST_V6 if ":" in values["storeHost"][0] else 0
    )
    return values | {"body": values["body"].hex(), "sysFlag": int(values["sysFlag"] | bits)}


def described(message: MessageExt) -> dict[str, Any]:
    return plain_fields(message) | {
        "body": message.body.hex(),
        "bodyCrc": message.body_crc,
        "bornHost": message.born_host,
        "storeHost": message.store_host,
        "msgId": message.msg_id,
    }


def host(pair: list[Any]) -> tuple[str, int]:
    """Read a host of Java, which writes IPv6 addresses out."""
    return str(ip_address(pair[0].partition("%")[0])), pair[1]


def normal(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "bornHost": host(row["bornHost"]),
        "storeHost": host(row["storeHost"]),
        "properties": row["properties"] or {},
    }


@given(values=st.lists(records, min_size=1, max_size=3))
@examples(200)
def test_java_decodes_our_messages(values: list[dict[str, Any]], java: JavaCodec) -> None:
    data = b"".join(map(ours_of, values))
    answer = java.call("decodeMessages", data=data.hex())
    assert [normal(row) for row in answer] == [described(message) for message in decode_messages(data)]
    for row, record in zip(answer, values, strict=True):
        assert {**normal(row), **sent(record)} == normal(row)


@given(values=records)
@examples(200)
def test_we_decode_messages_of_java(values: dict[str, Any], java: JavaCodec) -> None:
    data = bytes.fromhex(java.call("encodeMessage", **sent(values)))
    (message,) = decode_messages(data)
    assert {**described(message), **sent(values)} == described(message)
    assert message.record == data


@pytest.mark.parametrize("size", [128, 255, 300])
def test_topics_that_make_a_record_of_the_second_form(size: int, java: JavaCodec) -> None:
    data = encode_message(topic="t" * size, body=b"body", queue_offset=5)
    topics = [row["topic"] for row in java.call("decodeMessages", data=data.hex())]
    assert (topics == [message.topic for message in decode_messages(data)]) is not java.is_4


batch_records = st.lists(
    st.fixed_dictionaries({"body": st.binary(max_size=30), "flag": ints, "properties": property_maps}), max_size=4
)


@given(values=batch_records)
@examples(200)
def test_batches(values: list[dict[str, Any]], java: JavaCodec) -> None:
    ours = [BatchRecord(each["body"], each["flag"], encode_properties(each["properties"])) for each in values]
    theirs = [each | {"body": each["body"].hex()} for each in values]
    assert java.call("decodeBatch", data=encode_batch(ours).hex()) == theirs
    decoded = decode_batch(bytes.fromhex(java.call("encodeBatch", records=theirs)))
    assert [
        {"body": body, "flag": flag, "properties": decode_properties(text)} for body, flag, text in decoded
    ] == values


@given(values=records, batch=batch_records.filter(bool))
@examples(100)
def test_inner_batches(values: dict[str, Any], batch: list[dict[str, Any]], java: JavaCodec) -> None:
    inner = [BatchRecord(each["body"], each["flag"], encode_properties(each["properties"])) for each in batch]
    values = values | {
        "body": encode_batch(inner),
        "sysFlag": int(MessageSysFlag.NEED_UNWRAP | MessageSysFlag.INNER_BATCH),
        "queueOffset": abs(values["queueOffset"]) >> 8,
    }
    data = ours_of(values)
    if java.is_4:
        assert len(java.call("decodeMessages", data=data.hex())) == 1, "4.9 knows no inner batches"
        return
    theirs = [normal(row) for row in java.call("decodeInnerBatch", data=data.hex())]
    for row in theirs:
        assert row["properties"].pop("WAIT") == "true"  # set by Java while it decodes
    ours = [described(message) for message in decode_messages(data)]
    assert [{name: row[name] for name in INNER} for row in ours] == [
        {name: row[name] for name in INNER} for row in theirs
    ]


INNER = (
    "topic",
    "body",
    "properties",
    "queueId",
    "flag",
    "queueOffset",
    "commitLogOffset",
    "bornTimestamp",
    "bornHost",
    "storeTimestamp",
    "storeHost",
)
"""What Java gives the messages of an inner batch: neither sizes nor ids."""


@given(properties=property_maps)
@examples(300)
def test_properties(properties: dict[str, str], java: JavaCodec) -> None:
    assert java.call("decodeProperties", text=encode_properties(properties)) == properties
    assert decode_properties(java.call("encodeProperties", properties=properties)) == properties


@given(text=st.text("a=\x01\x02 é", max_size=12))
@examples(300)
def test_any_text_of_properties_is_read_alike(text: str, java: JavaCodec) -> None:
    assert java.call("decodeProperties", text=text) == decode_properties(text)


def test_property_names(java: JavaCodec) -> None:
    theirs = java.call("constants", **{"class": "MessageConst"})
    ours = {value for name, value in vars(PropertyName).items() if not name.startswith("__")}
    names = {value for name, value in theirs.items() if name.startswith("PROPERTY_") and "TRANSIENT" not in name}
    assert names <= ours
    if not java.is_4:
        assert ours <= set(theirs.values())


@pytest.mark.parametrize("compression", Compression, ids=lambda compression: compression.name)
@given(body=st.binary(max_size=2000) | texts.map(lambda text: text.encode() * 500), level=st.integers(1, 9))
@examples(60)
def test_compressed_bodies(compression: Compression, body: bytes, level: int, java: JavaCodec) -> None:
    packed = compress(body, compression, level)
    assert bytes.fromhex(java.call("decompress", type=compression.name, data=packed.hex())) == body
    packed = bytes.fromhex(java.call("compress", type=compression.name, data=body.hex(), level=level))
    assert decompress(packed, compression) == body
