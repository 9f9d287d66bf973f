"""Requests and replies: typed header fields and a body, in both directions.

The classes here walk their table of fields to convert to and from a `RemotingCommand`. What runs for every message
(`Request.to_frame` and `from_command`) is generated from the same table at first use, see `generated`; a test holds
the generated functions to the table walk.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, get_args

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration.generated import decoder_of, encoder_of
from pyrocketmq.model.declaration.kind import KINDS, Kind
from pyrocketmq.model.declaration.record import Field, Record, in_command, set_method
from pyrocketmq.model.enums import (
    CLIENT_VERSION,
    CommandFlag,
    LanguageCode,
    ResponseCode,
    SerializeType,
)
from pyrocketmq.model.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self


class Wire:
    """One row of a declaration's table: a header field and its kind."""

    __slots__ = ("default", "kind", "name", "required", "wire_name")

    def __init__(self, owner: str, field: Field) -> None:
        base, _, nullable = field.annotation.partition(" | ")
        kind = KINDS.get(base)
        if kind is None or nullable not in ("", "None"):
            raise TypeError(f"{owner}.{field.name}: a header field cannot be {field.annotation!r}")
        if (nullable == "None") != (field.default is None):
            raise TypeError(f"{owner}.{field.name}: a field is nullable exactly if None is its default")
        self.name = field.name
        self.wire_name = field.wire_name
        self.kind: Kind = kind
        self.default = field.default
        self.required = field.required


class Header(Record):
    """What requests and replies share: fields in the header, at most one field in the body."""

    __slots__ = ("received_fields",)
    INTERNAL = ("received_fields",)

    received_fields: ClassVar[Mapping[str, str] | None]
    # A slot; the extFields that this was decoded from. Those that no declaration knows are looked up there only when
    # somebody asks for them.

    @classmethod
    def wires(cls) -> tuple[Wire, ...]:
        """Return the table of header fields, required ones first."""
        return _rows_of(cls)

    @classmethod
    def body_field(cls) -> Field | None:
        """Return the field that travels in the body, if there is one."""
        return _body_of(cls)

    @property
    def extra_fields(self) -> dict[str, str]:
        """Header fields that were received, or added, and that the declaration does not know."""
        if not self.received_fields:
            return {}
        known = {row.wire_name for row in self.wires()}
        return {name: value for name, value in self.received_fields.items() if name not in known}

    def with_extra_fields(self, fields: Mapping[str, str]) -> Self:
        """Add header fields that the declaration does not know; returns this object."""
        object.__setattr__(self, "received_fields", {**self.extra_fields, **fields})
        return self

    def to_fields(self) -> dict[str, str]:
        """Return the header fields as they go on the wire.

        Raises:
            FieldError: a value does not fit its field.
        """
        return written(self, self.wires()) | self.extra_fields

    @classmethod
    def values_of(cls, fields: Mapping[str, Any]) -> dict[str, Any]:  # JSON lets a sender put anything there
        """Return the attribute values that header fields stand for.

        `from_command` does the same, faster, and comes here to say what is wrong.

        Raises:
            FieldError: a required field is missing, or one does not parse.
        """
        values: dict[str, Any] = {}
        for row in cls.wires():
            received = fields.get(row.wire_name)
            if received is None and not row.required:
                values[row.name] = row.default
                continue
            try:
                values[row.name] = row.kind.load(received)
            except (ValueError, TypeError, OverflowError) as error:
                raise FieldError(cls.__name__, row.wire_name, received, row.kind.name) from error
        return values

    def encode_body(self) -> bytes:
        """Return the frame's body; empty when the declaration has none.

        Raises:
            ProtocolError: the value cannot be written.
        """
        field = self.body_field()
        value = None if field is None else getattr(self, field.name)
        return b"" if value is None or field is None or field.codec is None else field.codec.encode(value)

    @classmethod
    def from_command(cls, command: RemotingCommand) -> Self:
        """Read the typed form of a received command.

        Raises:
            FieldError: a required field is missing, or one does not parse.
            ProtocolError: the body is not what the declaration says.
        """
        # Static, since it knows its class: binding it would cost every call.
        set_method(cls, "from_command", staticmethod(decoder_of(cls)))
        return cls.from_command(command)

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        # Set on every class, so that none inherits the function that was generated for its base.
        set_method(cls, "from_command", _from_command)


_from_command = vars(Header)["from_command"]


def written(header: Header, rows: Iterable[Wire]) -> dict[str, str]:
    """Return some of the declared header fields as they go on the wire.

    Raises:
        FieldError: a value does not fit its field.
    """
    fields: dict[str, str] = {}
    for row in rows:
        value = getattr(header, row.name)
        if value is None and not row.required:
            continue
        try:
            fields[row.wire_name] = row.kind.dump(value)
        except TypeError as error:
            raise FieldError(type(header).__name__, row.wire_name, value, row.kind.name) from error
    return fields


