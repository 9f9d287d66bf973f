"""Strategies that draw values of declared requests, replies and bodies, and the declarations to draw for."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from drawing import anything, ints, longs
from pyrocketmq.model import bodies, requests
from pyrocketmq.model.declaration import JsonBody, Record, Reply, Request
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
from pyrocketmq.model.declaration.header import Header
from pyrocketmq.model.declaration.json_body import type_of
from pyrocketmq.model.declaration.record import Field
from pyrocketmq.model.fastjson import JsonValue
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.model.message_ext import decode_messages, encode_message

PUBLIC = [getattr(requests, name) for name in requests.__all__]
REQUESTS: list[type[Request[Any]]] = sorted(
    (cls for cls in PUBLIC if issubclass(cls, Request) and hasattr(cls, "CODE")), key=lambda cls: cls.CODE
)
REPLIES = sorted({request.REPLY for request in REQUESTS}, key=lambda reply: reply.__name__)
RESULTS = {reply: sorted({code for r in REQUESTS if r.REPLY is reply for code in r.RESULTS}) for reply in REPLIES}
BODIES: list[type[JsonBody]] = [getattr(bodies, name) for name in bodies.__all__]

few = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
filled_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
queues = st.builds(MessageQueue, texts, texts, ints)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | longs | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
any_values = anything(st.floats(allow_nan=False))
HEADER_STRATEGIES = {"str": texts, "int": ints, "Long": longs, "bool": st.booleans()}
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


@cache  # what Hypothesis finds out about a strategy serves all examples then
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


@cache
def of_header(cls: type[Header], texts: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Any]:
    kinds = HEADER_STRATEGIES | {"str": texts}
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
