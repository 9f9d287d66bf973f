"""What an application hands over, before anything is sent."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.broker import ClientConfig, outgoing, split_batch
from pyrocketmq.broker.context import ClientContext
from pyrocketmq.broker.outgoing import outgoing_batch, outgoing_message
from pyrocketmq.model import Compression, Message, MessageQueue, MessageSysFlag
from pyrocketmq.model.batch import BatchRecord, decode_batch, encode_batch
from pyrocketmq.model.compression import decompress
from pyrocketmq.model.properties import decode_properties
from pyrocketmq.model.requests import SendMessageV2

if TYPE_CHECKING:
    pass

MQ = MessageQueue("orders", "broker-a", 3)


def context(**settings: Any) -> ClientContext:
    config = ClientConfig(**settings)
    return ClientContext("127.0.0.1:10911", config.timeout, config)


def properties_of(request: SendMessageV2) -> dict[str, str]:
    return decode_properties(request.properties or "")


def test_a_message_gets_an_id_and_keeps_what_it_is_given() -> None:
    unique_id, request = outgoing_message(
        SendMessageV2, context(), "shop", b"body", MQ, {"a": "b"}, {"tags": "t", "keys": ["k1", "k2"], "flag": 7}
    )
    assert properties_of(request) == {"a": "b", "TAGS": "t", "KEYS": "k1 k2", "UNIQ_KEY": unique_id}
    assert (request.body, request.flag, request.queue_id) == (b"body", 7, 3)
    assert len(unique_id) == 32


def test_a_given_id_stays() -> None:
    unique_id, request = outgoing_message(SendMessageV2, context(), "shop", b"body", MQ, {"UNIQ_KEY": "mine"}, {})
    assert unique_id == "mine"
    assert properties_of(request) == {"UNIQ_KEY": "mine"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"delay_level": 3}, {"DELAY": "3"}),
        ({"delay_level": 0}, {}),
        ({"deliver_after": 1.5}, {"TIMER_DELAY_MS": "1500"}),
        ({"deliver_at": 1_800_000_000_000}, {"TIMER_DELIVER_MS": "1800000000000"}),
        ({"deliver_at": datetime(2027, 1, 15, 8, tzinfo=UTC)}, {"TIMER_DELIVER_MS": "1800000000000"}),
        ({"sharding_key": "customer 7"}, {"__SHARDINGKEY": "customer 7"}),
    ],
)
def test_options_become_properties(options: Any, expected: dict[str, str]) -> None:
    _, request = outgoing_message(SendMessageV2, context(), "shop", b"body", MQ, None, options)
    properties = properties_of(request)
    properties.pop("UNIQ_KEY")
    assert properties == expected


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"body": b""}, ValueError, "empty"),
        ({"body": b"x" * 101}, ValueError, "101 bytes exceeds the limit of 100"),
        ({"body": "text"}, TypeError, "expected bytes"),
        ({"mq": MessageQueue("", "b", 0)}, ValueError, "topic is blank"),
        ({"mq": MessageQueue("a.b", "b", 0)}, ValueError, "topic 'a.b' holds characters"),
        ({"mq": MessageQueue("t" * 128, "b", 0)}, ValueError, "topic of 128"),
        ({"producer_group": ""}, ValueError, "group is blank"),
        ({"properties": {"a": ""}}, ValueError, "'a'"),
        ({"properties": {"": "a"}}, ValueError, "empty"),
        ({"properties": {"a": "x\x02y"}}, ValueError, "x02"),
        ({"properties": {"a": 1}}, ValueError, "no text"),
        ({"properties": {"a": "x" * 40_000}}, ValueError, "exceed the limit"),
        ({"options": {"keys": ["a b"]}}, ValueError, "blank"),
        ({"options": {"delay_level": 19}}, ValueError, "delay_level 19"),
        ({"options": {"deliver_at": datetime(2027, 1, 1)}}, ValueError, "time zone"),  # its lack is tested
        ({"options": {"delay_level": 1, "deliver_after": 1.0}}, ValueError, "one of"),
        ({"options": {"bogus": 1}}, TypeError, "bogus"),
    ],
)
def test_what_no_broker_would_take_is_refused(change: dict[str, Any], error: type[Exception], text: str) -> None:
    arguments: dict[str, Any] = {
        "producer_group": "shop",
        "body": b"body",
        "mq": MQ,
        "properties": None,
        "options": {},
    } | change
    with pytest.raises(error, match=text):
        outgoing_message(SendMessageV2, context(max_message_size=100), **arguments)


def test_large_bodies_are_compressed_where_asked() -> None:
    body = b"x" * 5000
    compressing = context(compress_above=4096)
    _, made = outgoing_message(SendMessageV2, compressing, "shop", body, MQ, None, {})
    assert made.sys_flag == Compression.ZLIB.sys_flag
    assert decompress(made.body, Compression.ZLIB) == body
    _, small = outgoing_message(SendMessageV2, compressing, "shop", body[:4095], MQ, None, {})
    assert small.sys_flag == 0
    _, untouched = outgoing_message(
        SendMessageV2, compressing, "shop", body, MQ, None, {"sys_flag": MessageSysFlag.COMPRESSED}
    )
    assert untouched.body == body


def test_a_batch_takes_bodies_and_messages() -> None:
    batch = [b"one", Message("orders", b"two", tags="t", flag=5)]
    unique_ids, request = outgoing_batch(context(), "shop", batch, MQ, {"shared": "yes"}, {"flag": 1})
    first, second = decode_batch(request.body)
    ids = unique_ids.split(",")
    assert (first.body, first.flag) == (b"one", 1)
    assert decode_properties(first.properties) == {"shared": "yes", "UNIQ_KEY": ids[0]}
    assert (second.body, second.flag) == (b"two", 5)
    assert decode_properties(second.properties) == {"shared": "yes", "TAGS": "t", "UNIQ_KEY": ids[1]}
    assert request.properties is None


def test_an_encoded_batch_goes_as_it_is() -> None:
    data = encode_batch([BatchRecord(b"one", 0, "UNIQ_KEY\x01A\x02"), BatchRecord(b"two", 0, "UNIQ_KEY\x01B\x02")])
    unique_ids, request = outgoing_batch(context(), "shop", data, MQ, None, {})
    assert request.body == data
    assert unique_ids == "A,B"


def test_joined_bodies_become_one_message_and_one_warning(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "_joined_batch_warned", False)
    with caplog.at_level(logging.WARNING, logger="pyrocketmq"):
        for _ in range(2):
            _, request = outgoing_batch(context(), "shop", b"onetwo", MQ, None, {})
    assert [record.body for record in decode_batch(request.body)] == [b"onetwo"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([], "at least one"),
        ([b"one", b""], "empty"),
        ([Message("other", b"x")], "'other'"),
        ([Message("orders", b"x", delay_level=1)], "delay"),
        ([b"x" * 60, b"x" * 60], "split_batch"),
    ],
)
def test_batches_that_no_broker_would_take_are_refused(body: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        outgoing_batch(context(max_message_size=200), "shop", body, MQ, None, {})


bodies = st.lists(st.binary(min_size=1, max_size=300), max_size=40)


@given(bodies=bodies, limit=st.integers(400, 2000))
def test_split_batches_fit_and_lose_nothing(bodies: list[bytes], limit: int) -> None:
    limited = context(max_message_size=limit)
    batches = list(split_batch(bodies, limit))
    assert [body for batch in batches for body in batch] == bodies
    for batch in batches:
        _, request = outgoing_batch(limited, "shop", batch, MQ, None, {})
        assert len(request.body) <= limit


def test_split_batch_refuses_a_message_that_fits_nowhere() -> None:
    with pytest.raises(ValueError, match="the limit is 100"):
        list(split_batch([b"x" * 100], 100))


def test_split_batch_takes_no_more_than_it_is_asked_for() -> None:
    taken = []

    def source() -> Any:
        for index in range(1000):
            taken.append(index)
            yield b"x" * 100

    next(split_batch(source(), 1000))
    assert len(taken) < 10
