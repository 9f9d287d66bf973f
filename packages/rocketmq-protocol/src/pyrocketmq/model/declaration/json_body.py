"""JSON bodies: typed objects whose members are declared by annotations.

A member's annotation says what it is: `str`, `int`, `Long`, `float`, `bool`, a text enumeration, another body,
`MessageQueue`, `list[X]`, `dict[str, X]`, `dict[int, X]`, `dict[MessageQueue, X]`, `JsonValue` for anything at all, and
`X | None` for a member that may be absent. `SomeEnum | str` keeps names that only newer servers know. Annotations stay
text until a body of that class is read or written for the first time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from functools import cache
from operator import methodcaller
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Union, get_args, get_origin

from pyrocketmq.model.declaration.kind import load_bool, load_text
from pyrocketmq.model.declaration.record import Field, Record
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import JsonKey, JsonObject, JsonValue, ObjectKey
from pyrocketmq.model.message import MessageQueue

if TYPE_CHECKING:
    from typing import Self


class JsonBody(Record):
    """An object in a JSON body."""

    __slots__ = ("received_members",)
    INTERNAL = ("received_members",)

    received_members: ClassVar[JsonObject | None]
    # A slot; members that were received, or added, and that the declaration does not know.

    @property
    def extra_members(self) -> JsonObject:
        """Members that were received, or added, and that the declaration does not know."""
        return self.received_members or {}

    def with_extra_members(self, members: JsonObject) -> Self:
        """Add members that the declaration does not know; returns this object."""
        object.__setattr__(self, "received_members", {**self.extra_members, **members})
        return self

    @classmethod
    def from_json(cls, value: JsonValue) -> Self:
        """Read an object that was parsed from JSON; an absent or null member takes its default.

        Raises:
            ProtocolError: it is no object, a member without a default is missing, or one has another type.
        """
        if not isinstance(value, dict):
            raise ProtocolError(f"{cls.__name__}: expected an object, found {value!r:.80}")
        values: dict[str, Any] = {}  # of the types that the annotations say
        rest = dict(value)
        for row in _members_of(cls):
            member = rest.pop(row.wire_name, None)
            if member is None:
                if row.required:
                    raise ProtocolError(f"{cls.__name__}: member {row.wire_name!r} is missing")
                continue
            try:
                values[row.name] = row.form.load(member)
            except (TypeError, ValueError, OverflowError) as error:
                reason = f"{cls.__name__}: member {row.wire_name!r} holds {member!r:.80}: {error}"
                raise ProtocolError(reason) from error
        self = cls(**values)
        return self.with_extra_members(rest) if rest else self

    def to_json(self) -> JsonObject:
        """Return the object that goes into JSON; a member that is `None` is left out.

        Raises:
            ProtocolError: a member has another type than its declaration says.
        """
        members: JsonObject = dict(self.extra_members)
        for row in _members_of(type(self)):
            member = getattr(self, row.name)
            if member is None:
                continue
            try:
                members[row.wire_name] = row.form.dump(member)
            except (TypeError, ValueError, OverflowError, AttributeError) as error:
                raise ProtocolError(f"{type(self).__name__}.{row.name} is {member!r:.80}: {error}") from error
        return members


class Form(NamedTuple):
    """How values of one type are read from parsed JSON, and what they are written as."""

    load: Callable[[JsonValue], Any]
    dump: Callable[[Any], JsonValue]


class KeyForm(NamedTuple):
    """The same for the keys of a map."""

    load: Callable[[Any], Any]
    dump: Callable[[Any], JsonKey]


class Member(NamedTuple):
    """One row of a body's table."""

    name: str
    wire_name: str
    required: bool
    form: Form


@cache
def _members_of(cls: type[JsonBody]) -> tuple[Member, ...]:
    return tuple(
        Member(field.name, field.wire_name, field.required, form_of(type_of(cls, field))) for field in cls.FIELDS
    )


def type_of(cls: type[JsonBody], field: Field) -> object:
    """Return the type that the annotation of a body's field says, in the module of the class that wrote it."""
    owner = next(base for base in reversed(cls.__mro__) if field in vars(base).get("FIELDS", ()))
    return eval(field.annotation, vars(sys.modules[owner.__module__]))


