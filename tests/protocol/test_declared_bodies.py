"""Every declared body survives the wire, JSON or not."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declared_strategies import all_bodies, any_values, few, longs, of_type, settings_maps
from pyrocketmq.model import requests
from pyrocketmq.model.bodies import BatchAck, ConsumerData, HeartbeatData, SubscriptionData, TopicRouteData
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration import JsonBody
from pyrocketmq.model.declaration.body_codec import MESSAGE, PROPERTIES_TEXT, SETTING_LINES, TEXT
from pyrocketmq.model.enums import ConsumeType
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import JsonValue, dumps_fastjson, dumps_json, loads
from pyrocketmq.model.message_ext import encode_message


@all_bodies
@given(data=st.data())
@few
def test_body_round_trip(body_type: type[JsonBody], data: st.DataObject) -> None:
    value = data.draw(of_type(body_type))
    written = value.to_json()
    assert body_type.from_json(loads(dumps_fastjson(written))) == value
    assert None not in written.values()
    extended = body_type.from_json({**written, "added later": [1, {"a": None}]})
    assert extended == value
    assert extended.extra_members == {"added later": [1, {"a": None}]}
    assert extended.to_json() == {**written, "added later": [1, {"a": None}]}


@all_bodies
@given(data=st.data())
@few
def test_any_members_give_a_body_or_an_error(body_type: type[JsonBody], data: st.DataObject) -> None:
    members = st.fixed_dictionaries({}, optional={field.wire_name: any_values for field in body_type.FIELDS})
    parsed: Any = data.draw(members | any_values)
    with suppress(ProtocolError):
        value = body_type.from_json(parsed)
        assert body_type.from_json(value.to_json()) == value


def test_bodies_read_what_servers_write() -> None:
    text = b'{"brokerDatas":[{"brokerAddrs":{0:"127.0.0.1:10911"},"brokerName":"a","new":1}],"queueDatas":[]}'
    route = TopicRouteData.from_json(loads(text))
    assert route.broker_datas[0].broker_addrs == {0: "127.0.0.1:10911"}
    assert route.broker_datas[0].enable_acting_master is None
    assert route.filter_server_table == {}
    strict = TopicRouteData.from_json(loads(dumps_json(route.to_json())))
    assert strict == route
    assert strict.broker_datas[0].extra_members == {"new": 1}


def test_names_of_newer_servers_are_kept() -> None:
    value = ConsumerData.from_json({"groupName": "g", "consumeType": "CONSUME_LATER", "messageModel": "CLUSTERING"})
    assert value.consume_type == "CONSUME_LATER"
    assert not isinstance(value.consume_type, ConsumeType)
    assert value.to_json()["consumeType"] == "CONSUME_LATER"
    assert value.consume_from_where == "CONSUME_FROM_LAST_OFFSET"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([], r"SubscriptionData: expected an object, found \[\]"),
        ({}, "SubscriptionData: member 'topic' is missing"),
        ({"topic": None}, "SubscriptionData: member 'topic' is missing"),
        ({"topic": []}, "SubscriptionData: member 'topic' holds"),
        ({"topic": "t", "subVersion": "soon"}, "SubscriptionData: member 'subVersion' holds 'soon'"),
        ({"topic": "t", "subVersion": True}, "SubscriptionData: member 'subVersion' holds True: expected an integer"),
        ({"topic": "t", "tagsSet": {}}, "SubscriptionData: member 'tagsSet' holds {}: expected an array"),
        ({"topic": "t", "codeSet": [1.5]}, "SubscriptionData: member 'codeSet' holds"),
    ],
)
def test_malformed_bodies_are_named(members: JsonValue, message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        SubscriptionData.from_json(members)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sub_version": "1"}, r"SubscriptionData.sub_version is '1': expected an integer"),
        ({"tags_set": "a"}, r"SubscriptionData.tags_set is 'a': expected a list"),
        ({"sub_string": 1}, r"SubscriptionData.sub_string is 1"),
        ({"code_set": ["1"]}, r"SubscriptionData.code_set is \['1'\]"),
    ],
)
def test_bodies_of_other_types_are_not_written(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        SubscriptionData(**{"topic": "t", **values}).to_json()


def test_sets_become_arrays() -> None:
    assert SubscriptionData(topic="t", code_set={5}).to_json()["codeSet"] == [5]  # type: ignore[arg-type]  # allowed all the same


def test_empty_bodies_stand_for_objects_without_members() -> None:
    command = RemotingCommand(0, flag=1)
    assert requests.GetConsumerListByGroupReply.from_command(command).consumer_list.consumer_id_list == []
    assert requests.AuthGetUserReply.from_command(command).user is None
    assert requests.AuthListUserReply.from_command(command).users == []
    with pytest.raises(ProtocolError, match="HeartbeatData: member 'clientID' is missing"):
        requests.HeartBeat.from_command(RemotingCommand(34))


def test_defaults_that_are_containers_are_not_shared() -> None:
    first, second = HeartbeatData(client_id="a"), HeartbeatData(client_id="b")
    assert first.producer_data_set is not second.producer_data_set
    replies = [requests.AuthListUserReply.from_command(RemotingCommand(0, flag=1)) for _ in range(2)]
    assert replies[0].users is not replies[1].users


@given(st.sets(st.integers(0, 70)), longs)
def test_bit_sets_of_acknowledgements(indexes: set[int], start: int) -> None:
    ack = BatchAck(
        consumer_group="g",
        topic="t",
        start_offset=start,
        queue_id=0,
        revive_queue_id=1,
        pop_time=2,
        invisible_time=3,
        bit_set=BatchAck.bits_of(indexes),
    )
    assert ack.offsets == [start + index for index in sorted(indexes)]


def test_acknowledgements_under_long_names() -> None:
    short = BatchAck.from_json({"c": "g", "t": "t", "r": "1", "so": 5, "q": 0, "rq": 1, "pt": 2, "it": 3, "b": "BQ=="})
    long = BatchAck.from_json(
        {
            "consumerGroup": "g",
            "topic": "t",
            "retry": "1",
            "startOffset": 5,
            "queueId": 0,
            "reviveQueueId": 1,
            "popTime": 2,
            "invisibleTime": 3,
            "bitSet": "BQ==",
        }
    )
    assert long == short
    assert short.offsets == [5, 7]
    with pytest.raises(ProtocolError, match="is not Base64"):
        short.replace(bit_set="?").offsets  # noqa: B018  # reading it is the point


def test_members_can_only_be_what_json_can_hold() -> None:
    class Strange(JsonBody):
        """Not a body."""

        member: bytes = b""

    with pytest.raises(TypeError, match="cannot hold"):
        Strange().to_json()


@given(settings_maps)
def test_settings_survive_java(values: dict[str, str]) -> None:
    written = PROPERTIES_TEXT.encode(values)
    assert written.isascii()
    assert PROPERTIES_TEXT.decode(written) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=1\nb: 2\r\nc 3\rd\n", {"a": "1", "b": "2", "c": "3", "d": ""}),
        ("# no\n ! no\n\n  a = b = c ", {"a": "b = c "}),
        ("a=one\\\n   two\\\\\nb=\\u00e4\\t\\:", {"a": "onetwo\\", "b": "ä\t:"}),
        ("a\\=b\\ c=d\\", {"a=b c": "d"}),
        ("a=\\ud83d\\ude00\\u00", {"a": "😀u00"}),
        ("# no \\\na=1", {"a": "1"}),
        ("a=1\na=2", {"a": "2"}),
    ],
)
def test_settings_as_java_reads_them(text: str, values: dict[str, str]) -> None:
    assert PROPERTIES_TEXT.decode(text.encode()) == values


def test_settings_as_servers_list_them() -> None:
    lines = b"a=C:\\temp\nb=x=y\nbroken\n"
    assert SETTING_LINES.decode(lines) == {"a": "C:\\temp", "b": "x=y"}
    assert SETTING_LINES.encode({"a": "C:\\temp", "b": "x=y"}) == b"a=C:\\temp\nb=x=y\n"


def test_texts_are_utf8() -> None:
    with pytest.raises(ProtocolError, match="not UTF-8") as caught:
        TEXT.decode(b"ab\xff")
    assert caught.value.offset == 2
    with pytest.raises(ProtocolError, match="cannot be written"):
        TEXT.encode("\ud800")


def test_one_message_is_not_several() -> None:
    record = encode_message(topic="t", body=b"b")
    assert MESSAGE.decode(record).body == b"b"
    for data in (b"", record + record):
        with pytest.raises(ProtocolError, match="expected one stored message"):
            MESSAGE.decode(data)
