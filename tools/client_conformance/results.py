"""From what a public call returns back to the answer that it stands for, as far as the result shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast

from pyrocketmq.model import RemotingCommand
from pyrocketmq.model.declaration.body_codec import JsonBodyCodec
from pyrocketmq.model.enums import CommandFlag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.broker import BrokerError
    from pyrocketmq.model.declaration import JsonBody
    from pyrocketmq.model.declaration.header import Reply, Request

BODY: Final = "body"
"""Stands for the body among the things that a result shows; header fields stand under their wire names."""


class Answer(NamedTuple):
    """An answer as far as a result shows it.

    Attributes:
        code: The response code.
        fields: Header fields by wire name.
        body: The body.
    """

    code: int = 0
    fields: Mapping[str, object] = {}
    body: bytes = b""

    def command(self, opaque: int) -> RemotingCommand:
        """Return the command that carries it."""
        fields = {name: _text(value) for name, value in self.fields.items() if value is not None}
        return RemotingCommand(
            self.code, opaque=opaque, flag=CommandFlag.RESPONSE, ext_fields=fields or None, body=self.body
        )


class Result(Protocol):
    """How a kind of result shows the answer."""

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return what of an answer the result shows: wire names of header fields, and `BODY`."""
        ...

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return the answer that a result stands for."""
        ...


def refusal(error: BrokerError, opaque: int) -> RemotingCommand:
    """Return the answer that an error stands for: its code and its remark; code -1 where there was no answer."""
    code, remark = error.response_code, error.remark
    if code is None:
        code, remark = -1, f"{type(error).__name__}: {error}"
    return RemotingCommand(code, opaque=opaque, flag=CommandFlag.RESPONSE, remark=remark)


class Nothing:
    """The call returns `None`: the request succeeded."""

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return nothing."""
        del request
        return frozenset()

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return plain success."""
        del request
        assert result is None, result
        return Answer()


@dataclass(frozen=True)
class Field:
    """The call returns one header field.

    Attributes:
        name: Its attribute name in the reply.
        none: What the wire says where the call returns `None`.
    """

    name: str
    none: object = None

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return the field's wire name."""
        return frozenset((_wire_name(request.REPLY, self.name),))

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return success with the field."""
        value = self.none if result is None else result
        return Answer(fields={_wire_name(request.REPLY, self.name): value})


class Whole:
    """The call returns the declared reply itself."""

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return all fields."""
        return frozenset(row.wire_name for row in request.REPLY.wires())

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return the reply."""
        del request
        reply: Reply = result
        return Answer(reply.code, reply.to_fields(), reply.encode_body())


@dataclass(frozen=True)
class Body:
    """The call returns the body, or one member of it.

    Attributes:
        member: Attribute name of the member; empty for the whole body.
        empty_is: Code of the refusal that an empty result stands for; `None` where it stands for success.
    """

    member: str = ""
    empty_is: int | None = None

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return that it shows the body."""
        del request
        return frozenset((BODY,))

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return success with the body; only the member is in it if the result is a member."""
        if not result and self.empty_is is not None:
            return Answer(self.empty_is)
        field = request.REPLY.body_field()
        assert field is not None
        assert field.codec is not None
        value = result
        if self.member:
            body_type = _body_type(request)
            others = {one.name: "" for one in body_type.FIELDS if one.required}  # texts that the call was given
            value = body_type(**{**others, self.member: result})
        return Answer(body=b"" if value is None else field.codec.encode(value))

    def wire_name(self, request: type[Request[Any]]) -> str:
        """Return the name on the wire of the member; empty for the whole body."""
        return next((one.wire_name for one in _body_type(request).FIELDS if one.name == self.member), "")


def _body_type(request: type[Request[Any]]) -> type[JsonBody]:
    field = request.REPLY.body_field()
    assert field is not None
    assert isinstance(field.codec, JsonBodyCodec)
    codec = cast("JsonBodyCodec[JsonBody]", field.codec)
    return codec.body_type


@dataclass(frozen=True)
class OrRefused:
    """The call returns something empty for a refusal that only says that there is nothing.

    Attributes:
        found: How any other result shows the answer.
        code: The refusal's code.
    """

    found: Result
    code: int

    def shows(self, request: type[Request[Any]]) -> frozenset[str]:
        """Return what other results show."""
        return self.found.shows(request)

    def answer(self, result: Any, request: type[Request[Any]]) -> Answer:
        """Return the refusal for an empty result."""
        return self.found.answer(result, request) if result else Answer(self.code)


def _wire_name(header: type[Reply], name: str) -> str:
    return next(row.wire_name for row in header.wires() if row.name == name)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(int(value) if isinstance(value, int) else value)
