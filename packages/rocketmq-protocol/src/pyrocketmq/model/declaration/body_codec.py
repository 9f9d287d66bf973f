"""What the body of a frame can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from pyrocketmq.model.declaration.json_body import JsonBody
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import JsonValue, dumps_fastjson, dumps_json, loads
from pyrocketmq.model.java_properties import format_java_properties, parse_java_properties
from pyrocketmq.model.message_ext import MessageExt, decode_messages

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
BodyT = TypeVar("BodyT", bound=JsonBody)


class BodyCodec(Generic[T]):
    """Turns the bytes of a body into a value and back.

    Subclasses override both methods.

    Attributes:
        description: What the body is, in a few words, for the reference page.
        is_raw: Whether value and bytes are the same, so that generated code need not call this.
        decode_in_place: Does what `decode` does with bytes that end with a body, and the position where it begins
            there; `None` where the body has to be cut out.
    """

    description: str = "bytes"
    is_raw: bool = False
    decode_in_place: Callable[[bytes | bytearray, int], T] | None = None

    def decode(self, data: bytes) -> T:
        """Return the value.

        Raises:
            ProtocolError: the bytes are not such a body.
        """
        raise NotImplementedError  # abstract: an `ABC` here would cost every import of a declaration

    def encode(self, value: T) -> bytes:
        """Return the bytes.

        Raises:
            ProtocolError: the value cannot be written.
        """
        raise NotImplementedError  # abstract


# The methods below are described by the base class; what differs is said by the classes.


class RawBody(BodyCodec[bytes]):
    """The bytes themselves."""

    is_raw = True

    def decode(self, data: bytes) -> bytes:  # noqa: D102
        return data

    def encode(self, value: bytes) -> bytes:  # noqa: D102
        return value


class TextBody(BodyCodec[str]):
    """A text in UTF-8."""

    description = "text"

    def decode(self, data: bytes) -> str:  # noqa: D102
        try:
            return str(data, "utf-8")
        except UnicodeDecodeError as error:
            raise ProtocolError("body is not UTF-8", offset=error.start) from error

    def encode(self, value: str) -> bytes:  # noqa: D102
        try:
            return value.encode()
        except UnicodeEncodeError as error:
            raise ProtocolError(f"text cannot be written as UTF-8: {error}") from error


class JsonBodyCodec(BodyCodec[BodyT]):
    """An object in JSON, as clients write it and servers accept it: plain JSON.

    An empty body stands for an object without members; servers write one where they have no data.
    """

    def __init__(self, body_type: type[BodyT]) -> None:
        self.body_type = body_type
        self.description = f"JSON: {body_type.__name__}"

    def decode(self, data: bytes) -> BodyT:  # noqa: D102
        return self.body_type.from_json(loads(data) if data else {})

    def encode(self, value: BodyT) -> bytes:  # noqa: D102
        return dumps_json(value.to_json())


class FastjsonBodyCodec(JsonBodyCodec[BodyT]):
    """An object in JSON as servers write it, and Java clients when servers ask them."""

    def encode(self, value: BodyT) -> bytes:  # noqa: D102
        return dumps_fastjson(value.to_json())


class JsonListCodec(BodyCodec[list[BodyT]]):
    """A bare array of objects in JSON."""

    def __init__(self, body_type: type[BodyT]) -> None:
        self.body_type = body_type
        self.description = f"JSON: list of {body_type.__name__}"

    def decode(self, data: bytes) -> list[BodyT]:  # noqa: D102
        value = loads(data) if data else []
        if not isinstance(value, list):
            raise ProtocolError(f"expected an array of {self.body_type.__name__}, found {value!r:.80}")
        return [self.body_type.from_json(item) for item in value]

    def encode(self, value: list[BodyT]) -> bytes:  # noqa: D102
        return dumps_fastjson([item.to_json() for item in value])


class JsonValueCodec(BodyCodec[JsonValue]):
    """Any JSON, as servers write it. An empty body stands for null."""

    description = "JSON"

    def decode(self, data: bytes) -> JsonValue:  # noqa: D102
        return loads(data) if data else None

    def encode(self, value: JsonValue) -> bytes:  # noqa: D102
        return dumps_fastjson(value)


class MessagesCodec(BodyCodec[list[MessageExt]]):
    """Stored messages, one after the other."""

    description = "stored messages"

    def __init__(self) -> None:
        self.decode_in_place = decode_messages

    def decode(self, data: bytes) -> list[MessageExt]:  # noqa: D102
        return decode_messages(data)

    def encode(self, value: list[MessageExt]) -> bytes:  # noqa: D102
        return b"".join([message.record for message in value])


class MessageCodec(BodyCodec[MessageExt]):
    """One stored message."""

    description = "stored message"

    def decode(self, data: bytes) -> MessageExt:  # noqa: D102
        messages = decode_messages(data)
        if len(messages) != 1:
            raise ProtocolError(f"expected one stored message, found {len(messages)}")
        return messages[0]

    def encode(self, value: MessageExt) -> bytes:  # noqa: D102
        return value.record


class PropertiesBody(BodyCodec[dict[str, str]]):
    """Settings by name as clients send them: Java's properties text."""

    description = "Java properties text"

    def decode(self, data: bytes) -> dict[str, str]:  # noqa: D102
        return parse_java_properties(TEXT.decode(data))

    def encode(self, value: dict[str, str]) -> bytes:  # noqa: D102
        return format_java_properties(value).encode()


class SettingLinesBody(BodyCodec[dict[str, str]]):
    """Settings by name as servers list them: a line `name=value` each, without escapes."""

    description = "lines of name=value"

    def decode(self, data: bytes) -> dict[str, str]:  # noqa: D102
        lines = (line.partition("=") for line in TEXT.decode(data).split("\n"))
        return {name: value for name, equals, value in lines if equals}

    def encode(self, value: dict[str, str]) -> bytes:  # noqa: D102
        return TEXT.encode("".join([f"{name}={text}\n" for name, text in value.items()]))


RAW: Final = RawBody()
TEXT: Final = TextBody()
JSON_VALUE: Final = JsonValueCodec()
MESSAGES: Final = MessagesCodec()
MESSAGE: Final = MessageCodec()
PROPERTIES_TEXT: Final = PropertiesBody()
SETTING_LINES: Final = SettingLinesBody()
