"""Every declared request and reply survives the wire, in both encodings of the header."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declared_strategies import (
    BODIES,
    REPLIES,
    REQUESTS,
    all_replies,
    all_requests,
    any_values,
    by_name,
    few,
    filled_texts,
    ints,
    kind_of,
    of_header,
)
from pyrocketmq.model import requests
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration import Preparation, Reply, Request
from pyrocketmq.model.declaration.header import REGISTRY, Header
from pyrocketmq.model.enums import CommandFlag, LanguageCode, RequestCode, SerializeType
from pyrocketmq.model.errors import FieldError, ProtocolError
from pyrocketmq.model.request_factory import RemotingRequestFactory
from pyrocketmq.model.requests.base import TopicRequest

MAX_SHORT = 0x7FFF


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
    request = data.draw(of_header(request_type))
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
def test_prepared_requests_are_like_others(request_type: type[Request[Any]], data: st.DataObject) -> None:
    request = data.draw(of_header(request_type))
    values = {field.name: getattr(request, field.name) for field in request.FIELDS}
    written = [row.name for row in request.wires() if row.wire_name in request.to_fields()]
    if not written:
        return  # there is nothing to prepare
    fixed = {data.draw(st.sampled_from(written))} | data.draw(st.sets(st.sampled_from(sorted(values))))
    varying = [name for name in values if name not in fixed]
    make = Preparation(request_type, *varying).of(**{name: values[name] for name in fixed})
    prepared = make(*[values[name] for name in varying])
    assert prepared == request
    assert repr(prepared) == repr(request)
    assert RemotingCommand.decode(prepared.to_frame(1)) == request.to_command(1) == prepared.to_command(1)


@all_requests
@given(data=st.data())
@few
def test_request_round_trip_in_the_binary_header(request_type: type[Request[Any]], data: st.DataObject) -> None:
    request = data.draw(of_header(request_type, filled_texts))
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
    reply = data.draw(of_header(reply_type, filled_texts))
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


@pytest.mark.parametrize("cls", [*REQUESTS, *REPLIES], ids=by_name)
@given(data=st.data())
@few
def test_any_fields_give_a_value_or_an_error(cls: type[Header], data: st.DataObject) -> None:
    names = [row.wire_name for row in cls.wires()]
    # JSON lets a sender put anything there, whatever the type of `ext_fields` says.
    fields: Any = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys([*names, "other"], any_values)))
    command = RemotingCommand(0, ext_fields=fields, body=data.draw(st.binary(max_size=12)))
    with suppress(ProtocolError):
        assert isinstance(cls.from_command(command), cls)