@cache  # the fields of a class never change, and servers ask for every answer
def _rows_of(cls: type[Header]) -> tuple[Wire, ...]:
    rows = [Wire(cls.__name__, f) for f in cls.FIELDS if f.codec is None and not f.in_command]
    return tuple(sorted(rows, key=lambda row: not row.required))


@cache
def _body_of(cls: type[Header]) -> Field | None:
    return next((field for field in cls.FIELDS if field.codec is not None), None)


class Reply(Header):
    """An answer: a response code and a remark, and what a request declares beyond them.

    Attributes:
        code: The response code, one of the request's `RESULTS` in a reply that was received.
        remark: Free text. Servers write one on success too; it never tells success from failure.
    """

    code: int = in_command(default=ResponseCode.SUCCESS)
    remark: str | None = in_command(default=None)

    def to_command(
        self,
        opaque: int,
        *,
        language: LanguageCode | str = LanguageCode.PYTHON,
        version: int = CLIENT_VERSION,
        serialize_type: SerializeType = SerializeType.JSON,
    ) -> RemotingCommand:
        """Return the command that answers the request with this opaque.

        Raises:
            ProtocolError: a value cannot be written.
        """
        return RemotingCommand(
            self.code,
            language=language,
            version=version,
            opaque=opaque,
            flag=CommandFlag.RESPONSE,
            remark=self.remark,
            ext_fields=self.to_fields() or None,
            body=self.encode_body(),
            serialize_type=serialize_type,
        )


class EmptyReply(Reply):
    """An answer that says no more than its code and remark."""


ReplyT = TypeVar("ReplyT", bound=Reply)


class Request(Header, Generic[ReplyT]):
    """A request: its code, its fields, and the reply that belongs to it.

    A concrete request is a subclass with a `code`; the reply's type is the parameter of this base:

        class QueryConsumerOffset(Request[OffsetReply], code=RequestCode.QUERY_CONSUMER_OFFSET): ...

    Attributes:
        CODE: The request code.
        REPLY: The type of its reply.
        RESULTS: The response codes with which a reply is a result and carries its fields; any other is a refusal.
        SINCE: The first server release that knows the request, or `None` for all.
    """

    CODE: ClassVar[int]
    REPLY: ClassVar[type[Reply]]
    RESULTS: ClassVar[frozenset[int]] = frozenset((0,))
    SINCE: ClassVar[str | None] = None

    def __init_subclass__(
        cls,
        *,
        code: int | None = None,
        results: tuple[int, ...] | None = None,
        since: str | None = None,
        **options: object,
    ) -> None:
        """Take what the class line says.

        Args:
            code: The request code; without one the class is a base for others.
            results: Response codes of a result, if others than SUCCESS alone.
            since: The first server release that knows the request.
            options: Passed on.
        """
        super().__init_subclass__(**options)
        set_method(cls, "to_frame", _to_frame)
        for base in cls.__dict__.get("__orig_bases__", ()):
            for argument in get_args(base):
                if isinstance(argument, type):
                    cls.REPLY = argument
        if results is not None:
            cls.RESULTS = frozenset(results)
        if since is not None:
            cls.SINCE = since
        if code is not None:
            cls.CODE = code
            REGISTRY[code] = cls

    def to_command(
        self,
        opaque: int = 0,
        flag: int = 0,
        *,
        language: LanguageCode | str = LanguageCode.PYTHON,
        version: int = CLIENT_VERSION,
        serialize_type: SerializeType = SerializeType.JSON,
    ) -> RemotingCommand:
        """Return the command that carries this request.

        Args:
            opaque: Request id, a signed 32-bit number; the answer repeats it.
            flag: `CommandFlag.ONEWAY` for a request that must not be answered.
            language: Language of the sender.
            version: Version number of the sender.
            serialize_type: Encoding of the header.

        Raises:
            ProtocolError: a value cannot be written.
        """
        return RemotingCommand(
            self.CODE,
            language=language,
            version=version,
            opaque=opaque,
            flag=flag,
            ext_fields=self.to_fields(),
            body=self.encode_body(),
            serialize_type=serialize_type,
        )

    def to_frame(self, opaque: int, flag: int = 0) -> bytes:
        """Return the whole frame of this request, with a JSON header.

        Args:
            opaque: Request id, a signed 32-bit number; the answer repeats it.
            flag: `CommandFlag.ONEWAY` for a request that must not be answered.

        Raises:
            FieldError: a value does not fit its field.
            FrameTooLargeError: the frame would exceed what brokers accept.
        """
        set_method(type(self), "to_frame", encoder_of(type(self)))
        return self.to_frame(opaque, flag)


_to_frame = vars(Request)["to_frame"]

REGISTRY: dict[int, type[Request[Any]]] = {}
"""Every declared request by its code."""
