"""Prepared requests: what many of them have in common is written once, as in a prepared statement of a database."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Generic, SupportsIndex, TypeVar

from pyrocketmq.model.declaration.generated import prepared_encoder_of, start_of
from pyrocketmq.model.declaration.header import Request, written
from pyrocketmq.model.declaration.kind import quote
from pyrocketmq.model.declaration.record import RecordType, define, set_method

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RequestT = TypeVar("RequestT", bound=Request[Any])


class Preparation(Generic[RequestT]):
    """Makes functions that make requests of one kind, which differ in some fields only.

    A client that sends message after message to one topic writes the producer's group, the topic and a dozen fields
    that nearly never change into every request. Here these are checked and turned into their part of the JSON header
    once; what is left for each request takes less than two thirds of the time.

    What is made is equal to a request of the kind in everything, but cheaper to make and to write.

    Args:
        kind: The class of the requests.
        varying: Names of the fields that differ, in the order in which they will be given.

    Raises:
        TypeError: a name is no field of the class.

    Example:
        >>> from pyrocketmq.model.requests import GetMaxOffset
        >>> get_max_offset = Preparation(GetMaxOffset, "queue_id").of(topic="orders")
        >>> get_max_offset(0) == GetMaxOffset(topic="orders", queue_id=0)
        True
    """

    def __init__(self, kind: type[RequestT], *varying: str) -> None:
        self._kind = kind
        self._varying: Final = dict.fromkeys(varying)
        self._maker_with = _makers_of(_class_of(kind, self._varying), varying)

    def of(self, **fixed: object) -> Callable[..., RequestT]:  # the types of the fields are in the declaration alone
        """Fix all fields that do not vary; those that are not given have their defaults.

        Args:
            fixed: The fields that all requests have in common, by name. At least one of them has to be in the header.

        Returns:
            A function that takes the fields that vary, in their order, and returns a request.

        Raises:
            FieldError: a value does not fit its field.
            TypeError: a field is missing, unknown, or varies; or none is in the header.
        """
        varying = self._varying.keys() & fixed.keys()
        if varying:
            raise TypeError(f"{self._kind.__name__}: fields that vary cannot be fixed: {', '.join(sorted(varying))}")
        return self._maker_with(_Common(self._kind(**self._varying, **fixed), self._varying))


class _Common:
    """What prepared requests have in common.

    Attributes:
        request: A request with all of it; what varies is `None` there.
        head: The JSON header up to the fields that vary.
    """

    __slots__ = ("head", "request")

    def __init__(self, request: Request[Any], varying: dict[str, None]) -> None:
        rows = [row for row in request.wires() if row.name not in varying]
        fields = written(request, rows) | request.extra_fields
        if not fields:
            raise TypeError(f"{type(request).__name__}: no field in the header is fixed")
        members = ",".join([f'"{name}":{quote(value)}' for name, value in fields.items()])
        self.request = request
        self.head = f'{{{start_of(type(request))},"extFields":{{{members}'


def _class_of(kind: type[RequestT], varying: dict[str, None]) -> type[RequestT]:
    """Return a class like another, whose objects share all fields but those that vary."""
    fields = {field.name for field in kind.FIELDS}
    unknown = varying.keys() - fields
    if unknown:
        raise TypeError(f"{kind.__name__} has no such fields: {', '.join(sorted(unknown))}")

    def replace(self: RequestT, **changes: object) -> RequestT:
        changed: RequestT = kind(**{**{name: getattr(self, name) for name in fields}, **changes})
        return changed

    def equals(self: RequestT, other: object) -> bool:
        return bool(replace(self) == other)

    def with_extra_fields(self: RequestT, added: Mapping[str, str]) -> RequestT:
        request = replace(self, **varying).with_extra_fields({**self.extra_fields, **added})
        object.__setattr__(self, "common", _Common(request, varying))
        return self

    def reduce_ex(self: RequestT, protocol: SupportsIndex) -> str | tuple[Any, ...]:  # as `object` says
        like = replace(self)
        if self.extra_fields:
            like.with_extra_fields(self.extra_fields)
        return like.__reduce_ex__(protocol)

    shared = (fields | {*kind.INTERNAL}) - varying.keys()
    members: dict[str, object] = {name: property(attrgetter(f"common.request.{name}")) for name in shared}
    members |= {"__slots__": ("common",), "__module__": kind.__module__, "__qualname__": kind.__qualname__}
    members |= {"__doc__": kind.__doc__, "__eq__": equals, "__hash__": None, "replace": replace}
    members["with_extra_fields"] = with_extra_fields
    members["__reduce_ex__"] = reduce_ex  # what copies and pickles it: as what it is like
    cls: type[RequestT] = RecordType(kind.__name__, (kind,), members)  # type: ignore[assignment]  # as its base
    set_method(cls, "to_frame", prepared_encoder_of(cls, [row for row in kind.wires() if row.name in varying]))
    return cls


def _makers_of(cls: type[RequestT], varying: tuple[str, ...]) -> Callable[[_Common], Callable[..., RequestT]]:
    """Return what makes a maker of requests for what these have in common."""
    assignments = "; ".join([f"self.{name} = {name}" for name in ("common", *varying)])
    source = f"""
def maker_with(common):
 def make({", ".join(varying)}):
  self = new(cls)
  {assignments}
  return self
 return make
"""
    return define(cls, source, {"new": object.__new__, "cls": cls})