def form_of(annotation: Any) -> Form:  # a type, or one of the forms that `typing` makes of types
    """Return how to convert values of an annotated type.

    Raises:
        TypeError: a body cannot hold such a type.
    """
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is list:
        return _list_form(form_of(arguments[0]))
    if origin is dict and arguments[0] in _KEYS:
        return _map_form(_KEYS[arguments[0]], form_of(arguments[1]))
    if origin in (UnionType, Union):
        return _union_form([argument for argument in arguments if argument is not NoneType])
    if isinstance(annotation, type) and issubclass(annotation, JsonBody):
        return Form(annotation.from_json, methodcaller("to_json"))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return Form(annotation, str.__str__)
    raise TypeError(f"a JSON body cannot hold {annotation!r}")


def _union_form(alternatives: list[Any]) -> Form:  # types
    """Return the form of `X | None`, or of `SomeEnum | str`."""
    if len(alternatives) == 1:
        return form_of(alternatives[0])
    names, text = alternatives
    if text is not str:
        raise TypeError(f"a JSON body cannot hold one of {alternatives!r}")
    known: dict[str, str] = {str(name): name for name in names}

    def load(value: JsonValue) -> str:
        name = load_text(value)
        return known.get(name, name)

    return Form(load, str.__str__)


def _list_form(item: Form) -> Form:
    def load(value: JsonValue) -> list[Any]:
        if not isinstance(value, list):
            raise TypeError("expected an array")
        return [item.load(each) for each in value]

    def dump(value: Collection[Any]) -> JsonValue:
        if isinstance(value, str):
            raise TypeError("expected a list")
        return [item.dump(each) for each in value]

    return Form(load, dump)


def _map_form(key: KeyForm, item: Form) -> Form:
    def load(value: JsonValue) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise TypeError("expected an object")
        return {key.load(name): item.load(member) for name, member in value.items()}

    def dump(value: Mapping[Any, Any]) -> JsonValue:
        return {key.dump(name): item.dump(member) for name, member in value.items()}

    return Form(load, dump)


def _load_int(value: JsonValue) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("expected an integer")
    return int(value)


def _dump_int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("expected an integer")
    return int(value)


def _load_float(value: JsonValue) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("expected a number")
    return float(value)


def _dump_float(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError("expected a number")
    return float(value)


def _load_queue(value: JsonValue) -> MessageQueue:
    if not isinstance(value, dict):
        raise TypeError("expected a message queue")
    get = value.get
    return MessageQueue(load_text(get("topic")), load_text(get("brokerName")), _load_int(get("queueId")))


def _dump_queue(queue: MessageQueue) -> JsonValue:
    return dict(_queue_key(queue))


def _load_queue_key(key: JsonKey) -> MessageQueue:
    if not isinstance(key, ObjectKey):
        raise TypeError("expected a message queue as the key")
    return _load_queue(dict(key))


def _queue_key(queue: MessageQueue) -> ObjectKey:
    return ObjectKey({"topic": queue.topic, "brokerName": queue.broker_name, "queueId": queue.queue_id})


def _load_int_key(key: JsonKey) -> int:
    if isinstance(key, ObjectKey):
        raise TypeError("expected an integer as the key")
    return int(key)


def _load_text_key(key: JsonKey) -> str:
    if isinstance(key, ObjectKey):
        raise TypeError("expected a text as the key")
    return str(key)


def _same(value: JsonValue) -> JsonValue:
    return value


_PLAIN: Final[dict[object, Form]] = {
    str: Form(load_text, str.__str__),
    int: Form(_load_int, _dump_int),
    float: Form(_load_float, _dump_float),
    bool: Form(load_bool, bool),
    MessageQueue: Form(_load_queue, _dump_queue),
    JsonValue: Form(_same, _same),
}
_KEYS: Final[dict[object, KeyForm]] = {
    str: KeyForm(_load_text_key, str.__str__),
    int: KeyForm(_load_int_key, _dump_int),
    MessageQueue: KeyForm(_load_queue_key, _queue_key),
}
