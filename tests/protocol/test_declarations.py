"""Every declared request, reply and body survives the wire, in both encodings of the header."""

from __future__ import annotations

import inspect
import re
from contextlib import suppress
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrocketmq.model import bodies, requests
from pyrocketmq.model.bodies import BatchAck, ConsumerData, HeartbeatData, SubscriptionData, TopicRouteData
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration import JsonBody, Long, Record, Reply, Request, body, wire
from pyrocketmq.model.declaration.body_codec import (
    JSON_VALUE,
    MESSAGE,
    MESSAGES,
    PROPERTIES_TEXT,
    RAW,
    SETTING_LINES,
    TEXT,
    JsonBodyCodec,
    JsonListCodec,
)
from pyrocketmq.model.declaration.header import REGISTRY, Header
from pyrocketmq.model.declaration.json_body import type_of
from pyrocketmq.model.declaration.record import Field, camel_case
from pyrocketmq.model.enums import CommandFlag, ConsumeType, LanguageCode, RequestCode, SerializeType
from pyrocketmq.model.errors import FieldError, FrameTooLargeError, ProtocolError
from pyrocketmq.model.fastjson import JsonValue, dumps_fastjson, dumps_json, loads
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.model.message_ext import decode_messages, encode_message
from pyrocketmq.model.request_factory import RemotingRequestFactory
from pyrocketmq.model.requests.base import TopicRequest

REQUESTS = sorted(REGISTRY.values(), key=lambda request: request.CODE)
REPLIES = sorted({request.REPLY for request in REQUESTS}, key=lambda reply: reply.__name__)
RESULTS = {reply: sorted({code for r in REQUESTS if r.REPLY is reply for code in r.RESULTS}) for reply in REPLIES}
BODIES: list[type[JsonBody]] = [getattr(bodies, name) for name in bodies.__all__]
MAX_SHORT = 0x7FFF

few = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


# Strategies, derived from declarations.

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
filled_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
ints = st.integers(-(2**31), 2**31 - 1)
longs = st.integers(-(2**63), 2**63 - 1)
queues = st.builds(MessageQueue, texts, texts, ints)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | longs | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
HEADER_STRATEGIES = {"str": texts, "int": ints, "Long": longs, "bool": st.booleans()}
FILLED_HEADER_STRATEGIES = HEADER_STRATEGIES | {"str": filled_texts}
BODY_STRATEGIES: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: longs,
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    MessageQueue: queues,
    JsonValue: json_values,
}
messages = st.builds(
    encode_message,
    topic=filled_texts,
    body=st.binary(max_size=8),
    properties=st.just("TAGS\x01a\x02"),
    queue_offset=longs,
    reconsume_times=ints,
).map(lambda record: decode_messages(record)[0])
settings_maps = st.dictionaries(texts, texts, max_size=3)
setting_words = st.text(st.characters(exclude_characters="=\n", exclude_categories=["Cs"]), max_size=5)
CODEC_STRATEGIES: dict[Any, st.SearchStrategy[Any]] = {
    RAW: st.binary(min_size=1, max_size=8),
    TEXT: filled_texts,
    JSON_VALUE: json_values,
    MESSAGE: messages,
    MESSAGES: st.lists(messages, max_size=2),
    PROPERTIES_TEXT: settings_maps,
    SETTING_LINES: st.dictionaries(setting_words, setting_words, max_size=3),
}


