"""Random values of declared requests, replies and bodies, within what Java's types can hold, and their comparison."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from drawing import ints, longs
from pyrocketmq.model.bodies import BatchAck, Connection, DataVersion, ProducerInfo, TimerMetric
from pyrocketmq.model.declaration import JsonBody, Record
from pyrocketmq.model.enums import ConsumeType, LanguageCode, TopicFilterType
from pyrocketmq.model.fastjson import JsonValue
from pyrocketmq.model.message import MessageQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.model.declaration.header import Header
    from pyrocketmq.model.declaration.record import Field


class Wide:
    """Stands for `Long` while annotations are read: to Python the two integers are one type, to Java they are not."""


def examples(count: int) -> settings:
    """Return the settings of a test that draws so many examples."""
    return settings(max_examples=count, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


# No characters beyond 16 bits: the JSON library of 5.x servers does not read them in names when they are not escaped.
texts = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF), min_size=1, max_size=6)
names = st.text("abcXYZ019-_%|", min_size=1, max_size=12)
addresses = st.ip_addresses(v=4).map(str) | st.ip_addresses(v=6).filter(lambda ip: not ip.ipv4_mapped).map(str)
JAVA_TYPES: dict[str, st.SearchStrategy[Any]] = {
    "String": texts,
    "int": ints,
    "Integer": ints,
    "long": longs,
    "Long": longs,
    "boolean": st.booleans(),
    "Boolean": st.booleans(),
    "BoundaryType": st.sampled_from(["LOWER", "UPPER"]),
}
# Texts and numbers of which Java accepts some only.
JAVA_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "commitOrRollback": st.sampled_from([0, 8, 12]),
    "topicFilterType": st.sampled_from(TopicFilterType).map(str),
}
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: ints,
    Wide: longs,
    bool: st.booleans(),
    float: st.floats(-1e9, 1e9).map(lambda value: round(value, 3)),
    MessageQueue: st.builds(MessageQueue, texts, texts, ints),
    JsonValue: st.dictionaries(names, texts, max_size=2),
    ConsumeType: st.sampled_from([ConsumeType.CONSUME_ACTIVELY, ConsumeType.CONSUME_PASSIVELY]),
}
# What Java holds in other types than ours: an enumeration, a bit set, and atomic numbers, of which the JSON library of
# 5.x servers reads no more than 32 bits.
_language_names = st.sampled_from([LanguageCode.JAVA.name, LanguageCode.PYTHON.name, LanguageCode.OTHER.name])
_counters = st.integers(0, 2**31 - 1)
MEMBERS: dict[tuple[type[JsonBody], str], st.SearchStrategy[Any]] = {
    (Connection, "language"): _language_names,
    (ProducerInfo, "language"): _language_names,
    (BatchAck, "bit_set"): st.sets(st.integers(0, 200), min_size=1).map(BatchAck.bits_of),
    (DataVersion, "counter"): _counters,
    (TimerMetric, "count"): _counters,
}


def header_values(cls: type[Header], java_fields: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return values for the header fields that Java's class has too, by attribute name.

    Args:
        cls: A request or reply.
        java_fields: The fields of Java's class, see `JavaCodec.fields`. What it requires is always there.
    """
    always: dict[str, st.SearchStrategy[Any]] = {}
    sometimes: dict[str, st.SearchStrategy[Any]] = {}
    for row in cls.wires():
        java = java_fields.get(row.wire_name)
        if java is not None:
            strategy = JAVA_VALUES.get(row.wire_name, JAVA_TYPES[java["type"]])
            (always if row.required or java["required"] else sometimes)[row.name] = strategy
    return st.fixed_dictionaries(always, optional=sometimes)


@cache
def body_values(cls: type[JsonBody]) -> st.SearchStrategy[Any]:
    """Return values of a body; members that may be absent sometimes are."""
    members = {field.name: _member(cls, field) for field in cls.FIELDS}
    required = {field.name for field in cls.FIELDS if field.required}
    return st.fixed_dictionaries(
        {name: strategy for name, strategy in members.items() if name in required},
        optional={name: strategy for name, strategy in members.items() if name not in required},
    ).map(lambda values: cls(**values))


def _member(cls: type[JsonBody], field: Field) -> st.SearchStrategy[Any]:
    special = MEMBERS.get((cls, field.name))
    return _of(_type(cls, field)) if special is None else special


def _type(cls: type[JsonBody], field: Field) -> Any:
    owner = next(base for base in reversed(cls.__mro__) if field in vars(base).get("FIELDS", ()))
    return eval(field.annotation, {**vars(sys.modules[owner.__module__]), "Long": Wide})


def _of(annotation: Any) -> st.SearchStrategy[Any]:
    if annotation in PLAIN:
        return PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is list:
        return st.lists(_of(arguments[0]), max_size=2, unique_by=repr)
    if origin is dict:
        return st.dictionaries(_of(arguments[0]), _of(arguments[1]), max_size=2)
    if origin in (UnionType, Union):
        return _of(next(argument for argument in arguments if argument is not NoneType))
    if issubclass(annotation, JsonBody):
        return body_values(annotation)
    assert issubclass(annotation, StrEnum)
    return st.sampled_from(annotation)


def agree(sent: object, received: object, knows: Callable[[type, str], bool]) -> bool:
    """Whether a value has come back from Java.

    Lists may have changed their order, because Java holds many as sets. A member that was not sent may have got Java's
    default.

    Args:
        sent: The value that went there.
        received: What came back.
        knows: Tells of a body's type and the wire name of a member whether Java has that member.
    """
    if sent is None:
        return True
    if isinstance(sent, Record):
        return type(received) is type(sent) and all(
            agree(getattr(sent, field.name), getattr(received, field.name), knows)
            for field in sent.FIELDS
            if knows(type(sent), field.wire_name)
        )
    if isinstance(sent, MessageQueue):
        return sent == received
    if isinstance(sent, list):
        return isinstance(received, list) and _match(sent, received, knows)
    if isinstance(sent, dict):
        return (
            isinstance(received, dict)
            and sent.keys() == received.keys()
            and all(agree(member, received[key], knows) for key, member in sent.items())
        )
    return sent == received


def _match(sent: list[Any], received: list[Any], knows: Callable[[type, str], bool]) -> bool:
    rest = list(received)
    for item in sent:
        index = next((index for index, other in enumerate(rest) if agree(item, other, knows)), None)
        if index is None:
            return False
        del rest[index]
    return not rest