def of_type(annotation: Any) -> st.SearchStrategy[Any]:
    if annotation in BODY_STRATEGIES:
        return BODY_STRATEGIES[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is list:
        return st.lists(of_type(arguments[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(of_type(arguments[0]), of_type(arguments[1]), max_size=2)
    if origin in (UnionType, Union):
        return st.one_of([of_type(argument) for argument in arguments if argument is not NoneType])
    if issubclass(annotation, JsonBody):
        return of_record(annotation, {field.name: of_type(type_of(annotation, field)) for field in annotation.FIELDS})
    assert issubclass(annotation, StrEnum)
    return st.sampled_from(annotation)


def of_codec(field: Field) -> st.SearchStrategy[Any]:
    codec = field.codec
    if isinstance(codec, JsonBodyCodec):
        return of_type(codec.body_type)
    if isinstance(codec, JsonListCodec):
        return st.lists(of_type(codec.body_type), max_size=2)
    return CODEC_STRATEGIES[codec]


def of_record(cls: type[Record], fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Required fields always, others sometimes, so that defaults are drawn as well."""
    required = {field.name for field in cls.FIELDS if field.required}
    return st.fixed_dictionaries(
        {name: strategy for name, strategy in fields.items() if name in required},
        optional={name: strategy for name, strategy in fields.items() if name not in required},
    ).map(lambda values: cls(**values))


def of_header(cls: type[Header], kinds: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    fields = {row.name: kinds[kind_of(cls, row.name)] for row in cls.wires()}
    field = cls.body_field()
    if field is not None:
        fields[field.name] = of_codec(field)
    if issubclass(cls, Reply):
        fields |= {"code": st.sampled_from(RESULTS[cls]), "remark": st.none() | filled_texts}
    return of_record(cls, fields)


def kind_of(cls: type[Header], name: str) -> str:
    """Return the kind that a field's annotation names, without "or None"."""
    return next(field.annotation.split(" ", maxsplit=1)[0] for field in cls.FIELDS if field.name == name)


def by_name(cls: type) -> str:
    return cls.__name__


all_requests = pytest.mark.parametrize("request_type", REQUESTS, ids=by_name)
all_replies = pytest.mark.parametrize("reply_type", REPLIES, ids=by_name)
all_bodies = pytest.mark.parametrize("body_type", BODIES, ids=by_name)


# What the tables say.


def test_registry() -> None:
    assert {request.CODE for request in REQUESTS} == set(REGISTRY)
    assert all(REGISTRY[request.CODE] is request for request in REQUESTS)


# One test for all classes where a look at each is all: a test of its own would cost more than what it does.


def test_names_follow_the_code() -> None:
    for request_type in REQUESTS:
        code = RequestCode(request_type.CODE)
        assert request_type.__name__ == "".join(word.capitalize() for word in code.name.split("_"))
        assert getattr(requests, request_type.__name__) is request_type
        assert getattr(requests, request_type.REPLY.__name__, request_type.REPLY) is request_type.REPLY
        assert callable(getattr(RemotingRequestFactory, code.name.lower()))


def test_factory_has_nothing_else() -> None:
    made = {name for name in vars(RemotingRequestFactory) if not name.startswith("_")}
    assert made == {RequestCode(code).name.lower() for code in REGISTRY}


def test_everything_is_described() -> None:
    for cls in [*REQUESTS, *REPLIES, *BODIES]:
        assert cls.__doc__, cls
        _, _, section = cls.__doc__.partition("Attributes:\n")
        described = re.findall(r"^        (\w+): ", section, re.MULTILINE)
        assert set(described) <= {field.name for field in cls.FIELDS}, cls


def test_wire_names_are_unique() -> None:
    for cls in [*REQUESTS, *REPLIES, *BODIES]:
        names = [field.wire_name for field in cls.FIELDS if field.codec is None]
        assert len(set(names)) == len(names), cls


def test_requests_about_a_topic_have_its_common_fields() -> None:
    internal = {"CONSUME_MESSAGE_DIRECTLY"}  # it has a `brokerName` of its own
    for request_type in REQUESTS:
        names = {field.name for field in request_type.FIELDS}
        if "topic" in names and RequestCode(request_type.CODE).name not in internal:
            assert issubclass(request_type, TopicRequest), request_type


# The wire, request by request.


@all_requests
@given(data=st.data())
@few
def test_request_round_trip(request_type: type[Request[Any]], data: st.DataObject) -> None:
    request = data.draw(of_header(request_type, HEADER_STRATEGIES))
    opaque, flag = data.draw(ints), data.draw(st.sampled_from([0, CommandFlag.ONEWAY]))
    frame = request.to_frame(opaque, flag)
    command = RemotingCommand.decode(frame)
    assert (command.code, command.opaque, command.flag) == (request_type.CODE, opaque, flag)
    assert request_type.from_command(command) == request
    # The generated functions do what the walk of the table does.
    assert request.to_command(opaque, flag) == command
    assert command.ext_fields == request.to_fields()
    values = request_type.values_of(command.ext_fields or {})
    assert values == {row.name: getattr(request, row.name) for row in request_type.wires()}


@all_requests
@given(data=st.data())
@few
def test_request_round_trip_in_the_binary_header(request_type: type[Request[Any]], data: st.DataObject) -> None:
    request = data.draw(of_header(request_type, FILLED_HEADER_STRATEGIES))
    command = request.to_command(data.draw(ints), serialize_type=SerializeType.ROCKETMQ)
    if request_type.CODE > MAX_SHORT:
        with pytest.raises(ProtocolError, match="cannot be written in a ROCKETMQ header"):
            command.encode()
        return
    decoded = RemotingCommand.decode(command.encode())
    assert decoded == command
    assert request_type.from_command(decoded) == request


@all_replies
@given(data=st.data())
@few
def test_reply_round_trip(reply_type: type[Reply], data: st.DataObject) -> None:
    reply = data.draw(of_header(reply_type, FILLED_HEADER_STRATEGIES))
    for serialize_type in SerializeType:
        command = reply.to_command(data.draw(ints), language=LanguageCode.JAVA, serialize_type=serialize_type)
        decoded = RemotingCommand.decode(command.encode())
        assert decoded == command
        assert decoded.is_response
        assert reply_type.from_command(decoded) == reply


@pytest.mark.parametrize("absent", [{}, None], ids=["absent", "null"])
def test_missing_fields_are_named(absent: dict[str, str] | None) -> None:
    for cls in (*REQUESTS, *REPLIES):
        fields: dict[str, Any] = {row.wire_name: "1" for row in cls.wires()}
        for row in cls.wires():
            rest = {name: value for name, value in fields.items() if name != row.wire_name}
            if absent is None:
                rest[row.wire_name] = None  # as JSON lets a sender say it
            if row.required:
                with pytest.raises(FieldError, match="is missing") as caught:
                    cls.from_command(RemotingCommand(0, ext_fields=rest))
                assert (caught.value.declaration, caught.value.field) == (cls.__name__, row.wire_name)
            else:
                assert cls.values_of(rest)[row.name] is row.default


def test_absent_and_null_fields_have_their_defaults() -> None:
    for fields in ({"name": "n"}, {"name": "n", "size": None, "TOTAL": None, "exact": None}):
        ext_fields: Any = fields
        example = Example.from_command(RemotingCommand(7, ext_fields=ext_fields))
        assert example == Example(name="n")


def test_values_of_other_types_do_not_go_on_the_wire() -> None:
    for request_type in REQUESTS:
        refuse_other_types(request_type)


def refuse_other_types(request_type: type[Request[Any]]) -> None:
    right = {"str": "text", "int": 1, "Long": 1, "bool": True}
    wrong = {"str": 1, "int": '1","topic":"other', "Long": 1.5}
    kinds = {row.name: kind_of(request_type, row.name) for row in request_type.wires()}
    values: dict[str, Any] = {name: right[kind] for name, kind in kinds.items()}
    field = request_type.body_field()
    if field is not None:
        values[field.name] = b""
    for row in request_type.wires():
        if kinds[row.name] == "bool":
            continue  # anything is true or false
        request = request_type(**{**values, row.name: wrong[kinds[row.name]]})
        for write in (request.to_frame, request.to_command):
            with pytest.raises(FieldError) as caught:
                write(1)
            assert caught.value.field == row.wire_name


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=3,
)


@pytest.mark.parametrize("cls", [*REQUESTS, *REPLIES], ids=by_name)
@given(data=st.data())
@few
def test_any_fields_give_a_value_or_an_error(cls: type[Header], data: st.DataObject) -> None:
    names = [row.wire_name for row in cls.wires()]
    # JSON lets a sender put anything there, whatever the type of `ext_fields` says.
    fields: Any = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys([*names, "other"], anything)))
    command = RemotingCommand(0, ext_fields=fields, body=data.draw(st.binary(max_size=12)))
    with suppress(ProtocolError):
        assert isinstance(cls.from_command(command), cls)


# Headers in general.


class Example(Request[Reply]):
    """A request that is not registered."""

    CODE = 7

    name: str
    size: int = 3
    total: Long | None = wire("TOTAL", default=None)
    exact: bool = False
    content: bytes = body(RAW, default=b"nothing")


class Shortened(Example, wire_names={"name": "a", "size": "b"}):
    """The same under other names."""

    exact: bool = True


class WithoutRequiredFields(Request[Reply]):
    """All fields have defaults."""

    CODE = 8

    first: int | None = None
    second: str = "s"
    third: int | None = None


def test_defaults() -> None:
    example = Example(name="n")
    assert (example.size, example.total, example.exact, example.content) == (3, None, False, b"nothing")
    assert example.to_fields() == {"name": "n", "size": "3", "exact": "false"}
    assert Example.from_command(RemotingCommand(7, ext_fields={"name": "n"})) == example


def test_inherited_fields_keep_their_place_under_other_names() -> None:
    assert Shortened(name="n").to_fields() == {"a": "n", "b": "3", "exact": "true"}
    assert Shortened(name="n") != Example(name="n", exact=True)
    with pytest.raises(TypeError, match="no such fields: nmae"):

        class Misspelt(Example, wire_names={"nmae": "a"}):
            """Not a class."""


@pytest.mark.parametrize("values", [{}, {"first": 1}, {"second": ""}, {"third": 0}, {"first": 1, "third": 3}])
def test_frames_without_required_fields(values: dict[str, Any]) -> None:
    request = WithoutRequiredFields(**values)
    command = RemotingCommand.decode(request.to_frame(1))
    assert command.ext_fields == request.to_fields()
    assert WithoutRequiredFields.from_command(command) == request


def test_unknown_fields_survive() -> None:
    command = RemotingCommand(7, ext_fields={"name": "n", "size": "4", "later": "x", "exact": "TRUE"})
    example = Example.from_command(command)
    assert example.extra_fields == {"later": "x"}
    assert example.exact
    assert RemotingCommand.decode(example.to_frame(5)).ext_fields == {
        "name": "n",
        "size": "4",
        "exact": "true",
        "later": "x",
    }
    signed = Example(name="n").with_extra_fields({"AccessKey": "k"})
    assert RemotingCommand.decode(signed.to_frame(5)).ext_fields == {**Example(name="n").to_fields(), "AccessKey": "k"}


def test_bare_numbers_and_booleans_are_read() -> None:
    frame = RemotingCommand(7, ext_fields={"name": 1, "size": 2, "TOTAL": 3, "exact": True}).encode()  # type: ignore[dict-item]  # the point of this test
    example = Example.from_command(RemotingCommand.decode(frame))
    assert example == Example(name="1", size=2, total=3, exact=True, content=b"nothing")


def test_frames_that_servers_would_not_take_are_refused() -> None:
    with pytest.raises(FrameTooLargeError) as caught:
        Example(name="n", content=bytes(16 * 1024 * 1024)).to_frame(1)
    assert caught.value.size > caught.value.limit == 16 * 1024 * 1024
    largest = Example(name="n", content=b"")
    room = 16 * 1024 * 1024 - len(largest.to_frame(1))
    assert len(largest.replace(content=bytes(room)).to_frame(1)) == 16 * 1024 * 1024
    with pytest.raises(FrameTooLargeError):
        largest.replace(content=bytes(room + 1)).to_frame(1)


def test_header_fields_are_of_few_kinds() -> None:
    class Floating(Request[Reply]):
        """Not a request."""

        CODE = 9
        rate: float = 0.0

    class Undecided(Request[Reply]):
        """Not a request either."""

        CODE = 9
        rate: int | None = 0

    for wrong in (Floating, Undecided):
        with pytest.raises(TypeError, match=r"rate: a"):
            wrong.wires()


def test_fields_are_given_by_keyword() -> None:
    with pytest.raises(TypeError, match=r"Example\(\) takes its fields by keyword"):
        Example("n", name="n")  # type: ignore[misc]  # the point of this test
    with pytest.raises(TypeError, match=r"Example\(\) lacks required fields: name"):
        Example(size=1)  # type: ignore[call-arg]  # the point of this test
    with pytest.raises(TypeError, match="nmae"):
        Example(nmae="n")  # type: ignore[call-arg]  # the point of this test
    shown = inspect.signature(Example).parameters
    assert list(shown) == [field.name for field in Example.FIELDS]
    assert {parameter.kind for parameter in shown.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert (shown["name"].default, shown["size"].default) == (inspect.Parameter.empty, 3)


def test_records() -> None:
    example = Example(name="n", size=1)
    assert repr(example) == "Example(name='n', size=1, exact=False, content=b'nothing')"
    assert example.replace(size=2) == Example(name="n", size=2)
    assert example != Reply()
    assert example.__hash__ is None
    with pytest.raises(TypeError, match="name"):
        Example()  # type: ignore[call-arg]  # the point of this test
    with pytest.raises(TypeError, match="later"):
        Example(name="n", later=1)  # type: ignore[call-arg]  # the point of this test
    assert camel_case("max_reconsume_times") == "maxReconsumeTimes"


def test_factory_makes_the_command_of_a_request() -> None:
    command = RemotingRequestFactory.send_message_v2(
        producer_group="shop", topic="orders", queue_id=2, born_timestamp=3, body=b"b"
    )
    expected = requests.SendMessageV2(producer_group="shop", topic="orders", queue_id=2, born_timestamp=3, body=b"b")
    assert command == expected.to_command()
    assert RemotingCommand.decode(command.to_frame(9)).opaque == 9


# JSON bodies.


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
    members = st.fixed_dictionaries({}, optional={field.wire_name: anything for field in body_type.FIELDS})
    parsed: Any = data.draw(members | anything)
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


# Other bodies.


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
